"""What goes wrong, as exceptions that carry their facts.

SipError
├── ListenError      a port cannot be opened: for the operator
├── CertificateError a file that TLS needs cannot be used: for the operator
└── Refused          a request is answered with a failure: never leaves the engine
SipParseError        bytes are not SIP (engine.sip.wire.errors)
"""

from engine.sip.wire.build import REASONS


class SipError(Exception):
    """Base of this room's errors."""


class ListenError(SipError):
    """An address to listen on is taken or is not ours."""

    def __init__(self, transport: str, host: str, port: int, reason: str, errno: int = 0) -> None:
        super().__init__(f"cannot listen on {transport} {host}:{port}: {reason}")
        self.transport = transport
        self.host = host
        self.port = port
        self.reason = reason
        self.errno = errno


class CertificateError(SipError):
    """A file that TLS needs. `setting` is "chain", "key" or "ca"; `reason` is for people."""

    def __init__(self, setting: str, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.setting = setting
        self.path = path
        self.reason = reason


class Refused(SipError):  # noqa: N818  an answer, not an accident
    """A request gets this failure for an answer. `headers` are whole lines."""

    def __init__(self, status: int, reason: bytes = b"", headers: tuple[bytes, ...] = ()) -> None:
        super().__init__(status)
        self.status = status
        self.reason = reason or REASONS.get(status, b"")
        self.headers = headers
