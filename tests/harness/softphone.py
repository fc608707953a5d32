"""A softphone for tests that hold a call in their hands, step by step.

It reads SIP by itself, so that a fault of the engine's parser cannot hide itself. Sockets block,
every wait ends. Nothing happens unless the test says so, except that failures of an INVITE are
acknowledged (RFC 3261 section 17.1.1.3) and what is sent again is heard once.
"""

import hashlib
import itertools
import re
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType

PATIENCE = 10.0
"""Seconds to wait for what must come, on a busy machine."""
QUIET = 1.0
"""Seconds in which what must not come would have come."""

_serial = itertools.count(1)


@dataclass(frozen=True)
class Message:
    """One SIP message."""

    first: str
    headers: tuple[tuple[str, str], ...]
    body: str

    @classmethod
    def parse(cls, data: bytes) -> "Message":
        head, _, body = data.decode(errors="replace").partition("\r\n\r\n")
        first, *lines = head.split("\r\n")
        pairs = (line.partition(":") for line in lines)
        return cls(first, tuple((name.strip().lower(), v.strip()) for name, _, v in pairs), body)

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name.lower()]

    def one(self, name: str) -> str:
        [value] = self.all(name)
        return value

    @property
    def status(self) -> int:
        """Of a response; 0 for a request."""
        return int(self.first.split(" ")[1]) if self.first.startswith("SIP/2.0 ") else 0

    @property
    def method(self) -> str:
        """Of a request, or of the request that this is the response to."""
        return self.one("CSeq").split()[1]

    @property
    def uri(self) -> str:
        return self.first.split(" ")[1]

    @property
    def call_id(self) -> str:
        return self.one("Call-ID")

    @property
    def identity(self) -> tuple[str, str, str]:
        """The same for every time it is sent."""
        tag = self.one("To").partition(";tag=")[2]
        return self.first, self.all("Via")[0], f"{self.one('CSeq')} {tag}"


@dataclass
class Call:
    """A caller's side of a call."""

    phone: "SoftPhone"
    uri: str
    call_id: str
    tag: str
    invite: str = ""
    """The INVITE as it was sent last."""
    sequence: int = 0
    answer: Message | None = None

    def expect(self, status: int, within: float = PATIENCE) -> Message:
        """The response of that status; another final one is a failure."""
        message = self.phone.response(self.call_id, "INVITE", status, within)
        if 200 <= status < 300 and self.answer is None:
            self.answer = message  # what the route set is from, for all of the dialog (12.2)
        return message

    def acknowledge(self) -> None:
        self.phone.send(self._within("ACK", self.sequence))

    def send_bye(self) -> None:
        self.sequence += 1
        self.phone.send(self._within("BYE", self.sequence))

    def invite_again(self) -> None:
        """An INVITE within the dialog (RFC 3261 section 14): hold, or another address for RTP."""
        self.sequence += 1
        self.phone.send(self._within("INVITE", self.sequence))

    def expect_bye_answered(self) -> None:
        self.phone.response(self.call_id, "BYE", 200)

    def cancel(self) -> None:
        """CANCEL has the Via, From, To, Call-ID and number of the INVITE (section 9.1)."""
        text = self.invite.partition("\r\n\r\n")[0]
        kept = [
            line for line in text.split("\r\n")[1:] if re.match(r"(Via|Max|From|To|Call)", line)
        ]
        lines = [f"CANCEL {self.uri} SIP/2.0", *kept, f"CSeq: {self.sequence} CANCEL"]
        self.phone.send("\r\n".join([*lines, "Content-Length: 0", "", ""]))

    def _within(self, method: str, sequence: int) -> str:
        assert self.answer is not None
        [target] = re.findall(r"<([^>]*)>", self.answer.one("Contact"))
        routes = tuple(f"Route: {value}" for value in reversed(self.answer.all("Record-Route")))
        return self.phone.request(
            method, target, to=self.answer.one("To"), call_id=self.call_id, tag=self.tag,
            sequence=sequence, headers=routes,
        )  # fmt: skip


@dataclass
class SoftPhone:
    """A phone of `user` on `host`, any free port unless told one. A context manager."""

    user: str
    password: str
    server: tuple[str, int]
    transport: str = "udp"
    host: str = "127.0.0.1"
    port: int = 0
    domain: str = "example.test"
    inbox: list[Message] = field(default_factory=list)
    heard: set[tuple[str, str, str]] = field(default_factory=set)
    repeats: int = 0
    """How often something was heard again."""
    description: str = ""
    """SDP in its INVITEs and in its 183 and 2xx to one."""
    supported: str = ""
    """Options that its INVITEs say it supports."""

    def __post_init__(self) -> None:
        kind = socket.SOCK_DGRAM if self.transport == "udp" else socket.SOCK_STREAM
        self.socket = socket.socket(socket.AF_INET, kind)
        self.socket.bind((self.host, self.port))
        self.socket.settimeout(PATIENCE)
        self.socket.connect(self.server)
        self.port = self.socket.getsockname()[1]
        self._stream = b""

    def __enter__(self) -> "SoftPhone":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.socket.close()

    @property
    def contact(self) -> str:
        transport = "" if self.transport == "udp" else f";transport={self.transport}"
        return f"sip:{self.user}@{self.host}:{self.port}{transport}"

    # Sending

    def send(self, text: str | bytes) -> None:
        self.socket.sendall(text.encode() if isinstance(text, str) else text)

    def request(
        self, method: str, uri: str, *, to: str, call_id: str, tag: str, sequence: int,
        headers: tuple[str, ...] = (), branch: str = "", sender: str = "", body: str = "",
    ) -> str:  # fmt: skip
        sender = sender or f"<sip:{self.user}@{self.domain}>;tag={tag}"
        branch = branch or f"z9hG4bK-{self.port}-{next(_serial)}"
        via = f"SIP/2.0/{self.transport.upper()} {self.host}:{self.port};branch={branch}"
        lines = [
            f"{method} {uri} SIP/2.0",
            f"Via: {via}",
            "Max-Forwards: 70",
            f"From: {sender}",
            f"To: {to}",
            f"Call-ID: {call_id}",
            f"CSeq: {sequence} {method}",
            f"Contact: <{self.contact}>",
            *headers,
            f"Content-Length: {len(body.encode())}",
        ]
        return "\r\n".join([*lines, "", body])

    def challenge(self) -> Message:
        """What a REGISTER without credentials is asked."""
        return self._registering(f"ask-{self.port}-{next(_serial)}", 1)

    def register(self, expires: int = 600) -> Message:
        """The final answer to a REGISTER that answers the challenge."""
        call_id, wanted = f"register-{self.port}-{next(_serial)}", f"Expires: {expires}"
        challenge = self._registering(call_id, 1, wanted)
        assert challenge.status == 401, challenge.first
        proof = self.credentials("REGISTER", f"sip:{self.domain}", challenge)
        return self._registering(call_id, 2, wanted, proof)

    def _registering(self, call_id: str, sequence: int, *headers: str) -> Message:
        self.send(
            self.request(
                "REGISTER", f"sip:{self.domain}", to=f"<sip:{self.user}@{self.domain}>",
                call_id=call_id, tag="r", sequence=sequence, headers=headers,
            )
        )  # fmt: skip
        return self.response(call_id, "REGISTER")

    def ask(self, method: str, uri: str, *headers: str, body: str = "") -> Message:
        """The final answer to a request outside of any dialog, which is challenged first."""
        call_id = f"ask-{self.port}-{next(_serial)}"
        for sequence in (1, 2):
            self.send(
                self.request(
                    method, uri, to=f"<{uri}>", call_id=call_id, tag=call_id, sequence=sequence,
                    headers=headers, body=body,
                )
            )  # fmt: skip
            answer = self.response(call_id, method)
            if answer.status != 407:
                break
            headers = (*headers, self.credentials(method, uri, answer))
        return answer

    def subscribe(self, number: str, event: str, *headers: str) -> Message:
        """The final answer to a SUBSCRIBE."""
        uri = f"sip:{number}@{self.domain}"
        return self.ask("SUBSCRIBE", uri, f"Event: {event}", "Expires: 600", *headers)

    def invite(self, number: str, *, authenticate: bool = True) -> Call:
        """Call `number`, and answer the challenge when there is one."""
        uri = f"sip:{number}@{self.domain}"
        call = Call(self, uri, f"call-{self.port}-{next(_serial)}", f"t{next(_serial)}")
        self.invite_with(call)
        if authenticate:
            challenge = self.response(call.call_id, "INVITE", 407)
            self.invite_with(call, self.credentials("INVITE", uri, challenge))
        return call

    @property
    def described(self) -> tuple[str, ...]:
        """The header of a body."""
        return ("Content-Type: application/sdp",) if self.description else ()

    def invite_with(self, call: Call, *headers: str) -> None:
        """Send the call's INVITE, once more with these headers."""
        if self.supported:
            headers = (*headers, f"Supported: {self.supported}")
        call.sequence += 1
        call.invite = self.request(
            "INVITE", call.uri, to=f"<{call.uri}>", call_id=call.call_id, tag=call.tag,
            sequence=call.sequence, headers=(*headers, *self.described), body=self.description,
        )  # fmt: skip
        self.send(call.invite)

    def credentials(self, method: str, uri: str, challenge: Message, count: int = 1) -> str:
        """The header that answers the first challenge (RFC 7616 section 3.4), MD5."""
        name = "WWW-Authenticate" if challenge.status == 401 else "Proxy-Authenticate"
        offer = dict(re.findall(r'(\w+)="([^"]*)"', challenge.all(name)[0]))
        realm, nonce = offer["realm"], offer["nonce"]

        def digest(*parts: str) -> str:
            return hashlib.md5(":".join(parts).encode()).hexdigest()

        proof = digest(
            digest(self.user, realm, self.password), nonce, f"{count:08x}", "c0ffee", "auth",
            digest(method, uri),
        )  # fmt: skip
        header = "Authorization" if challenge.status == 401 else "Proxy-Authorization"
        return (
            f'{header}: Digest username="{self.user}", realm="{realm}", nonce="{nonce}", '
            f'uri="{uri}", response="{proof}", algorithm=MD5, qop=auth, nc={count:08x}, '
            f'cnonce="c0ffee"'
        )

    def answer(self, request: Message, status: int, reason: str = "Whatever") -> None:
        """Respond to a request that came here."""
        copied = ("via", "from", "call-id", "cseq", "record-route")
        lines = [f"SIP/2.0 {status} {reason}"]
        lines += [f"{name}: {value}" for name, value in request.headers if name in copied]
        lines += [f"To: {self._local(request)}"]
        body = self.description if request.method == "INVITE" and 183 <= status < 300 else ""
        lines += self.described if body else ()
        lines += [f"Contact: <{self.contact}>", f"Content-Length: {len(body)}", "", body]
        self.send("\r\n".join(lines))

    def send_bye(self, invite: Message) -> None:
        """End the call that `invite` began and that was answered here."""
        [target] = re.findall(r"<([^>]*)>", invite.one("Contact"))
        routes = tuple(f"Route: {value}" for value in invite.all("Record-Route"))
        bye = self.request(
            "BYE", target, to=invite.one("From"), sender=self._local(invite), tag="",
            call_id=invite.call_id, sequence=1, headers=routes,
        )  # fmt: skip
        self.send(bye)

    def _local(self, request: Message) -> str:
        """To, with our tag."""
        to = request.one("To")
        return to if ";tag=" in to else f"{to};tag=callee-{self.port}"

    # Hearing

    def expect(self, method: str, within: float = PATIENCE) -> Message:
        """The next request of that method."""
        return self._next(lambda m: not m.status and m.method == method, method, within)

    def silent(self, method: str, seconds: float = QUIET) -> bool:
        """Whether no request of that method comes."""
        deadline = time.monotonic() + seconds
        while self._hear(deadline):
            pass
        return not any(not m.status and m.method == method for m in self.inbox)

    def response(
        self, call_id: str, method: str, status: int = 0, within: float = PATIENCE
    ) -> Message:
        """The response to a request of ours: any final one, or that status and no other final."""
        message = self._next(
            lambda m: (
                m.call_id == call_id
                and m.method == method
                and (m.status >= 200 or (m.status == status and status > 0))
            ),
            f"{status or 'a final response'} to {method}",
            within,
        )
        assert status in (0, message.status), f"{message.first} in place of {status}"
        return message

    def _next(self, wanted: Callable[[Message], bool], what: str, within: float) -> Message:
        deadline = time.monotonic() + within
        while True:
            for message in self.inbox:
                if wanted(message):
                    self.inbox.remove(message)
                    return message
            if not self._hear(deadline):
                seen = [message.first for message in self.inbox]
                raise AssertionError(f"{self.user}: no {what} within {within} s, only {seen}")

    def _hear(self, deadline: float) -> bool:
        """Take in one message; False when none came in time."""
        data = self._receive(deadline)
        if not data:
            return False
        message = Message.parse(data)
        if message.identity in self.heard:
            self.repeats += 1
            return True
        self.heard.add(message.identity)
        self.inbox.append(message)
        if message.status >= 300 and message.method == "INVITE":
            self._acknowledge_failure(message)
        return True

    def _receive(self, deadline: float) -> bytes:
        while True:
            if self.transport == "tcp" and (message := self._framed()):
                return message
            left = deadline - time.monotonic()
            if left <= 0:
                return b""
            self.socket.settimeout(left)
            try:
                data = self.socket.recv(65535)
            except TimeoutError:
                return b""
            if self.transport == "udp":
                return data
            if not data:
                return b""
            self._stream += data

    def _framed(self) -> bytes:
        """The first whole message of the stream (section 18.3)."""
        head, end, rest = self._stream.lstrip(b"\r\n").partition(b"\r\n\r\n")
        if not end:
            return b""
        [length] = re.findall(rb"(?i)\r\ncontent-length: *(\d+)", head)
        if len(rest) < int(length):
            return b""
        self._stream = rest[int(length) :]
        return head + end + rest[: int(length)]

    def _acknowledge_failure(self, message: Message) -> None:
        [branch] = re.findall(r"branch=([^;]+)", message.all("Via")[0])
        [tag] = re.findall(r";tag=([^;]+)", message.one("From"))
        number = int(message.one("CSeq").split()[0])
        # The Request-URI of the INVITE; we only know the To, which has the same one.
        [uri] = re.findall(r"<([^>]*)>", message.one("To"))
        self.send(
            self.request(
                "ACK",
                uri,
                to=message.one("To"),
                call_id=message.call_id,
                tag=tag,
                sequence=number,
                branch=branch,
            )
        )
