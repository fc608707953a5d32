"""How many calls a second before one is lost, and how long a message is kept at half of that.

Calls begin at a fixed rate, whatever becomes of those before them. A rate holds when within three
seconds no call fails and at most one request in a thousand is sent again. One server at a time, on
the first CPU; sipp, which plays both ends, on the last: where sipp gives up first, the figure is
what it managed, and says so.
"""

from typing import NamedTuple

from bench import NotMeasuredError
from bench.sip.capture import captured, kept
from bench.sip.contenders import Contender, Dialtree, Kamailio
from bench.sip.load import Load, Outcome, attempt, play
from bench.sip.measure import Kind, Served, cpu_share, served
from bench.sip.processes import require

CALLS = Kind("calls", "caller.xml", "call")
FIRST, STEP, SECONDS = 400, 1.25, 3.0
P99_AIM = 0.003
"""Seconds of added latency, at half the highest rate."""


class Result(NamedTuple):
    """Of one server. Rates in calls a second, times in seconds."""

    rate: int
    busy: float
    """Share of its CPU that the server used at that rate: well below 1 where sipp was the limit."""
    median: float
    p99: float


def main() -> None:
    """Measure both. Raises NotMeasuredError."""
    require({"sipp": "sip-tester", "kamailio": "kamailio", "dumpcap": "tshark"})
    contenders: tuple[Contender, ...] = (Kamailio(), Dialtree())
    results = {each.name: _measure(each) for each in contenders}
    print("calls a second without loss; time that a message is kept at half of it:")
    print(f"{'':10}{'calls/s':>9}{'CPU':>7}{'p50, ms':>10}{'p99, ms':>10}")
    for name, result in results.items():
        times = f"{1000 * result.median:10.2f}{1000 * result.p99:10.2f}"
        print(f"{name:10}{result.rate:9}{result.busy:7.0%}{times}")
    ours = results["dialtree"]
    print(f"p99 of dialtree: {ours.p99 / P99_AIM:.2f} of the limit of {1000 * P99_AIM:g} ms")
    print(f"ratio dialtree/kamailio: {ours.rate / results['kamailio'].rate:.2f} of the rate")


def _measure(contender: Contender) -> Result:
    with served(contender, CALLS) as server:
        play(CALLS.scenario, server.setup, Load(CALLS.warm_up))
        rate, busy = _highest(server)
        if not rate:
            raise NotMeasuredError(f"{contender.name} loses calls at {FIRST} a second already")
        file = server.setup.folder / "half.pcap"
        with captured(server.setup.ports.server, file):
            _at(server, rate // 2)
        times = kept(file, server.setup.ports.server)
    return Result(rate, busy, times[len(times) // 2], times[len(times) * 99 // 100])


def _highest(server: Served) -> tuple[int, float]:
    """Go up until a rate fails twice; the last that held, and how busy the server was."""
    held, busy, rate = 0, 0.0, float(FIRST)
    while True:
        for _ in range(2):
            outcome, share = _at(server, int(rate))
            if _lossless(outcome, int(rate)):
                break
        else:
            return held, busy
        held, busy = int(rate), share
        rate *= STEP


def _at(server: Served, rate: int) -> tuple[Outcome, float]:
    """Call at a rate for some seconds."""
    load = Load(int(rate * SECONDS), rate, in_flight=10_000)
    return cpu_share(server.pid, lambda: attempt(CALLS.scenario, server.setup, load, patience=3))


def _lossless(outcome: Outcome, rate: int) -> bool:
    on_time = outcome.seconds < SECONDS * 1.1
    return on_time and not outcome.failed and outcome.retransmitted <= rate * SECONDS * 2 / 1000
