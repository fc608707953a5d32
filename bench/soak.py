"""Does anything stay? A million transactions through the engine; memory and tables after them.

    make soak                       a million
    SOAK=100000 python -m bench soak

Registrations with digest, calls, calls that are given up, strangers and garbage, through the core
without sockets; the clock runs as fast as they do. What is printed last was measured when all
timers had fired.
"""

import gc
import hashlib
import os
import re
from dataclasses import dataclass

import psutil

from bench.sip_messages import LISTENER, PHONE, TRUNK, TRUNK_SERVER, Calls
from engine.sip import Flow

TRANSACTIONS = int(os.environ.get("SOAK", "1000000"))
WARM = 50_000
"""Transactions before the first look: caches are full then."""
CALLS = 20
"""A round: so many calls…"""
OTHERS = 5
"""… registrations, cancelled calls, strangers' calls and pieces of garbage, of each so many."""
STRANGERS = 200
"""Addresses that strangers come from. Their table has a limit of its own, and tests for it."""
A_ROUND = CALLS * 4 + OTHERS * (2 + 4 + 1)
"""Transactions: INVITE and BYE have two sides, as have INVITE and CANCEL."""
DRAINED = 400.0
"""Seconds after which no timer is left."""
EARLIER = 0.2
"""Seconds that a round takes by the node's clock."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """What a node holds."""

    resident: float
    """Megabytes."""
    objects: int
    """That the collector looks at."""
    tables: dict[str, int]

    def __str__(self) -> str:
        held = ", ".join(f"{size} {name}" for name, size in self.tables.items())
        return f"{self.resident:6.1f} MB, {self.objects} objects, {held}"


def main() -> None:
    """Print what is held before, at each tenth, and after."""
    soak = Soak()
    soak.run(WARM)
    print(f"after {WARM} transactions, all timers fired: {(before := soak.drained())}", flush=True)
    for tenth in range(1, 11):
        soak.run(TRANSACTIONS // 10)
        print(f"{tenth * 10:3d} %: {soak.sizes()}", flush=True)
    after = soak.drained()
    print(f"after {TRANSACTIONS} more, all timers fired:    {after}")
    print(f"grown by {after.resident - before.resident:.1f} MB resident", end=", ")
    print(f"{after.objects - before.objects} objects; tables as before: ", end="")
    print("yes" if after.tables == before.tables else "NO")


class Soak(Calls):
    """All that a node meets, over and over."""

    def run(self, transactions: int) -> None:
        """Let so many transactions come and go."""
        for _ in range(0, transactions, A_ROUND):
            self.place(CALLS)
            for _ in range(OTHERS):
                self._serial += 1
                self._register()
                self._give_up()
                self._meet_stranger()
            self.pass_time(EARLIER)

    def pass_time(self, seconds: float) -> None:
        """Let timers fire, as they do every 20 ms."""
        for _ in range(10):
            self._now += seconds / 10
            self._core.advance(self._now)
        self._core.output.clear()

    def drained(self) -> Sizes:
        """What is left when no timer is, and a commit has emptied what follows from the tree."""
        for _ in range(40):
            self.pass_time(DRAINED / 40)
        self._core.configure(self._core.service.config, (LISTENER,), {"trunk": (TRUNK_SERVER,)})
        gc.collect()
        return self.sizes()

    def sizes(self) -> Sizes:
        """What is held now."""
        core = self._core
        tables = {
            "server transactions": len(core.transactions.servers),
            "client transactions": len(core.transactions.clients),
            "timers": len(core.wheel),
            "calls": len(core.calls),
            "registrations": len(core.location),
        }
        resident = psutil.Process().memory_info().rss / 1e6
        return Sizes(resident, len(gc.get_objects()), tables)

    def _register(self) -> None:
        first = self._request(b"REGISTER", b"sip:bench.test", 6001, 1)
        [challenge] = self._deliver("REGISTER", [first], PHONE)
        self._deliver("REGISTER", [self._authorized(challenge)], PHONE)

    def _authorized(self, challenge: bytes) -> bytes:
        [nonce] = re.findall(rb'nonce="([^"]+)", algorithm=MD5', challenge)
        a1, a2 = _md5(b"201:bench.test:"), _md5(b"REGISTER:sip:bench.test")
        line = (
            b'Authorization: Digest username="201", realm="bench.test", uri="sip:bench.test", '
            b'nonce="%s", response="%s"' % (nonce, _md5(b":".join((a1, nonce, a2))))
        )
        return self._request(b"REGISTER", b"sip:bench.test", 6001, 2, line)

    def _give_up(self) -> None:
        """A call that rings and is cancelled."""
        invite = self._request(b"INVITE", b"sip:201@127.0.0.1", 6000, 3)
        *_, copy = self._deliver("INVITE", [invite], TRUNK)
        self._deliver("180", [_answer(copy, b"180 Ringing")], PHONE)
        cancel = invite.replace(b"INVITE sip", b"CANCEL sip").replace(b"3 INVITE", b"3 CANCEL")
        _, copy_of_cancel = self._deliver("CANCEL", [cancel], TRUNK)
        answers = [_answer(copy_of_cancel, b"200 OK"), _answer(copy, b"487 Request Terminated")]
        sent = self._deliver("487", answers, PHONE)
        assert any(data.startswith(b"SIP/2.0 487") for data in sent), sent
        ack = invite.replace(b"INVITE sip", b"ACK sip").replace(b"3 INVITE", b"3 ACK")
        self._deliver("ACK", [ack], TRUNK)

    def _meet_stranger(self) -> None:
        source = Flow(PHONE.listener, f"198.51.100.{self._serial % STRANGERS}", 5060)
        self._deliver(
            "stranger", [self._request(b"INVITE", b"sip:900@bench.test", 5060, 1)], source
        )
        self._deliver("garbage", [b"\0\1 not SIP at all %d" % self._serial], source)

    def _request(self, method: bytes, uri: bytes, port: int, number: int, *lines: bytes) -> bytes:
        serial = self._serial
        return _message(
            b"%s %s SIP/2.0" % (method, uri),
            b"Via: SIP/2.0/UDP 127.0.0.1:%d;branch=z9hG4bK-s%d-%d" % (port, serial, number),
            b"From: <sip:201@bench.test>;tag=s%d" % serial,
            b"To: <sip:201@bench.test>",
            b"Call-ID: soak-%d-%d" % (serial, number == 3),
            b"CSeq: %d %s" % (number, method),
            b"Contact: <sip:201@127.0.0.1:%d>" % port,
            b"Max-Forwards: 70",
            *lines,
        )


def _md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).hexdigest().encode()


def _answer(request: bytes, status: bytes) -> bytes:
    copied = re.findall(rb"(?:Via|Record-Route|From|To|Call-ID|CSeq): [^\r]*", request)
    lines = [line + b";tag=callee" if line.startswith(b"To:") else line for line in copied]
    return _message(b"SIP/2.0 " + status, *lines, b"Contact: <sip:127.0.0.1:6001>")


def _message(*lines: bytes) -> bytes:
    return b"\r\n".join((*lines, b"Content-Length: 0\r\n\r\n"))
