"""What a node tells Prometheus: counters and table sizes, read when it asks and never before.

The engine counts in plain dictionaries anyway; here they get their names (docs/monitoring.md).
May know: what the router says of itself. May not: sockets.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from engine.sip import SipServer

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST

GAUGES: Final = {
    "registrations": "Contacts that are registered",
    "calls": "Calls that ring or were answered",
    "server transactions": "Requests that are being answered or were lately",
    "client transactions": "Requests that were sent on",
    "timers": "Timers that are set",
    "connections": "Open TCP, TLS and WebSocket connections",
    "bans": "Sources that are ignored",
    "sources": "Sources that are remembered",
}
"""Sizes in SipServer.counts(), each with its meaning: dialtree_sip_server_transactions …"""

LABELLED: Final = {
    "requests": ("method", "Requests that began a transaction"),
    "refused": ("status", "Requests that were refused"),
    "bans": ("reason", "Sources that were banned"),
}
"""Counters of several words: "refused 403" is dialtree_sip_refused_total{status="403"}."""


class NodeCollector(Collector):
    """Reads a node when it is collected."""

    def __init__(self, server: Callable[[], SipServer | None], healthy: Callable[[], bool]) -> None:
        self._server = server
        self._healthy = healthy

    def collect(self) -> Iterator[Metric]:
        """All families of metrics."""
        yield GaugeMetricFamily(
            "dialtree_healthy", "Whether `pbx status` would exit with 0", float(self._healthy())
        )
        server = self._server()
        if server is not None:
            counts = server.counts()
            yield from _gauges(counts)
            yield from _counters(counts)
            yield from _gateways(server)

    def describe(self) -> Iterator[Metric]:
        """Nothing ahead of time: otherwise registering would collect."""
        return iter(())


def _gauges(counts: Mapping[str, int]) -> Iterator[Metric]:
    for name, meaning in GAUGES.items():
        yield GaugeMetricFamily(f"dialtree_sip_{_word(name)}", meaning, counts.get(name, 0))


def _counters(counts: Mapping[str, int]) -> Iterator[Metric]:
    families = {
        kind: CounterMetricFamily(f"dialtree_sip_{kind}", meaning, labels=[label])
        for kind, (label, meaning) in LABELLED.items()
    }
    events = CounterMetricFamily("dialtree_sip_events", "Everything else", labels=["event"])
    for name, value in counts.items():
        kind, _, which = name.partition(" ")
        if name in GAUGES:
            continue
        if kind in families and which and " " not in which:
            families[kind].add_metric([which], value)
        else:
            events.add_metric([_word(name)], value)
    yield from families.values()
    yield events


def _gateways(server: SipServer) -> Iterator[Metric]:
    up = GaugeMetricFamily("dialtree_gateway_up", "1 up, 0 down", labels=["gateway"])
    calls = GaugeMetricFamily("dialtree_gateway_calls", "Calls it carries", labels=["gateway"])
    for gateway in server.gateways():
        up.add_metric([gateway.id], float(gateway.state not in ("down", "unresolved")))
        calls.add_metric([gateway.id], server.carried_by(gateway.id))
    yield up
    yield calls


def _word(name: str) -> str:
    return name.replace(" ", "_").replace("-", "_")


def exposition(
    server: Callable[[], SipServer | None], healthy: Callable[[], bool]
) -> Callable[[], bytes]:
    """A function that gives the text of all metrics, the process's own among them."""
    registry = CollectorRegistry()
    registry.register(NodeCollector(server, healthy))
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    return lambda: generate_latest(registry)
