"""What Prometheus reads: names, labels, and that reading is all it takes."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from ports import free_port
from prometheus_client.parser import text_string_to_metric_families

from engine.metrics import exposition
from engine.services import ApplyError
from engine.services.metrics import MetricsService
from engine.sip import ListenAddress, Peer, SipConfig, SipServer
from engine.sip.calls import Call
from schema.dialplan.decision import Decision

MONITORING = Path(__file__).parents[2] / "docs" / "monitoring.md"


@pytest.fixture
async def server() -> AsyncIterator[SipServer]:
    config = SipConfig(
        "example.test", frozenset({"127.0.0.1"}), {}, {"pstn": Peer("pstn", "127.0.0.9", 5070)},
        decide=lambda caller, number: Decision("refused", 404, "Unknown Number"),
        password=lambda account, device: "", nonce_key=bytes(32),
    )  # fmt: skip
    made = SipServer(config, lambda event: None)
    await made.start([ListenAddress("udp", "127.0.0.1", 0)])
    yield made
    await made.stop()


def samples(text: bytes) -> dict[tuple[str, str], float]:
    """(name, first label's value) → value."""
    return {
        (sample.name, next(iter(sample.labels.values()), "")): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


def desired(port: int | None) -> Any:
    """What the service looks at: the node's metrics."""
    metrics = None if port is None else SimpleNamespace(address="127.0.0.1", port=port)
    node = SimpleNamespace(metrics=metrics)
    return SimpleNamespace(system=SimpleNamespace(nodes={"pbx1": node}))


async def fetch(port: int) -> bytes:
    url = f"http://127.0.0.1:{port}/metrics"
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        assert response.status == 200
        assert response.content_type == "text/plain"
        return await response.read()


async def test_a_gateway_shows_how_many_calls_it_carries(server: SipServer) -> None:
    for number in range(2):
        key = (b"call-%d" % number, b"tag")
        server._core.calls.begin(key, Call("", "pstn", "201", "alice", 1.0))
    found = samples(exposition(lambda: server, lambda: True)())
    assert (found["dialtree_gateway_up", "pstn"], found["dialtree_gateway_calls", "pstn"]) == (1, 2)


async def test_sizes_and_counters_have_names_and_labels(server: SipServer) -> None:
    core = server._core
    core.counts.update({"requests INVITE": 7, "refused 403": 2, "bans flood": 1, "defects": 0})
    core.counts["dropped over the rate"] = 9
    found = samples(exposition(lambda: server, lambda: True)())
    assert found["dialtree_healthy", ""] == 1
    assert found["dialtree_sip_calls", ""] == 0
    assert found["dialtree_sip_requests_total", "INVITE"] == 7
    assert found["dialtree_sip_refused_total", "403"] == 2
    assert found["dialtree_sip_bans_total", "flood"] == 1
    assert found["dialtree_sip_events_total", "dropped_over_the_rate"] == 9
    assert found["process_open_fds", ""] > 0


async def test_each_metric_of_ours_is_documented(server: SipServer) -> None:
    described = MONITORING.read_text()
    for name, _ in samples(exposition(lambda: server, lambda: True)()):
        if name.startswith("dialtree_"):
            assert re.sub("^dialtree_sip", "", name) in described, name


async def test_without_a_router_there_is_health_alone() -> None:
    found = samples(exposition(lambda: None, lambda: False)())
    assert [name for name, _ in found if name.startswith("dialtree")] == ["dialtree_healthy"]
    assert found["dialtree_healthy", ""] == 0


async def test_the_listener_follows_the_tree() -> None:
    service = MetricsService(lambda system: "pbx1", lambda: b"dialtree_healthy 1\n")
    first, second = free_port(), free_port()
    await service.apply(desired(first))
    assert await fetch(first) == b"dialtree_healthy 1\n"
    await service.apply(desired(second))
    assert await fetch(second) == b"dialtree_healthy 1\n"
    with pytest.raises(aiohttp.ClientConnectorError):
        await fetch(first)
    await service.apply(desired(None))
    assert service.address is None


async def test_a_port_that_is_taken_leaves_the_old_one_working() -> None:
    service = MetricsService(lambda system: "pbx1", lambda: b"")
    other = MetricsService(lambda system: "pbx1", lambda: b"")
    mine, theirs = free_port(), free_port()
    await other.apply(desired(theirs))
    await service.apply(desired(mine))
    with pytest.raises(ApplyError, match=r"nodes\.pbx1\.metrics"):
        await service.apply(desired(theirs))
    assert await fetch(mine) == b""
    await service.stop()
    await other.stop()
