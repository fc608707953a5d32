"""Phones out of the box ask the LAN by SIP PnP, and a whole node tells them where it is."""

import socket
from collections.abc import Callable, Iterator

import pytest
from pnp_lan import VENDORS
from running import Site, eventually
from softphone import PATIENCE, QUIET, Message, SoftPhone

GROUP = "224.0.1.75"
TREE = """\
version: 1
system: {domain: example.test}
nodes:
  pbx1:
    address: 127.0.0.1
    sip: {udp: 5060, tcp: 5060}
    http: {port: 8090}
    pnp: {port: 5060}
users:
  alice: {name: Alice Adams, extension: "201"}
phones:
  "0015651234ab": {model: yealink-t46g, lines: [alice]}
"""


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


@pytest.fixture(scope="module")
def site(module_site: Callable[..., Site]) -> Site:
    made = module_site(tree=TREE)
    made.edit("pnp: {port: 5060}", f"pnp: {{port: {made.sip}}}")
    made.commit("Hear phones on the router's port")
    made.start()
    return made


@pytest.fixture
def phone(site: Site) -> Iterator[NewPhone]:
    made = NewPhone(site.sip)
    yield made
    made.close()


def test_a_phone_is_sent_to_the_node_beside_the_router_on_the_same_port(
    site: Site, phone: NewPhone
) -> None:
    phone.ask(VENDORS["yealink"][0])
    assert phone.accepted().status == 200
    told = phone.told()
    assert told.body == f"http://127.0.0.1:{site.http}/"
    assert told.uri == f"sip:127.0.0.1:{phone.contact}"
    line = f"at 127.0.0.1 asked the LAN and was sent to http://127.0.0.1:{site.http}/"
    eventually(lambda: line in site.output())
    with SoftPhone("alice", "wrong", ("127.0.0.1", site.sip)) as other:
        assert other.register().status in (401, 403)


def test_a_phone_that_missed_it_is_told_again(site: Site, phone: NewPhone) -> None:
    phone.ask(VENDORS["yealink"][0])
    first = phone.told(answer=False)
    assert phone.told() == first
    phone.accepted()
    phone.hears_nothing()


def test_a_device_of_unknown_kind_is_left_to_others(site: Site, phone: NewPhone) -> None:
    phone.ask(VENDORS["planet"][0])
    line = "(PLANET VIP-2140PT) at 127.0.0.1 asked the LAN: of no family"
    eventually(lambda: line in site.output())
    phone.hears_nothing()
