"""Dialtree beside Kamailio over TLS: CPU time per call, digest on INVITE, one connection a phone.

Debian's sipp is built without TLS, so both ends are `bench.sip.talker`. It is slower than the
servers: what counts is their CPU time, not the calls a second.
"""

import json
import sys

from bench import NotMeasuredError
from bench.sip.contenders import CALLEE, CALLER, Contender, Dialtree, Kamailio
from bench.sip.measure import Cost, Kind, Served, served, timed
from bench.sip.processes import CLIENTS, finish, pinned, require
from bench.sip_calls import CALLS, show

TLS = Kind("calls", "", "call", transport="tls", digest=True, callee=False, counted=3000)
IN_FLIGHT = 20


def main() -> None:
    """Measure both and print the ratio. Raises NotMeasuredError."""
    require({"kamailio": "kamailio kamailio-tls-modules", "openssl": "openssl"})
    contenders: tuple[Contender, ...] = (Kamailio(), Dialtree())
    costs = {each.name: _cost_of(each) for each in contenders}
    print(f"{TLS.counted} calls over TLS, digest on INVITE; milliseconds of CPU a call:")
    show(costs)
    ratio = costs["dialtree"].total / costs["kamailio"].total
    print(f"ratio dialtree/kamailio: {ratio:.2f} (aim: at most {CALLS:g})")


def _cost_of(contender: Contender) -> Cost:
    with served(contender, TLS) as server:
        _talk(server, TLS.warm_up)
        return timed(server.pid, lambda: _talk(server, TLS.counted), TLS.counted)


def _talk(server: Served, runs: int) -> int:
    """Place calls. Raises NotMeasuredError when one fails; nothing is ever sent again."""
    plan = {
        "transport": TLS.transport,
        "port": server.setup.ports.server,
        "caller": server.passwords(CALLER),
        "callee": server.passwords(CALLEE),
        "runs": runs,
        "in_flight": IN_FLIGHT,
    }
    command = [*pinned(CLIENTS), sys.executable, "-m", "bench.sip.talker", json.dumps(plan)]
    failed = json.loads(finish(command, 120))["failed"]
    if failed:
        raise NotMeasuredError(f"{failed} of {runs} calls failed")
    return 0
