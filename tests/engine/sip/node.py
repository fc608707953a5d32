"""A SIP node in a process of its own, for sipp and for measuring.

    python node.py '{"port": 5060, "users": 100, "gateways": {"g1": 5071}, "trusted": []}'

Users are u0, u1, … (password "pw-u0"), each also reachable by dialling their id. 9… goes to the
gateways in their order; everything else is unknown. Prints one JSON line with its addresses, and
one with counters and CPU seconds for each line it reads.
"""

import asyncio
import json
import resource
import socket
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from engine.sip import Account, ListenAddress, Peer, Protection, SipConfig, SipServer
from schema.dialplan.decision import Caller, Decision, Step


def plan(caller: Caller, number: str, gateways: tuple[str, ...]) -> Decision:
    """Users by id; 9… through the gateways, with the 9 taken off."""
    if number.startswith("9") and gateways:
        steps = tuple(
            Step("gateway", gateway, number[1:], answer_within=1.0) for gateway in gateways
        )
        return Decision("routed", 200, "OK", steps, "outside")
    if number.startswith("u"):
        return Decision("routed", 200, "OK", (Step("user", number, number),), "internal")
    return Decision("refused", 404, "Unknown Number")


def config(options: dict[str, object]) -> SipConfig:
    """The node's configuration from its options."""
    gateways: dict[str, int] = options.get("gateways", {})  # type: ignore[assignment]
    order = tuple(gateways)
    users = [f"u{index}" for index in range(int(options.get("users", 10)))]  # type: ignore[call-overload]
    return SipConfig(
        domain="example.test",
        hosts=frozenset({"127.0.0.1"}),
        accounts={user: Account(user, user) for user in users},
        peers={id_: Peer(id_, "127.0.0.1", port) for id_, port in gateways.items()},
        decide=lambda caller, number: plan(caller, number, order),
        password=lambda account, device: f"pw-{account.user}",
        nonce_key=b"k" * 32,
        protection=Protection(trusted=tuple(options.get("trusted", ["127.0.0.0/8"]))),  # type: ignore[arg-type]
    )


def free_port() -> int:
    """A port that neither transport uses."""
    with socket.socket() as stream, socket.socket(type=socket.SOCK_DGRAM) as datagram:
        stream.bind(("127.0.0.1", 0))
        datagram.bind(stream.getsockname())
        port: int = stream.getsockname()[1]
        return port


async def serve(options: dict[str, object]) -> None:
    """Run until standard input ends."""
    events: dict[str, int] = {}

    def count(event: object) -> None:
        events[type(event).__name__] = events.get(type(event).__name__, 0) + 1

    server = SipServer(config(options), count)
    port = int(options.get("port", 0)) or free_port()  # type: ignore[call-overload]
    addresses = [ListenAddress("udp", "127.0.0.1", port), ListenAddress("tcp", "127.0.0.1", port)]
    await server.start(addresses)
    print(json.dumps([list(address) for address in server.listening]), flush=True)
    loop = asyncio.get_running_loop()
    while await loop.run_in_executor(None, sys.stdin.readline):
        usage = resource.getrusage(resource.RUSAGE_SELF)
        report = {
            "cpu": usage.ru_utime + usage.ru_stime,
            "user": usage.ru_utime,
            "memory": usage.ru_maxrss,
            "counts": server.counts(),
            "events": events,
        }
        print(json.dumps(report), flush=True)
    await server.stop()


if __name__ == "__main__":
    asyncio.run(serve(json.loads(sys.argv[1]) if len(sys.argv) > 1 else {}))
