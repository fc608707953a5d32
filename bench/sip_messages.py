"""What each message of a call costs in the SIP engine: CPU time and memory, without sockets.

The same call as in `sip_calls`, through the core alone: for finding out what a change to the engine
did. Times are the best of some rounds, because they vary with what else the machine does.
"""

import gc
import re
import sys
import time
import tracemalloc
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any

from engine.sip import Account, Flow, ListenAddress, Peer, SipConfig
from engine.sip.core import SipCore
from engine.sip.location import Binding
from engine.sip.proxy.ways import Server
from schema.dialplan.decision import Decision, Step

LISTENER = ListenAddress("udp", "127.0.0.1", 5060)
TRUNK, PHONE = Flow(LISTENER, "127.0.0.1", 6000), Flow(LISTENER, "127.0.0.1", 6001)
TRUNK_SERVER = Server("udp", TRUNK.port, (TRUNK.host,))
AT_ONCE, CALLS, ROUNDS = 20, 1000, 8
DECISION = Decision("routed", 200, "OK", (Step("user", "201", "201"),))
EPOCH = 1.7e9
SDP = (
    b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    b"m=audio 6000 RTP/AVP 0\r\n"
)


def main() -> None:
    """Print microseconds for each kind of message, and what an ended call leaves for a while."""
    calls = Calls()
    calls.place(CALLS)
    best = min((calls.place(CALLS) for _ in range(ROUNDS)), key=lambda times: sum(times.values()))
    best["a call"] = sum(best.values())
    steps = _steps()
    print(
        "in the engine, dial plan and log not included: microseconds of CPU, and steps of Python:"
    )
    for kind, seconds in best.items():
        print(f"  {kind:12}{1e6 * seconds / CALLS:8.1f}{steps[kind]:8.0f}")
    size, count = _kept()
    print(f"kept of a call until its transactions end: {size:.0f} bytes, {count:.1f} objects")


def _steps() -> Counter[str]:
    """Bytecode instructions for each kind of message: the same again whatever else runs.

    What is done in C is not among them, so they are for comparing what is alike.
    """
    calls = Calls()
    calls.place(5 * AT_ONCE)
    return calls.counted(AT_ONCE)


def _kept() -> tuple[float, float]:
    """Bytes, and objects that the collector looks at, for each call that is over."""
    calls = Calls()
    calls.place(AT_ONCE)
    gc.collect()
    before = len(gc.get_objects())
    tracemalloc.start()
    calls.place(CALLS)
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return size / CALLS, (len(gc.get_objects()) - before) / CALLS


class Calls:
    """A node with one trunk and one registered phone, and calls from one to the other."""

    def __init__(self) -> None:
        config = SipConfig(
            domain="bench.test",
            hosts=frozenset({"127.0.0.1"}),
            accounts={"201": Account("201", "Callee")},
            peers={"trunk": Peer("trunk", "127.0.0.1", TRUNK.port)},
            decide=lambda caller, number: DECISION,
            password=lambda account, device: "",
            nonce_key=bytes(32),
        )
        self._core = SipCore(config, lambda event: None, 0.0, EPOCH)
        self._core.configure(config, (LISTENER,), {"trunk": (TRUNK_SERVER,)})
        contact = "sip:201@127.0.0.1:6001"
        binding = Binding(
            "201", "", contact, "", 1.0, 2 * EPOCH, "", 1, "", PHONE, EPOCH
        )  # fmt: skip
        self._core.location.restore([binding])
        self._receive: Callable[[bytes, Flow, float], None] = self._core.receive
        self._kind = ""
        self._now = 0.0
        self._serial = 0

    def place(self, count: int) -> dict[str, float]:
        """Place that many calls, AT_ONCE at a time. Seconds by kind of message."""
        self._times: dict[str, float] = defaultdict(float)
        for _ in range(0, count, AT_ONCE):
            self._calls(range(self._serial, self._serial + AT_ONCE))
            self._serial += AT_ONCE
        return self._times

    def counted(self, count: int) -> Counter[str]:
        """Place that many calls. Bytecode instructions of one call by kind of message."""
        steps: Counter[str] = Counter()
        receive = self._receive

        def trace(frame: FrameType, event: str, _: object) -> Any:
            frame.f_trace_opcodes = True
            steps[self._kind] += event == "opcode"
            return trace

        def traced(message: bytes, source: Flow, now: float) -> None:
            sys.settrace(trace)
            receive(message, source, now)
            sys.settrace(None)

        self._receive = traced
        self.place(count)
        self._receive = receive
        steps["a call"] = steps.total()
        return Counter({kind: number // count for kind, number in steps.items()})

    def _calls(self, ids: range) -> None:
        sent = self._deliver("INVITE", [_invite(id_) for id_ in ids], TRUNK)
        invites = [message for message in sent if message.startswith(b"INVITE")]
        ringing = [_answer(invite, b"180 Ringing", b"") for invite in invites]
        self._deliver("180", ringing, PHONE)
        answers = [_answer(invite, b"200 OK", SDP) for invite in invites]
        answered = self._deliver("200", answers, PHONE)
        self._deliver("ACK", [_within(b"1 ACK", answer) for answer in answered], TRUNK)
        ends = [_within(b"2 BYE", answer) for answer in answered]
        byes = self._deliver("BYE", ends, TRUNK)
        self._deliver("200 to BYE", [_answer(bye, b"200 OK", b"") for bye in byes], PHONE)
        self._now += 0.02
        start = time.process_time()
        self._core.advance(self._now)
        self._times["timers"] += time.process_time() - start
        self._core.output.clear()

    def _deliver(self, kind: str, messages: Sequence[bytes], source: Flow) -> list[bytes]:
        """Let the node receive messages; what it sent."""
        self._kind = kind
        start = time.process_time()
        for message in messages:
            self._receive(message, source, self._now)
        self._times[kind] += time.process_time() - start
        sent = [data for _, data, _ in self._core.output]
        self._core.output.clear()
        return sent


def _invite(id_: int) -> bytes:
    return _message(
        b"INVITE sip:201@127.0.0.1:5060 SIP/2.0",
        b"Via: SIP/2.0/UDP 127.0.0.1:6000;branch=z9hG4bK-%d-0" % id_,
        b'From: "Caller" <sip:caller@127.0.0.1:6000>;tag=%d' % id_,
        b"To: <sip:201@127.0.0.1:5060>",
        b"Call-ID: %d-1@127.0.0.1" % id_,
        b"CSeq: 1 INVITE",
        b"Contact: <sip:caller@127.0.0.1:6000>",
        b"Max-Forwards: 70",
        b"Content-Type: application/sdp",
        body=SDP,
    )


def _answer(request: bytes, status: bytes, body: bytes) -> bytes:
    copied = re.findall(rb"(?:Via|Record-Route|From|To|Call-ID|CSeq): [^\r]*", request)
    lines = [
        line + b";tag=callee" if line.startswith(b"To:") and b";tag=" not in line else line
        for line in copied
    ]
    return _message(b"SIP/2.0 " + status, *lines, b"Contact: <sip:127.0.0.1:6001>", body=body)


def _within(sequence: bytes, answer: bytes) -> bytes:
    """A request of the caller in the dialog of that answer."""
    route = answer.partition(b"\r\nRecord-Route: ")[2].partition(b"\r")[0]
    identity = re.findall(rb"\r\n((?:From|To|Call-ID): [^\r]*)", answer)
    serial = answer.partition(b"\r\nCall-ID: ")[2].partition(b"-")[0]
    number, method = sequence.split()
    return _message(
        method + b" sip:127.0.0.1:6001 SIP/2.0",
        b"Via: SIP/2.0/UDP 127.0.0.1:6000;branch=z9hG4bK-%s-%s" % (serial, number + method),
        b"Route: " + route,
        *identity,
        b"CSeq: " + sequence,
        b"Max-Forwards: 70",
    )


def _message(*lines: bytes, body: bytes = b"") -> bytes:
    return b"\r\n".join((*lines, b"Content-Length: %d\r\n\r\n" % len(body))) + body
