"""A SIP node of N users, and the phones to try it with.

`node` is the core alone, on a clock of the test's own. `make_config` is for a SipServer on real
sockets. node.py is one in a process of its own, for sipp.
"""

import asyncio
import hashlib
import itertools
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from authority import Authority
from lines import EVERYWHERE, Line, connected, listener_of

from engine.sip import (
    Account,
    CertificateFiles,
    Flow,
    ListenAddress,
    Messages,
    Peer,
    SipConfig,
    SipServer,
)
from engine.sip.core import SipCore
from engine.sip.proxy.ways import Server
from engine.sip.wire import Request, Response, parse_message
from schema.dialplan.decision import Caller, Decision, Step

UDP = ListenAddress("udp", "127.0.0.1", 5060)
TCP = ListenAddress("tcp", "127.0.0.1", 5060)
DOMAIN = "example.test"


@dataclass
class Plan:
    """A dial plan that tests fill in: number → steps, or a refusal; users by id otherwise."""

    users: tuple[str, ...]
    steps: dict[str, tuple[Step, ...]] = field(default_factory=dict)
    asked: list[tuple[Caller, str]] = field(default_factory=list)
    refusals: dict[str, tuple[int, str]] = field(default_factory=dict)

    def __call__(self, caller: Caller, number: str) -> Decision:
        self.asked.append((caller, number))
        if number in self.steps:
            return Decision("routed", 200, "OK", self.steps[number], "rule")
        if number in self.users:
            return Decision("routed", 200, "OK", (Step("user", number, number),), "internal")
        if number in self.refusals:
            return Decision("refused", *self.refusals[number])
        if number.startswith("900"):
            return Decision("refused", 403, "No Permission")
        return Decision("refused", 404, "Unknown Number")


def password_of(account: Account, device: str) -> str:
    return f"pw-{account.user}{'-' + device if device else ''}"


def sip_config(
    users: tuple[str, ...] = ("alice", "bob", "carol"), **changes: Any
) -> tuple[SipConfig, Plan]:
    plan = Plan(users)
    config = SipConfig(
        domain=DOMAIN,
        hosts=frozenset({"127.0.0.1"}),
        accounts={user: Account(user, user.title()) for user in users},
        peers={},
        decide=plan,
        password=password_of,
        nonce_key=b"k" * 32,
    )
    return replace(config, **changes), plan


class Phone:
    """A phone's side of messages: enough to register, call, and answer challenges."""

    _serial = itertools.count(1)

    def __init__(self, user: str, host: str, port: int, password: str | None = None) -> None:
        self.user, self.host, self.port = user, host, port
        self.password = password if password is not None else f"pw-{user}"
        self.sequence = 0
        self.transport = "UDP"
        self.contact = f"sip:{user}@{host}:{port}"

    @property
    def sent_by(self) -> str:
        """Host and port in Via; a browser has no port."""
        return f"{self.host}:{self.port}" if self.port else self.host

    def request(
        self,
        method: str,
        uri: str,
        *,
        to: str | None = None,
        sender: str | None = None,
        tag: str | None = None,
        to_tag: str = "",
        call_id: str | None = None,
        sequence: int | None = None,
        branch: str | None = None,
        headers: tuple[str, ...] = (),
        body: str = "",
        max_forwards: int = 70,
    ) -> bytes:
        serial = next(self._serial)
        if sequence is None:
            self.sequence += 1
            sequence = self.sequence
        branch = branch or f"z9hG4bK-{self.user}-{serial}"
        lines = [
            f"{method} {uri} SIP/2.0",
            f"Via: SIP/2.0/{self.transport} {self.sent_by};branch={branch}",
            f"Max-Forwards: {max_forwards}",
            f"From: <{sender or f'sip:{self.user}@{DOMAIN}'}>;tag={tag or f'tag-{self.user}'}",
            f"To: <{to or uri}>" + (f";tag={to_tag}" if to_tag else ""),
            f"Call-ID: {call_id or f'call-{serial}@{self.host}'}",
            f"CSeq: {sequence} {method}",
            f"Contact: <{self.contact}>",
            *headers,
            f"Content-Length: {len(body)}",
        ]
        return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()

    def register(self, *, expires: int = 3600, **changes: Any) -> bytes:
        changes.setdefault("to", f"sip:{self.user}@{DOMAIN}")
        headers = (f"Expires: {expires}", *changes.pop("headers", ()))
        return self.request("REGISTER", f"sip:{DOMAIN}", headers=headers, **changes)

    def authorize(
        self,
        request: bytes,
        challenge: Response,
        *,
        algorithm: str = "MD5",
        count: int = 1,
        qop: bool = True,
        **wrong: str,
    ) -> bytes:
        """The same request again with credentials, next CSeq and a new branch."""
        name, header = (
            ("www-authenticate", "Authorization")
            if challenge.status == 401
            else ("proxy-authenticate", "Proxy-Authorization")
        )
        offers = [
            line.decode()
            for line, key in zip(challenge.headers, challenge.names, strict=True)
            if key == name.encode() and f"algorithm={algorithm}" in line.decode()
        ]
        fields = dict(re.findall(r'(\w+)="([^"]*)"', offers[0]))
        method, uri, _ = request.split(b"\r\n")[0].decode().split(" ")
        values = {"username": self.user, "nonce": fields["nonce"], "realm": fields["realm"]}
        values |= {"uri": uri} | wrong
        function = hashlib.md5 if algorithm == "MD5" else hashlib.sha256

        def digest(*parts: str) -> str:
            return function(":".join(parts).encode()).hexdigest()

        a1 = digest(values["username"], values["realm"], self.password)
        a2 = digest(method, values["uri"])
        quality = (f"{count:08x}", "c0ffee", "auth") if qop else ()
        response = digest(a1, values["nonce"], *quality, a2)
        credentials = ", ".join(f'{key}="{value}"' for key, value in values.items())
        credentials += f', response="{response}", algorithm={algorithm}'
        if qop:
            credentials += f', qop=auth, nc={count:08x}, cnonce="c0ffee"'
        text = request.decode("latin-1")
        sequence = int(re.search(r"CSeq: (\d+)", text)[1])  # type: ignore[index]
        self.sequence = max(self.sequence, sequence + 1)
        text = text.replace(f"CSeq: {sequence} ", f"CSeq: {sequence + 1} ")
        text = re.sub(r"branch=[^\r;]+", f"branch=z9hG4bK-{next(self._serial)}", text, count=1)
        text = text.replace("\r\n\r\n", f"\r\n{header}: Digest {credentials}\r\n\r\n", 1)
        return text.encode("latin-1")

    def answer(
        self,
        request: Request,
        status: int,
        reason: str = "Whatever",
        *,
        tag: str | None = None,
        headers: tuple[str, ...] = (),
    ) -> bytes:
        """A response to a request that the proxy sent here."""
        tag = tag or f"tag-{self.user}-{self.port}"
        lines = [f"SIP/2.0 {status} {reason}"]
        for name, line in zip(request.names, request.headers, strict=True):
            if name in (b"via", b"from", b"call-id", b"cseq", b"record-route"):
                lines.append(line.decode())
            elif name == b"to":
                known = bool(request.recipient.tag) or status == 100
                lines.append(line.decode() + ("" if known else f";tag={tag}"))
        lines += [f"Contact: <{self.contact}>", *headers, "Content-Length: 0"]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    def within(
        self, method: str, peer: Request | Response, *, sequence: int | None = None
    ) -> bytes:
        """A request in the dialog that `peer` (the 2xx, or the INVITE for a callee) made."""
        routes = peer.values(b"record-route")
        mine, theirs = peer.sender, peer.recipient
        if isinstance(peer, Request):
            mine, theirs = theirs, mine
        else:
            routes.reverse()
        target = re.search(rb"<([^>]*)>", peer.required(b"contact"))[1].decode()  # type: ignore[index]
        my_tag = mine.tag.decode() or f"tag-{self.user}-{self.port}"
        return self.request(
            method,
            target,
            sender=mine.uri.decode(),
            to=theirs.uri.decode(),
            tag=my_tag,
            to_tag=theirs.tag.decode(),
            call_id=peer.call_id.decode(),
            sequence=sequence if sequence is not None else peer.cseq[0],
            headers=tuple(f"Route: {route.decode()}" for route in routes),
        )


def server_of(peer: Peer) -> Server:
    """What an IP address resolves to."""
    return Server(peer.transport or "udp", peer.port or 5060, (peer.host,))


class Node:
    """The core with a clock in hand, and phones that are nothing but addresses."""

    def __init__(self, config: SipConfig, plan: Plan, listeners: tuple[ListenAddress, ...]) -> None:
        self.now, self.epoch = 1000.0, 1_700_000_000.0
        self.events: list[Any] = []
        self.plan = plan
        self.config = config
        self.core = SipCore(config, self.events.append, self.now, self.epoch)
        self.listeners = listeners
        self.configure(config)

    def configure(self, config: SipConfig) -> None:
        self.resolve(config, {id_: (server_of(peer),) for id_, peer in config.peers.items()})

    def resolve(self, config: SipConfig, servers: dict[str, tuple[Server, ...]]) -> None:
        """Configure, with the servers that DNS would have found for gateways."""
        self.core.configure(config, self.listeners, servers)
        self.config = config

    def send(
        self, data: bytes, phone: Phone, listener: ListenAddress | None = None
    ) -> list[tuple[int, Any]]:
        """Deliver a datagram; what comes out, as (destination port, message)."""
        flow = Flow(listener or self.listeners[0], phone.host, phone.port)
        self.core.receive(data, flow, self.now)
        return self.take()

    def take(self) -> list[tuple[int, Any]]:
        output = [(flow.port, parse_message(data)) for flow, data, _ in self.core.output]
        self.flows = [flow for flow, _, _ in self.core.output]
        self.core.output.clear()
        return output

    def wait(self, seconds: float) -> list[tuple[int, Any]]:
        """Let time pass in small steps; all that comes out meanwhile."""
        output, end = [], self.now + seconds
        while self.now < end:
            self.now = min(self.now + 0.05, end)
            self.core.advance(self.now)
            output += self.take()
        return output

    def register(self, phone: Phone, **changes: Any) -> Response:
        [(_, answer)] = self.registered(phone, **changes)
        assert isinstance(answer, Response)
        return answer

    def registered(self, phone: Phone, **changes: Any) -> list[tuple[int, Any]]:
        """All that comes of an authenticated REGISTER."""
        first = phone.register(**changes)
        [(_, challenge)] = self.send(first, phone)
        assert challenge.status == 401
        return self.send(phone.authorize(first, challenge), phone)

    def invite(self, phone: Phone, number: str, **changes: Any) -> list[tuple[int, Any]]:
        """An authenticated INVITE: what comes out of it (without the 407 and its ACK)."""
        first = phone.request("INVITE", f"sip:{number}@{DOMAIN}", **changes)
        [(_, challenge)] = self.send(first, phone)
        assert challenge.status == 407
        return self.send(phone.authorize(first, challenge), phone)

    # Subscriptions

    def ask(self, phone: Phone, request: bytes) -> list[tuple[int, Any]]:
        """What comes of a request once its challenge is answered."""
        [(_, challenge)] = self.send(request, phone)
        assert challenge.status == 407
        return self.send(phone.authorize(request, challenge), phone)

    def subscribe(self, phone: Phone, number: str, event: str, **options: Any) -> "Watch":
        """A subscription of that phone to sip:number, and what it was told at once."""
        return Watch(self, phone, number, event, **options)

    def messages(self, user: str, **counts: int) -> None:
        """Voice messages wait."""
        self.core.note_time(self.now)
        self.core.service.notifier.set_messages(user, Messages(**counts))


class Watch:
    """A subscription, as its subscriber sees it."""

    def __init__(
        self, node: Node, phone: Phone, number: str, event: str, *, expires: int = 600,
        headers: tuple[str, ...] = (), answer: int | None = 200,
    ) -> None:  # fmt: skip
        self.node, self.phone, self.event = node, phone, event
        self.call_id = f"watch-{next(Phone._serial)}"
        self.reply = answer
        self._send(f"sip:{number}@{DOMAIN}", phone, expires, headers)
        self._first = self.answer

    def refresh(
        self, *, expires: int = 600, sequence: int | None = None, by: Phone | None = None,
        headers: tuple[str, ...] = (),
    ) -> "Watch":  # fmt: skip
        """SUBSCRIBE within the dialog: `answer` and `notifies` are new ones."""
        target = self._first.required(b"contact").decode().strip("<>")
        self._send(
            target, by or self.phone, expires, headers,
            to=self._first.recipient.uri.decode(), to_tag=self._first.recipient.tag.decode(),
            tag=f"tag-{self.phone.user}", sequence=sequence,
        )  # fmt: skip
        return self

    def _send(
        self, uri: str, phone: Phone, expires: int, headers: tuple[str, ...], **more: Any
    ) -> None:
        headers = (f"Event: {self.event}", f"Expires: {expires}", *headers)
        request = phone.request("SUBSCRIBE", uri, headers=headers, call_id=self.call_id, **more)
        output = self.node.ask(phone, request)
        [self.answer] = [message for _, message in output if isinstance(message, Response)]
        self.notifies = [message for _, message in output if isinstance(message, Request)]
        self.ports = [port for port, message in output if isinstance(message, Request)]
        for notify in self.notifies:
            self.node.last_notify = notify
            if self.reply is not None:
                self.node.send(self.phone.answer(notify, self.reply), self.phone)


@pytest.fixture
def make_node() -> Callable[..., Node]:
    """Make a node: users, and changes to its SipConfig."""

    def make(
        users: tuple[str, ...] = ("alice", "bob", "carol"),
        listeners: tuple[ListenAddress, ...] = (UDP, TCP),
        **changes: Any,
    ) -> Node:
        return Node(*sip_config(users, **changes), listeners)

    return make


@pytest.fixture
def node(make_node: Callable[..., Node]) -> Node:
    """Alice, Bob and Carol, and two gateways."""
    gateways = {
        "one": Peer("one", "127.0.0.9", 5071),
        "two": Peer("two", "127.0.0.9", 5072),
    }
    return make_node(peers=gateways)


@pytest.fixture
def phone() -> Callable[..., Phone]:
    """Make a phone: user, port."""

    def make(user: str, port: int = 6000, password: str | None = None) -> Phone:
        return Phone(user, "127.0.0.1", port, password)

    return make


@pytest.fixture
def alice(node: Any, phone: Callable[..., Phone]) -> Phone:
    """A phone of Alice's, registered."""
    alice = phone("alice", 6001)
    node.register(alice)
    return alice


@pytest.fixture
def bob(node: Any, phone: Callable[..., Phone]) -> Phone:
    """A phone of Bob's, registered."""
    bob = phone("bob", 6002)
    node.register(bob)
    return bob


@pytest.fixture
def make_config() -> Callable[..., tuple[SipConfig, Plan]]:
    """A SipConfig and its plan: users, and changes."""
    return sip_config


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """Signs certificates; its files lie in tmp_path."""
    return Authority(tmp_path)


@pytest.fixture
def trust(authority: Authority) -> ssl.SSLContext:
    """A client that trusts it."""
    return ssl.create_default_context(cafile=authority.file)


@pytest.fixture
def events() -> list[Any]:
    """What the server tells."""
    return []


@pytest.fixture
async def everywhere(
    make_config: Callable[..., Any], events: list[Any], authority: Authority
) -> AsyncIterator[SipServer]:
    """A server on every transport, over IPv4 and IPv6."""
    chain, key = authority.issue("example.test")
    config, plan = make_config(
        certificate=CertificateFiles(str(chain), str(key)),
        hosts=frozenset(("127.0.0.1", "::1")),
    )
    server = SipServer(config, events.append)
    server.plan = plan  # type: ignore[attr-defined]
    await server.start(EVERYWHERE)
    yield server
    await server.stop()


@pytest.fixture
async def dial(
    everywhere: SipServer, phone: Callable[..., Any], trust: ssl.SSLContext
) -> AsyncIterator[Callable[..., Awaitable[Line]]]:
    """Open a phone's line: dial(user, transport, six=False)."""
    lines: list[Line] = []

    async def open_line(user: str, transport: str, six: bool = False) -> Line:
        listener = listener_of(everywhere, transport, six)
        lines.append(await connected(Line(phone(user, 0)), listener, trust))
        return lines[-1]

    yield open_line
    for line in lines:
        line.close()
    await asyncio.gather(*(task for line in lines for task in line.tasks))
