"""What registrations cost in the SIP engine: CPU time of a REGISTER, memory of 100,000 of them.

Through the core alone, without sockets: a hundred thousand users, each with a phone that answers
the challenge, and comes back half an hour later. The memory is that of the whole process.
"""

import gc
import hashlib
import re
import time
from pathlib import Path

import bench
from engine.sip import Account, Flow, ListenAddress, SipConfig
from engine.sip.core import SipCore
from schema.dialplan.decision import Decision

LISTENER = ListenAddress("udp", "127.0.0.1", 5060)
PHONES, MEASURED, LIMIT = 100_000, 5_000, 250 * 2**20
DOMAIN, PASSWORD = "bench.test", "secret"
AGENTS = tuple(f"Yealink SIP-T4{model} 66.86.0.15" for model in ("2S", "6S", "6U", "8U"))
EPOCH = 1.7e9


def main() -> None:
    """Print the share of 250 MB that they take, and microseconds of each step of a REGISTER."""
    gc.freeze()
    gc.set_threshold(10_000)  # as in a node
    start = _resident()
    phones = Phones(PHONES)
    before = _resident()
    phones.register(MEASURED)
    times = phones.register(MEASURED, MEASURED)
    phones.register(PHONES - 2 * MEASURED, 2 * MEASURED)
    gc.collect()
    after = _resident()
    refreshed = phones.refresh(MEASURED)
    print(f"memory of the process with {PHONES:,} registrations: {after / 2**20:.0f} MB, ")
    print(f"  {after / LIMIT:.2f} of {LIMIT // 2**20} MB; {start / 2**20:.0f} MB at its start, ")
    print(f"  {(after - before) / PHONES:.0f} bytes a registration")
    print("microseconds of CPU in the engine:")
    for name, seconds in {**times, "refresh with a new nonce": refreshed}.items():
        print(f"  {name:26}{1e6 * seconds / MEASURED:8.1f}")


def _resident() -> int:
    """Bytes of memory of this process."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        raise bench.NotMeasuredError("there is no /proc to read memory from") from None
    [kilobytes] = re.findall(r"VmRSS:\s+(\d+) kB", status)
    return int(kilobytes) * 1024


class Phones:
    """A node with that many users, and their phones."""

    def __init__(self, count: int) -> None:
        users = [f"user{number:06}" for number in range(count)]
        config = SipConfig(
            domain=DOMAIN,
            hosts=frozenset({"127.0.0.1"}),
            accounts={user: Account(user, f"Name of {user}") for user in users},
            peers={},
            decide=lambda caller, number: Decision("refused", 404, "Nobody"),
            password=lambda account, device: PASSWORD,
            nonce_key=bytes(32),
            algorithms=("md5",),
        )
        self._core = SipCore(config, lambda event: None, 0.0, EPOCH)
        self._core.configure(config, (LISTENER,), {})
        self._now = 0.0

    def register(self, count: int, first: int = 0, sequence: int = 1) -> dict[str, float]:
        """Let phones register for the first time. Seconds of CPU by step."""
        times = {"first REGISTER and its 401": 0.0, "REGISTER with digest": 0.0}
        for number in range(first, first + count):
            flow = Flow(
                LISTENER, f"127.{1 + (number >> 16)}.{number >> 8 & 255}.{number & 255}", 5060
            )
            challenged = self._deliver(_register(number, sequence, b""), flow)
            proved = _authorization(number, challenged[1])
            answered = self._deliver(_register(number, sequence + 1, proved), flow)
            assert answered[1].startswith(b"SIP/2.0 200"), answered[1]
            for name, (seconds, _) in zip(times, (challenged, answered), strict=True):
                times[name] += seconds
        return times

    def refresh(self, count: int) -> float:
        """Let phones register again half an hour later. Seconds of CPU."""
        self._now += 1800
        self._core.advance(self._now)
        return sum(self.register(count, sequence=11).values())

    def _deliver(self, message: bytes, flow: Flow) -> tuple[float, bytes]:
        """Seconds, and the answer. Time passes so that the tables empty as they do in life."""
        self._now += 0.005
        start = time.process_time()
        self._core.receive(message, flow, self._now)
        seconds = time.process_time() - start
        self._core.advance(self._now)
        self._core.location.take_changes()
        [(_, answer, _)] = self._core.output
        self._core.output.clear()
        return seconds, answer


def _register(number: int, sequence: int, authorization: bytes) -> bytes:
    """A REGISTER as desk phones write it."""
    host = f"127.{1 + (number >> 16)}.{number >> 8 & 255}.{number & 255}"
    user = f"user{number:06}"
    instance = f"<urn:uuid:00000000-0000-1000-8000-{number:012x}>"
    lines = (
        f"REGISTER sip:{DOMAIN} SIP/2.0",
        f"Via: SIP/2.0/UDP {host}:5060;branch=z9hG4bK{number:08x}{sequence}",
        "Max-Forwards: 70",
        f'From: "{user}" <sip:{user}@{DOMAIN}>;tag={number:08x}',
        f'To: "{user}" <sip:{user}@{DOMAIN}>',
        f"Call-ID: 0_{number:010}@{host}",
        f"CSeq: {sequence} REGISTER",
        f'Contact: <sip:{user}@{host}:5060>;+sip.instance="{instance}"',
        "Allow: INVITE, INFO, PRACK, ACK, BYE, CANCEL, OPTIONS, NOTIFY, REGISTER, SUBSCRIBE, REFER",
        f"User-Agent: {AGENTS[number % len(AGENTS)]}",
        "Expires: 3600",
    )
    head = "\r\n".join(lines).encode() + b"\r\n"
    return head + authorization + b"Content-Length: 0\r\n\r\n"


def _authorization(number: int, challenge: bytes) -> bytes:
    user, uri = f"user{number:06}", f"sip:{DOMAIN}"
    nonce = challenge.partition(b'nonce="')[2].partition(b'"')[0].decode()
    proof = _md5(
        _md5(user, DOMAIN, PASSWORD), nonce, "00000001", "c0ffee", "auth", _md5("REGISTER", uri)
    )
    return (
        f'Authorization: Digest username="{user}", realm="{DOMAIN}", nonce="{nonce}", uri="{uri}", '
        f'response="{proof}", algorithm=MD5, cnonce="c0ffee", qop=auth, nc=00000001\r\n'
    ).encode()


def _md5(*parts: str) -> str:
    return hashlib.md5(":".join(parts).encode(), usedforsecurity=False).hexdigest()
