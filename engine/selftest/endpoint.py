"""A SIP end point for the self-test: registers, calls, answers, hangs up. UDP, signalling only.

It parses with aiosipua and not with our own engine, so that a fault of the engine's parser cannot
hide itself. aiosipua's own user agent does not serve: 0.7 neither learns the route set from a 2xx
(RFC 3261 section 12.1.2) nor acknowledges a 4xx (section 17.1.1.3), so the dialog is kept here.
"""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiosipua import SipMessage, SipRequest, SipResponse, stringify_uri
from aiosipua.auth import SipDigestAuth, answer_challenge

T1 = 0.5
"""RFC 3261 section 17.1.1.1: first retransmission, in seconds."""

SDP = (
    "v=0\r\no=- 1 1 IN IP4 {host}\r\ns=selftest\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
    "m=audio 9 RTP/AVP 0\r\na=inactive\r\n"
)
"""An offer that asks for no media: the PBX is not in the media path anyway."""


class SelfTestError(Exception):
    """The PBX did not answer as it should; the text says what came instead."""


@dataclass(slots=True)
class Dialog:
    """What RFC 3261 section 12 keeps of a call, on the caller's side."""

    call_id: str
    local: str
    remote: str
    target: str
    routes: list[str]
    cseq: int


@dataclass
class Endpoint(asyncio.DatagramProtocol):
    """One user agent. `server` is the address of the PBX; errors are SelfTestError."""

    user: str
    password: str
    domain: str
    server: tuple[str, int]
    timeout: float = 5.0
    _transport: asyncio.DatagramTransport | None = None
    _waiting: dict[tuple[str, str], asyncio.Queue[SipResponse]] = field(default_factory=dict)
    _answered: dict[str, bytes] = field(default_factory=dict)

    async def open(self, host: str) -> None:
        """Take a free UDP port on `host`."""
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(host, 0))

    def close(self) -> None:
        """Give the port back."""
        if self._transport is not None:
            self._transport.close()

    @property
    def address(self) -> str:
        """host:port of this end point."""
        if self._transport is None:
            raise SelfTestError("the end point is not open")
        host, port = self._transport.get_extra_info("sockname")[:2]
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    @property
    def identity(self) -> str:
        """The address of record."""
        return f"sip:{self.user}@{self.domain}"

    # As a client

    async def register(self, expires: int) -> None:
        """Bind (or, with 0, unbind) this end point, answering the challenge."""
        call_id = secrets.token_hex(8)
        await self._transaction(
            "REGISTER",
            f"sip:{self.domain}",
            call_id,
            sender=f"<{self.identity}>;tag={secrets.token_hex(4)}",
            recipient=f"<{self.identity}>",
            headers=[f"Contact: <sip:{self.user}@{self.address}>", f"Expires: {expires}"],
        )

    async def invite(self, user: str, ringing: Callable[[], None]) -> Dialog:
        """Call `user` until answered; `ringing` is told of the first 180."""
        target = f"sip:{user}@{self.domain}"
        sender = f"<{self.identity}>;tag={secrets.token_hex(4)}"
        call_id = secrets.token_hex(8)
        response, cseq = await self._transaction(
            "INVITE", target, call_id, sender=sender, recipient=f"<{target}>", ringing=ringing
        )
        contact = response.contact[0].uri if response.contact else None
        if contact is None:
            raise SelfTestError("the answer to INVITE has no Contact")
        return Dialog(
            call_id,
            sender,
            response.get_header("to") or "",
            stringify_uri(contact),
            list(reversed(response.headers.get("record-route"))),
            cseq,
        )

    def acknowledge(self, dialog: Dialog) -> None:
        """Send the ACK of a 2xx (RFC 3261 section 13.2.2.4)."""
        self._send(self._request("ACK", dialog.target, dialog, dialog.cseq))

    async def hang_up(self, dialog: Dialog) -> None:
        """Send BYE and wait for its answer."""
        await self._transaction(
            "BYE",
            dialog.target,
            dialog.call_id,
            sender=dialog.local,
            recipient=dialog.remote,
            cseq=dialog.cseq + 1,
            headers=[f"Route: {route}" for route in dialog.routes],
        )

    async def _transaction(
        self,
        method: str,
        uri: str,
        call_id: str,
        *,
        sender: str,
        recipient: str,
        headers: list[str] | None = None,
        cseq: int = 1,
        ringing: Callable[[], None] | None = None,
    ) -> tuple[SipResponse, int]:
        """Send, answer one challenge, and return the 2xx with the CSeq that it answers."""
        dialog = Dialog(call_id, sender, recipient, uri, [], cseq)
        extra = list(headers or [])
        credentials: list[str] = []
        for attempt in (0, 1):
            request = self._request(method, uri, dialog, cseq + attempt, [*extra, *credentials])
            response = await self._exchange(request, method, ringing)
            if response.status_code not in (401, 407) or attempt:
                break
            answer = answer_challenge(
                SipDigestAuth(self.user, self.password),
                response,
                response.status_code,
                method,
                uri,
            )
            if answer is None:
                raise SelfTestError(f"{method}: the challenge cannot be answered")
            credentials = [f"{answer[0]}: {answer[1]}"]
        if response.status_code >= 300:
            raise SelfTestError(
                f"{method} was answered {response.status_code} {response.reason_phrase}"
            )
        return response, cseq + attempt

    async def _exchange(
        self, request: bytes, method: str, ringing: Callable[[], None] | None
    ) -> SipResponse:
        """One client transaction: retransmit until answered, return the final response."""
        branch = _branch(SipMessage.parse(request))
        queue: asyncio.Queue[SipResponse] = asyncio.Queue()
        self._waiting[branch, method] = queue
        try:
            async with asyncio.timeout(self.timeout):
                return await self._final_response(request, queue, ringing)
        except TimeoutError:
            raise SelfTestError(f"{method} was not answered in {self.timeout:g} s") from None
        finally:
            del self._waiting[branch, method]

    async def _final_response(
        self, request: bytes, queue: asyncio.Queue[SipResponse], ringing: Callable[[], None] | None
    ) -> SipResponse:
        self._send(request)
        interval = T1
        while True:
            try:
                # Not wait_for: in Python 3.11 it forgets a cancellation when the answer comes in
                # the same moment, and a node that is told to stop would go on.
                async with asyncio.timeout(interval):
                    response = await queue.get()
            except TimeoutError:
                self._send(request)
                interval *= 2
                continue
            if response.status_code == 180 and ringing is not None:
                ringing()
            if response.status_code < 200:
                interval = self.timeout
                continue
            if request.startswith(b"INVITE ") and response.status_code >= 300:
                self._send(_acknowledgement(request, response))
            return response

    def _request(
        self, method: str, uri: str, dialog: Dialog, cseq: int, extra: list[str] | None = None
    ) -> bytes:
        lines = [
            f"{method} {uri} SIP/2.0",
            f"Via: SIP/2.0/UDP {self.address};rport;branch=z9hG4bK{secrets.token_hex(8)}",
            "Max-Forwards: 70",
            *(f"Route: {route}" for route in dialog.routes),
            f"From: {dialog.local}",
            f"To: {dialog.remote}",
            f"Call-ID: {dialog.call_id}",
            f"CSeq: {cseq} {method}",
            *(extra or []),
        ]
        if method != "INVITE":
            return _message(lines)
        lines.append(f"Contact: <sip:{self.user}@{self.address}>")
        return _message(lines, SDP.format(host=self.address.rpartition(":")[0].strip("[]")))

    def _send(self, message: bytes) -> None:
        if self._transport is not None:
            self._transport.sendto(message, self.server)

    # As a server

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        """Hand a response to who waits for it; answer a request."""
        message = SipMessage.parse(data)
        if isinstance(message, SipResponse):
            cseq = message.cseq
            queue = self._waiting.get((_branch(message), cseq.method if cseq else ""))
            if queue is not None:
                queue.put_nowait(message)
        elif isinstance(message, SipRequest) and message.method != "ACK":
            self._answer(message)

    def _answer(self, request: SipRequest) -> None:
        """180 and 200 to INVITE, 200 to anything else; the same again to a retransmission."""
        branch = _branch(request)
        if branch not in self._answered:
            if request.method == "INVITE":
                self._send(self._response(request, "180 Ringing"))
            self._answered[branch] = self._response(request, "200 OK")
        self._send(self._answered[branch])

    def _response(self, request: SipRequest, status: str) -> bytes:
        recipient = request.get_header("to") or ""
        if ";tag=" not in recipient:
            recipient += f";tag={self.user}"
        lines = [
            f"SIP/2.0 {status}",
            *(f"Via: {via}" for via in request.headers.get("via")),
            *(f"Record-Route: {route}" for route in request.headers.get("record-route")),
            f"From: {request.get_header('from')}",
            f"To: {recipient}",
            f"Call-ID: {request.call_id}",
            f"CSeq: {request.get_header('cseq')}",
            f"Contact: <sip:{self.user}@{self.address}>",
        ]
        if request.method == "INVITE" and status.startswith("200"):
            return _message(lines, SDP.format(host=self.address.rpartition(":")[0].strip("[]")))
        return _message(lines)


def _branch(message: SipMessage) -> str:
    via = message.via
    return via[0].branch or "" if via else ""


def _message(lines: list[str], body: str = "") -> bytes:
    if body:
        lines = [*lines, "Content-Type: application/sdp"]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", body]).encode()


def _acknowledgement(invite: bytes, response: SipResponse) -> bytes:
    """The ACK of a refusal: the INVITE's top Via and Route, the response's To (17.1.1.3)."""
    request = SipMessage.parse(invite)
    uri = invite.split(b" ", 2)[1].decode()
    number = (request.get_header("cseq") or "1").split()[0]
    return _message(
        [
            f"ACK {uri} SIP/2.0",
            f"Via: {request.headers.get('via')[0]}",
            "Max-Forwards: 70",
            f"From: {request.get_header('from')}",
            f"To: {response.get_header('to')}",
            f"Call-ID: {request.call_id}",
            f"CSeq: {number} ACK",
        ]
    )
