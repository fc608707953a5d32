"""RFC 4475's 49 messages on the wire, UDP and TCP, to a running server: what becomes of each.

Two of them have a Route through another proxy: that is this server here, as it relays to nobody's
address but its users'.

They come from a gateway, so that valid ones go all the way to a phone, and are compared there with
what was sent. A REGISTER is challenged, and sent again with credentials. After each message the
server must answer somebody else. The expectations are those of fixtures/rfc4475/index.csv.
"""

import asyncio
import csv
import hashlib
import random
import re
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from engine.sip import Binding, Flow, ListenAddress, Peer, SipServer
from engine.sip.wire import SipParseError, StreamFramer
from engine.sip.wire.uri import parse_uri
from schema.dialplan.decision import Decision, Step

TORTURE = Path(__file__).parents[2] / "fixtures" / "rfc4475"
NAMES = [row[0] for row in csv.reader((TORTURE / "index.csv").read_text().splitlines()[1:])]
HOSTS = {
    "example.net", "example.org", "chair-dnrc.example.com", "registrar.example.com", "company.com",
    "services.example.com", "127.0.0.1",
}  # fmt: skip

REFUSED = {
    "badinv01": 400, "clerr": 400, "ncl": 400, "scalar02": 400, "quotbal": 400, "ltgtruri": 400,
    "lwsruri": 400, "lwsstart": 400, "trws": 400, "escruri": 400, "badaspec": 400, "badvers": 505,
    "mismatch01": 400, "mismatch02": 400, "unkscm": 416, "novelsc": 416, "bext01": 420,
    "multi01": 400, "mcl01": 400, "zeromf": 483, "esc02": 405,
}  # fmt: skip
"""esc02 asks the registrar itself for a method that nobody knows."""
DROPPED = {"scalarlg", "bigcode", "bcast", "insuf", "noreason", "unreason"}
"""Responses that answer nothing of ours, and a request without From and To."""
UNFRAMED = {"clerr", "ncl", "mcl01"}
"""On a stream nobody knows where these end: the connection is closed (RFC 3261 section 18.3)."""
REGISTRATIONS = {
    "dblreq": 200, "cparam01": 200, "cparam02": 200, "regescrt": 200, "escnull": 200,
    "regaut01": 200, "regbadct": 400, "unksm2": 400,
}  # fmt: skip
"""What comes of a REGISTER once it has credentials."""
FORWARDED = set(NAMES) - set(REFUSED) - DROPPED - set(REGISTRATIONS)

CONTACTS = {
    "dblreq": [b"<sip:j.user@host.example.com>"],
    "cparam01": [b"<sip:+19725552222@gw1.example.net>;unknownparam"],
    "cparam02": [b"<sip:+19725552222@gw1.example.net;unknownparam>"],
    "regescrt": [b"<sip:user@example.com?Route=%3Csip:sip.example.com%3E>"],
    "escnull": [b"<sip:%00@host5.example.com>", b"<sip:%00%00@host5.example.com>"],
    "regaut01": [],
}
"""What the answer to a REGISTER must say."""


@dataclass
class Wire:
    """A server, a gateway that sends, a phone that listens."""

    server: SipServer
    host: str
    phone: asyncio.Queue[bytes]
    transport: str = "udp"
    inbox: asyncio.Queue[bytes] | None = None
    send: Callable[[bytes], Any] = bytes
    finish: Callable[[], Any] = bytes
    """Send nothing more; what comes is still read."""

    async def next(self, queue: "asyncio.Queue[bytes] | None" = None) -> bytes:
        """The next message here; b"" when the connection was closed."""
        async with asyncio.timeout(5):
            return await (queue or self.inbox or self.phone).get()

    async def status(self) -> int:
        """Of the next final response here; 0 when the connection was closed."""
        while (data := await self.next()).startswith(b"SIP/2.0 1"):
            pass
        return int(data[8:11]) if data else 0

    def at(self, transport: str) -> tuple[str, int]:
        found = next(each for each in self.server.listening if each.transport == transport)
        return found.host, found.port


class Datagrams(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.inbox: asyncio.Queue[bytes] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.inbox.put_nowait(data)


class Stream(asyncio.Protocol):
    def __init__(self) -> None:
        self.inbox: asyncio.Queue[bytes] = asyncio.Queue()
        self._framer = StreamFramer()

    def data_received(self, data: bytes) -> None:
        for message in self._framer.feed(data)[0]:
            self.inbox.put_nowait(message)

    def connection_lost(self, exc: Exception | None) -> None:
        self.inbox.put_nowait(b"")


@pytest.fixture
async def wire(make_config: Callable[..., Any], name: str, transport: str) -> AsyncIterator[Wire]:
    loop = asyncio.get_running_loop()
    host = f"127.77.{random.randrange(256)}.{random.randrange(1, 255)}"
    listening, phone = await loop.create_datagram_endpoint(Datagrams, ("127.0.0.1", 0))
    port = reply_port(message(name))
    step = (Step("user", "callee", "callee"),)
    config, _ = make_config(
        users=("callee", "j.user", "watson", "user"),
        domain="example.com",
        hosts=frozenset(HOSTS | {uri_host(name)}),
        addresses={"null-\0-null": "user"},
        peers={"gw": Peer("gw", host, port, transport)},
        decide=lambda caller, number: Decision("routed", 200, "OK", step),
    )
    server = SipServer(config, lambda event: None)
    await server.start([ListenAddress(each, "127.0.0.1", 0) for each in ("udp", "tcp")])
    made = Wire(server, host, phone.inbox, transport)
    server.restore([callee(server, *listening.get_extra_info("sockname"))])
    channel, made.inbox = await connect(made, port)
    if transport == "tcp":
        made.send, made.finish = channel.write, channel.write_eof
    else:
        made.send = channel.sendto
    yield made
    channel.close()
    listening.close()
    await server.stop()


async def connect(wire: Wire, port: int) -> tuple[Any, "asyncio.Queue[bytes]"]:
    loop = asyncio.get_running_loop()
    address = wire.at(wire.transport)
    if wire.transport == "tcp":
        channel, stream = await loop.create_connection(Stream, *address, local_addr=(wire.host, 0))
        return channel, stream.inbox
    datagrams, protocol = await loop.create_datagram_endpoint(
        Datagrams, (wire.host, port), remote_addr=address
    )
    return datagrams, protocol.inbox


def callee(server: SipServer, host: str, port: int) -> Binding:
    contact = f"sip:callee@{host}:{port}"
    listener = next(each for each in server.listening if each.transport == "udp")
    return Binding(
        "callee", "", contact, "", 1.0, 4e9, "", 1, "",
        Flow(listener, host, port), 0.0,
    )  # fmt: skip


def message(name: str) -> bytes:
    return (TORTURE / f"{name}.dat").read_bytes()


def reply_port(data: bytes) -> int:
    """Where responses over UDP are sent: the port in the top Via."""
    found = re.search(
        rb"\n(?:Via|v)\s*:\s*SIP\s*/\s*2\.0\s*/\s*\w+\s+[^;,\s]+?:\s*(\d+)", data, re.I
    )
    first = re.search(rb"\n(?:Via|v)\s*:", data, re.I)
    return int(found[1]) if found and first and found.start() == first.start() else 5060


def uri_host(name: str) -> str:
    try:
        return parse_uri(message(name).split(b"\r\n")[0].split(b" ")[1]).host
    except (SipParseError, IndexError):
        return "example.com"


def headers(data: bytes) -> list[bytes]:
    """Values of all header lines: unfolded, white space made one space."""
    head = re.sub(rb"\r\n[ \t]+", b" ", data.partition(b"\r\n\r\n")[0])
    lines = head.split(b"\r\n")[1:]
    return [b" ".join(line.partition(b":")[2].split()) for line in lines]


OURS = (b"via", b"v", b"max-forwards", b"route", b"content-length", b"l")


def kept(data: bytes) -> list[bytes]:
    """Values that a proxy must not touch."""
    head = re.sub(rb"\r\n[ \t]+", b" ", data.partition(b"\r\n\r\n")[0])
    return [
        b" ".join(line.partition(b":")[2].split())
        for line in head.split(b"\r\n")[1:]
        if line.partition(b":")[0].strip().lower() not in OURS
    ]


async def still_serves(wire: Wire) -> None:
    """Somebody else asks the server whether it is alive."""
    probe = (
        b"OPTIONS sip:example.com SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bK-alive"
        b"\r\nFrom: <sip:a@example.com>;tag=1\r\nTo: <sip:example.com>\r\nCall-ID: alive\r\n"
        b"CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
    )
    with socket.socket(type=socket.SOCK_DGRAM) as other:
        other.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_sendto(other, probe, wire.at("udp"))
        async with asyncio.timeout(5):
            assert (await loop.sock_recv(other, 4096)).startswith(b"SIP/2.0 200 ")
    assert wire.server.counts().get("defects", 0) == 0


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("name", sorted(FORWARDED))
async def test_a_valid_message_reaches_the_phone_as_it_was(wire: Wire, name: str) -> None:
    sent = message(name).replace(b"127.0.0.1:5080>", b"127.0.0.1:%d>" % wire.at("udp")[1])
    wire.send(sent)
    received = await wire.next(wire.phone)
    assert received.split(b" ")[0] == sent.split(b" ")[0]
    values = headers(received)
    assert [value for value in kept(sent) if value not in values] == []
    length = re.search(rb"\n(?:Content-Length|l)\s*:\s*(\d+)", sent, re.I)
    body = sent.partition(b"\r\n\r\n")[2]
    if length is not None or wire.transport == "tcp":  # where a length must be said (18.3)
        body = body[: int(length[1])] if length else b""
    assert received.partition(b"\r\n\r\n")[2] == body
    await still_serves(wire)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("name", sorted(REFUSED))
async def test_a_faulty_message_is_refused(wire: Wire, name: str) -> None:
    wire.send(message(name))
    unframed = wire.transport == "tcp" and name in UNFRAMED
    if unframed:
        wire.finish()  # clerr promises more than it has
    assert await wire.status() == (0 if unframed else REFUSED[name])
    assert wire.phone.empty()
    await still_serves(wire)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("name", sorted(DROPPED))
async def test_what_answers_nothing_is_dropped(wire: Wire, name: str) -> None:
    wire.send(message(name))
    await still_serves(wire)
    assert wire.inbox is not None
    assert wire.inbox.empty()
    assert wire.phone.empty()


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("name", sorted(REGISTRATIONS))
async def test_a_registration_is_judged_by_its_contents(wire: Wire, name: str) -> None:
    sent = message(name)
    wire.send(sent)
    challenge = await wire.next()
    assert challenge.startswith(b"SIP/2.0 401 ")
    wire.send(authorized(name, sent, challenge))
    answer = await wire.next()
    while re.search(rb"CSeq: \d+ INVITE", answer):  # on a stream dblreq is two messages
        answer = await wire.next()
    assert int(answer[8:11]) == REGISTRATIONS[name]
    if name in CONTACTS:
        contacts = re.findall(rb"\r\nContact: (.*);expires=\d+", answer)
        assert sorted(contacts) == sorted(CONTACTS[name])
    await still_serves(wire)


def authorized(name: str, sent: bytes, challenge: bytes) -> bytes:
    """The same with a valid answer to the challenge, as a new transaction."""
    users = {"unksm2": "user", "escnull": "user"}
    found = re.search(rb"To: *<?sip:([^@\r]+)@", sent)
    user = users.get(name) or (found[1].decode() if found else "user")
    nonce = re.search(rb'nonce="([^"]+)"', challenge)
    assert nonce is not None

    def md5(*parts: str) -> str:
        return hashlib.md5(":".join(parts).encode()).hexdigest()

    proof = md5(
        md5(user, "example.com", f"pw-{user}"), nonce[1].decode(),
        md5("REGISTER", "sip:example.com"),
    )  # fmt: skip
    line = (
        f'Authorization: Digest username="{user}", realm="example.com", '
        f'nonce="{nonce[1].decode()}", uri="sip:example.com", response="{proof}"\r\n'
    )
    start, _, rest = sent.partition(b"\r\n")
    return start + b"\r\n" + line.encode() + rest.replace(b"z9hG4bK", b"z9hG4bKagain", 1)


def test_every_message_has_its_verdict() -> None:
    assert len(NAMES) == 49
    assert len(FORWARDED) + len(REFUSED) + len(DROPPED) + len(REGISTRATIONS) == 49
