"""Dialtree beside Kamailio: CPU time per call and per registration, same sipp scenarios, same run.

Calls are what a proxy sees of them: INVITE, 180, 200, ACK, BYE, 200 with Record-Route and a look-up
of the callee's location. Each server is pinned to the first CPU and sipp to the last, one server at
a time. The figure is the user and system time of all processes of the server between the first and
the last counted call.
"""

from bench.sip.contenders import Contender, Dialtree, Kamailio
from bench.sip.measure import Cost, Kind, cost_of
from bench.sip.processes import require

CONTENDERS: tuple[Contender, ...] = (Kamailio(), Dialtree())

CALLS, REGISTRATIONS = 1.7, 2.5
"""Aims: at most so many times Kamailio's CPU time."""

KINDS: dict[Kind, float | None] = {
    # Each with its aim, if it has one.
    Kind("calls, without authentication", "caller.xml", "call"): CALLS,
    Kind("calls, digest on INVITE", "caller_digest.xml", "call", digest=True): CALLS,
    Kind("calls, TCP", "caller.xml", "call", transport="tcp"): CALLS,
    Kind(
        "REGISTER, challenged and answered", "register_digest.xml", "registration",
        digest=True, callee=False, users=1000,
    ): REGISTRATIONS,
    Kind(
        "re-REGISTER on the same nonce", "refresh.xml", "refresh",
        digest=True, callee=False, users=1000, per_call=20, warm_up=50, counted=400,
    ): REGISTRATIONS,
    Kind(
        "busy lamp: SUBSCRIBE, NOTIFY, and their end", "busy_lamp.xml", "subscription",
        digest=True, callee=False, users=1000, presence=True, counted=2000,
    ): None,
}  # fmt: skip


def main() -> None:
    """Measure all kinds at both, and print the ratios. Raises NotMeasuredError."""
    require({"sipp": "sip-tester", "kamailio": "kamailio", "taskset": "util-linux"})
    for kind, aim in KINDS.items():
        print(f"{kind.title}; milliseconds of CPU a {kind.unit}:")
        costs = {each.name: cost_of(each, kind) for each in CONTENDERS}
        show(costs)
        ratio = costs["dialtree"].total / costs["kamailio"].total
        told = f" (aim: at most {aim:g})" if aim else ""
        print(f"ratio dialtree/kamailio: {ratio:.2f}{told}\n", flush=True)


def show(costs: dict[str, Cost]) -> None:
    """One row a server, in milliseconds of CPU for one unit."""
    print(f"{'':10}{'user':>8}{'system':>8}{'total':>8}{'a second':>10}{'retransmitted':>15}")
    for name, cost in costs.items():
        times = (cost.user / cost.units, cost.system / cost.units, cost.total)
        row = "".join(f"{1000 * seconds:8.3f}" for seconds in times)
        print(f"{name:10}{row}{cost.units / cost.elapsed:10.0f}{cost.retransmitted:15}")
