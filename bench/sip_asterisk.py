"""Dialtree beside Asterisk: CPU time per call, same sipp scenario, same run.

Asterisk is a back-to-back user agent: of each call it makes two and joins them. That is more work
than a proxy's, and it is what people compare a PBX with. No media is sent to either.
"""

from bench.sip.asterisk import Asterisk, remove_leftovers, require_asterisk
from bench.sip.contenders import Contender, Dialtree
from bench.sip.measure import Kind, cost_of
from bench.sip.processes import require
from bench.sip_calls import show

CALLS = Kind("calls", "caller.xml", "call", counted=2000)


def main() -> None:
    """Measure both and print the ratio. Raises NotMeasuredError."""
    require({"sipp": "sip-tester", "chroot": "coreutils"})
    require_asterisk()
    remove_leftovers()
    contenders: tuple[Contender, ...] = (Asterisk(), Dialtree())
    costs = {each.name: cost_of(each, CALLS) for each in contenders}
    print(f"{CALLS.counted} calls over UDP; milliseconds of CPU a call:")
    show(costs)
    print(f"ratio dialtree/asterisk: {costs['dialtree'].total / costs['asterisk'].total:.2f}")
