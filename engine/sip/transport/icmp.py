"""What the network says of datagrams that did not arrive: ICMP errors, as Linux queues them.

A gateway that is switched off often has a neighbour that says so. A request to it fails then at
once (RFC 3261 section 18.4) instead of after 32 seconds. An error is believed only if it quotes
the branch of a request that is under way: nobody else can know it.
"""

import re
import socket
import struct
from collections.abc import Iterator
from typing import Final

# Linux; Python does not name them.
_IP_RECVERR: Final = 11
_IPV6_RECVERR: Final = 25
_ERROR: Final = struct.Struct("=IBBBBII")
"""sock_extended_err: errno, origin, type, code, and what is not needed here."""
_ORIGIN_ICMP, _ORIGIN_ICMP6 = 2, 3
_UNREACHABLE: Final = {_ORIGIN_ICMP: 3, _ORIGIN_ICMP6: 1}
"""Type of "destination unreachable" by origin."""
_FRAGMENTATION_NEEDED: Final = 4
_QUOTED: Final = 2048
_ANCILLARY: Final = 512

_OURS: Final = re.compile(
    rb"([A-Z]{1,64}) [^\r\n ]+ SIP/2\.0\r\nVia: SIP/2\.0/UDP [^;\r\n]+;branch=([^;\r\n]+)[;\r]"
)

Branch = tuple[bytes, bytes]
"""Branch and method: what a client transaction is known by."""


def ask_for_errors(sock: socket.socket) -> None:
    """Have the errors of a socket queued."""
    if sock.family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_RECVERR, 1)
    else:
        sock.setsockopt(socket.IPPROTO_IP, _IP_RECVERR, 1)


def undelivered(sock: socket.socket, most: int) -> Iterator[Branch]:
    """Requests of ours that did not arrive, of at most so many errors."""
    for _ in range(most):
        try:
            quoted, ancillary, _, _ = sock.recvmsg(_QUOTED, _ANCILLARY, socket.MSG_ERRQUEUE)
        except OSError:
            return
        if any(_is_unreachable(data) for _, _, data in ancillary):
            request = _OURS.match(quoted)
            if request is not None:
                yield request[2], request[1]


def _is_unreachable(data: bytes) -> bool:
    if len(data) < _ERROR.size:
        return False
    _, origin, kind, code, *_ = _ERROR.unpack_from(data)
    if origin == _ORIGIN_ICMP and code == _FRAGMENTATION_NEEDED:
        return False
    return origin in _UNREACHABLE and kind == _UNREACHABLE[origin]
