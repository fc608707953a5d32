"""A phone out of the box that asks the LAN by SIP PnP, with real sockets."""

import socket

import pytest
from softphone import PATIENCE, QUIET, Message

GROUP = "224.0.1.75"


class NewPhone:
    """A phone that knows nobody. It listens for what it is told on a port of its own."""

    def __init__(self, group_port: int) -> None:
        self._group = GROUP, group_port
        self._asks = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._hears = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for each in (self._asks, self._hears):
            each.bind(("127.0.0.1", 0))
            each.settimeout(PATIENCE)
        here = socket.inet_aton("127.0.0.1")
        self._asks.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, here)
        self.contact = self._hears.getsockname()[1]

    def ask(self, question: bytes) -> None:
        """As a vendor's phone that has our address."""
        via = self._asks.getsockname()[1]
        head, _, rest = question.partition(b"\r\nContact:")
        _, _, rest = rest.partition(b"\r\n")
        lines = [
            b"Via: SIP/2.0/UDP 127.0.0.1:%d;branch=z9hG4bK%d" % (via, via)
            if line.startswith(b"Via:")
            else line
            for line in head.split(b"\r\n")
        ]
        lines.append(b"Contact: <sip:127.0.0.1:%d>" % self.contact)
        self._asks.sendto(b"\r\n".join((*lines, rest)), self._group)

    def accepted(self) -> Message:
        return Message.parse(self._asks.recv(4096))

    def told(self, *, answer: bool = True) -> Message:
        """The next NOTIFY; answered unless it is to be sent again."""
        data, source = self._hears.recvfrom(4096)
        if answer:
            kept = (b"Via", b"From", b"To", b"Call-ID", b"CSeq")
            lines = [line for line in data.split(b"\r\n")[1:] if line.startswith(kept)]
            text = b"\r\n".join((b"SIP/2.0 200 OK", *lines, b"Content-Length: 0", b"", b""))
            self._hears.sendto(text, source)
        return Message.parse(data)

    def hears_nothing(self) -> None:
        for each in (self._asks, self._hears):
            each.settimeout(QUIET)
            with pytest.raises(TimeoutError):
                each.recv(4096)

    def close(self) -> None:
        self._asks.close()
        self._hears.close()
