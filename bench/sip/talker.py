"""Both ends of calls over TLS or TCP, for what Debian's sipp cannot: its build has no TLS.

    python -m bench.sip.talker '{"transport": "tls", "port": 5061, "runs": 100, …}'

One connection for the caller and one for the callee, who registers on it and is called on it. Each
call is INVITE, 407, ACK, INVITE with the answer, 180, 200, ACK, BYE, 200. Prints one line of JSON:
how many calls failed, and the seconds that all took.
"""

import asyncio
import hashlib
import json
import os
import re
import ssl
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from bench.sip.contenders import CALLEE, CALLER, DOMAIN
from engine.sip.wire import StreamFramer

PATIENCE = 10.0
"""Seconds for one answer."""
SDP = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio 6000 RTP/AVP 0\r\n"
)
_ECHOED = re.compile(r"^(?:Via|From|To|Call-ID|CSeq|Record-Route):[^\r]*", re.M)
_QUOTED = re.compile(r'(realm|nonce)="([^"]*)"')


class Plan(NamedTuple):
    """What is asked for on the command line."""

    transport: str
    port: int
    caller: str
    """The caller's password."""
    callee: str
    runs: int
    in_flight: int


class Phone(asyncio.Protocol):
    """One user on one connection. `invited` hears of requests, calls wait for their answers."""

    def __init__(self, user: str, password: str, transport: str) -> None:
        self.user, self.password, self.kind = user, password, transport
        self._framer = StreamFramer()
        self._waiting: dict[str, asyncio.Queue[str]] = {}

    def connection_made(self, transport: Any) -> None:
        """Learn the port of the connection, which is where this phone is reached."""
        self._transport = transport
        host, port = transport.get_extra_info("sockname")[:2]
        self.contact = f"<sip:{self.user}@{host}:{port};transport={self.kind}>"
        self._via = f"SIP/2.0/{self.kind.upper()} {host}:{port};branch=z9hG4bK"

    def data_received(self, data: bytes) -> None:
        """Hand responses to the call that waits, and answer requests."""
        for message in self._framer.feed(data)[0]:
            text = message.decode()
            if text.startswith("SIP/2.0"):
                self._waiting[header(text, "Call-ID")].put_nowait(text)
            else:
                self._answer(text)

    def _answer(self, request: str) -> None:
        """Ring and pick up at once; agree to a BYE."""
        method = request.partition(" ")[0]
        if method == "INVITE":
            self._respond(request, "180 Ringing", "")
            self._respond(request, "200 OK", SDP)
        elif method == "BYE":
            self._respond(request, "200 OK", "")

    def _respond(self, request: str, status: str, body: str) -> None:
        lines = [
            f"{line};tag=callee" if line.startswith("To:") and ";tag=" not in line else line
            for line in _ECHOED.findall(request)
        ]
        self._write(f"SIP/2.0 {status}", *lines, f"Contact: {self.contact}", body=body)

    def request(self, method: str, uri: str, sequence: int, *lines: str, body: str = "") -> None:
        """Send a request: what differs are its lines."""
        branch = f"{header(chr(10).join(lines), 'Call-ID')}-{sequence}-{method}"
        self._write(
            f"{method} {uri} SIP/2.0",
            f"Via: {self._via}{branch}",
            "Max-Forwards: 70",
            f"CSeq: {sequence} {method}",
            f"Contact: {self.contact}",
            *lines,
            body=body,
        )

    def _write(self, *lines: str, body: str) -> None:
        head = "\r\n".join((*lines, f"Content-Length: {len(body)}"))
        self._transport.write(f"{head}\r\n\r\n{body}".encode())

    def listen(self, call: str) -> Callable[[], Any]:
        """A function that waits for the next response of that Call-ID but 100."""
        queue = self._waiting[call] = asyncio.Queue()

        async def final() -> str:
            while True:
                text = await asyncio.wait_for(queue.get(), PATIENCE)
                if not text.startswith("SIP/2.0 1"):
                    return text

        return final

    def forget(self, call: str) -> None:
        """Nobody waits for that call any more."""
        self._waiting.pop(call, None)

    def authorization(self, challenge: str, method: str, uri: str) -> str:
        """The answer to the MD5 challenge of a 401 or 407."""
        line = next(x for x in challenge.split("\r\n") if "uthenticate:" in x)
        fields = dict(_QUOTED.findall(line))
        name = "Authorization" if line.startswith("WWW") else "Proxy-Authorization"
        secret = _md5(f"{self.user}:{fields['realm']}:{self.password}")
        digest = _md5(f"{secret}:{fields['nonce']}:00000001:c:auth:{_md5(f'{method}:{uri}')}")
        return (
            f'{name}: Digest username="{self.user}", realm="{fields["realm"]}", '
            f'nonce="{fields["nonce"]}", uri="{uri}", response="{digest}", algorithm=MD5, '
            'qop=auth, nc=00000001, cnonce="c"'
        )


def header(text: str, name: str) -> str:
    """Value of the first header of that name."""
    match = re.search(rf"^{name}:[ ]*([^\r\n]*)", text, re.M | re.I)
    return match[1] if match else ""


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


async def register(phone: Phone, expires: int) -> None:
    """Register the phone on its connection, with a password if one is asked for; 0 ends it."""
    call, uri = f"register-{phone.user}-{expires}", f"sip:{DOMAIN}"
    answer = phone.listen(call)
    who = f"<sip:{phone.user}@{DOMAIN}>"
    lines = (f"From: {who};tag=1", f"To: {who}", f"Call-ID: {call}", f"Expires: {expires}")
    phone.request("REGISTER", uri, 1, *lines)
    first = await answer()
    if first.startswith("SIP/2.0 401"):
        proof = phone.authorization(first, "REGISTER", uri)
        phone.request("REGISTER", uri, 2, *lines, proof)
        first = await answer()
    if not first.startswith("SIP/2.0 200"):
        raise RuntimeError(first)


async def call(phone: Phone, number: int) -> bool:
    """One call from INVITE to the 200 of the BYE."""
    name, uri = f"call-{os.getpid()}-{number}", f"sip:{CALLEE}@{DOMAIN}"
    answer = phone.listen(name)
    sender, common = f"From: <sip:{phone.user}@{DOMAIN}>;tag={number}", f"Call-ID: {name}"
    try:
        phone.request("INVITE", uri, 1, sender, f"To: <{uri}>", common, body=SDP)
        challenge = await answer()
        phone.request("ACK", uri, 1, sender, f"To: {header(challenge, 'To')}", common)
        proof = phone.authorization(challenge, "INVITE", uri)
        phone.request("INVITE", uri, 2, sender, f"To: <{uri}>", common, proof, body=SDP)
        picked_up = await answer()
        routes = [x for x in picked_up.split("\r\n") if x.lower().startswith("record-route:")]
        routes = ["Route:" + x.partition(":")[2] for x in reversed(routes)]
        target = header(picked_up, "Contact").partition("<")[2].partition(">")[0]
        dialog = (sender, f"To: {header(picked_up, 'To')}", common, *routes)
        phone.request("ACK", target, 2, *dialog)
        phone.request("BYE", target, 3, *dialog)
        ended: str = await answer()
        return ended.startswith("SIP/2.0 200")
    except (TimeoutError, StopIteration):
        return False
    finally:
        phone.forget(name)


async def talk(plan: Plan) -> dict[str, float]:
    """Place the calls, so many at a time."""
    loop, secure = asyncio.get_running_loop(), None
    if plan.transport == "tls":
        secure = ssl.create_default_context()
        secure.check_hostname, secure.verify_mode = False, ssl.CERT_NONE
    phones = []
    for user, password in ((CALLEE, plan.callee), (CALLER, plan.caller)):
        phone = Phone(user, password, plan.transport)
        await loop.create_connection(
            lambda phone=phone: phone,
            "127.0.0.1",
            plan.port,
            ssl=secure,
        )
        phones.append(phone)
        await register(phone, 600)
    numbers, started = iter(range(plan.runs)), time.monotonic()

    async def calls() -> int:
        return sum([await call(phones[1], number) for number in numbers])

    good = sum(await asyncio.gather(*(calls() for _ in range(plan.in_flight))))
    seconds = time.monotonic() - started
    for phone in phones:  # or the next talker's calls go to this one's contacts as well
        await register(phone, 0)
    return {"failed": plan.runs - good, "seconds": seconds}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(talk(Plan(**json.loads(sys.argv[1]))))))
