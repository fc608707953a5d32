"""What goes wrong in this room, for the operator."""


class ListenError(Exception):
    """The address cannot be listened on. `errno` is that of the operating system."""

    def __init__(self, host: str, port: int, error: OSError, protocol: str = "tcp") -> None:
        self.host = host
        self.port = port
        self.protocol = protocol
        """ "tcp" or "udp"."""
        self.errno = error.errno
        self.reason = error.strerror or str(error)
        super().__init__(f"cannot listen on {protocol.upper()} {host}:{port}: {self.reason}")
