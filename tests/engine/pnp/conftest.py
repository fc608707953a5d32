"""A LAN with a core on it."""

from collections.abc import Callable

import pytest
from pnp_lan import Lan


@pytest.fixture
def lan() -> Lan:
    return Lan()


@pytest.fixture
def answer() -> Callable[..., bytes]:
    """A phone's answer to a NOTIFY of ours."""

    def make(notify: bytes, status: str = "200 OK") -> bytes:
        head = notify.partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
        kept = [line for line in head if line.startswith(("Via", "From", "To", "Call-ID", "CSeq"))]
        lines = [f"SIP/2.0 {status}", *kept, "Content-Length: 0", "", ""]
        return "\r\n".join(lines).encode()

    return make
