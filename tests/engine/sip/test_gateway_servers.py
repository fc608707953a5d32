"""A gateway of several servers: which is tried when, on a fake clock."""

from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from engine.sip import Flow, GatewayFailed, ListenAddress, Peer
from engine.sip.health import Health
from engine.sip.proxy.ways import Choice, Server, in_order
from engine.sip.wire import Request
from schema.dialplan.decision import Step

Make = Callable[..., Any]
UDP = ListenAddress("udp", "127.0.0.1", 5060)
TCP = ListenAddress("tcp", "127.0.0.1", 5060)
HOST = "127.0.0.9"
SERVERS = tuple(Server("udp", port, (HOST,), priority) for priority, port in enumerate(range(1, 4)))
CALL = (Step("gateway", "trunk", "+12125551234", answer_within=2.0),)


@pytest.fixture
def trunk(make_node: Make) -> Any:
    """A node with a trunk of three servers, at ports 1, 2 and 3, in that order."""
    peers = {"trunk": Peer("trunk", "sip.provider.test"), "other": Peer("other", HOST, 9)}
    node = make_node(peers=peers)
    node.servers = {"trunk": SERVERS, "other": (Server("udp", 9, (HOST,)),)}
    node.resolve(node.config, node.servers)
    node.plan.steps["5551234"] = CALL
    return node


@pytest.fixture
def alice(phone: Make) -> Any:
    return phone("alice", 6001)


@pytest.fixture
def server(phone: Make) -> Make:
    """The side of the trunk's server at that port."""

    def make(port: int) -> Any:
        made = phone("gw", port)
        made.host, made.contact = HOST, f"sip:gw@{HOST}:{port}"
        return made

    return make


def requests(output: list[Any], method: str = "INVITE") -> list[tuple[int, Request]]:
    return [
        (port, each) for port, each in output if isinstance(each, Request) and each.method == method
    ]


def tried(output: list[Any], method: str = "INVITE") -> list[int]:
    """Ports in the order in which they were sent to first."""
    return list(dict.fromkeys(port for port, _ in requests(output, method)))


def test_a_call_goes_on_to_the_next_server_after_silence_and_503(
    trunk: Any, alice: Any, server: Make
) -> None:
    assert tried(trunk.invite(alice, "5551234")) == [1]
    *_, (port, second) = requests(trunk.wait(2.1))
    assert port == 2
    output = trunk.send(server(2).answer(second, 503, "Full"), server(2))
    [(port, third)] = requests(output)
    assert port == 3
    assert tried(output, "ACK") == [2]
    answered = trunk.send(server(3).answer(third, 200), server(3))
    assert [(p, m.status) for p, m in answered if not isinstance(m, Request)] == [(6001, 200)]
    failed = [(e.status, e.address) for e in trunk.events if isinstance(e, GatewayFailed)]
    assert failed == [(408, f"udp:{HOST}:1"), (503, f"udp:{HOST}:2")]


@pytest.mark.parametrize("status", [404, 486, 488, 500, 603])
def test_an_answer_about_the_call_is_final(
    trunk: Any, alice: Any, server: Make, status: int
) -> None:
    [(_, invite)] = requests(trunk.invite(alice, "5551234"))
    output = trunk.send(server(1).answer(invite, status), server(1))
    assert tried(output) == []
    assert (6001, status) in [(p, m.status) for p, m in output if not isinstance(m, Request)]


def test_a_caller_who_hangs_up_is_not_sent_to_the_next_server(
    trunk: Any, alice: Any, server: Make
) -> None:
    first = alice.request("INVITE", "sip:5551234@example.test")
    [(_, challenge)] = trunk.send(first, alice)
    again = alice.authorize(first, challenge)
    [(_, invite)] = requests(trunk.send(again, alice))
    trunk.send(server(1).answer(invite, 180), server(1))
    branch = again.partition(b"branch=")[2].partition(b"\r")[0].decode()
    cancel = alice.request(
        "CANCEL", "sip:5551234@example.test", branch=branch, sequence=alice.sequence
    )
    assert tried(trunk.send(cancel, alice), "CANCEL") == [1]
    output = trunk.send(server(1).answer(invite, 503), server(1)) + trunk.wait(3)
    assert tried(output) == []


def test_a_failed_server_is_tried_last_for_a_while(trunk: Any, alice: Any) -> None:
    assert tried(trunk.invite(alice, "5551234") + trunk.wait(2.1)) == [1, 2]
    trunk.wait(4)
    for port in (2, 3):
        trunk.core.health.mark(Flow(UDP, HOST, port), up=True)
    output = trunk.invite(alice, "5551234") + trunk.wait(7)
    assert tried(output) == [2, 3, 1]
    trunk.wait(40)
    assert tried(trunk.invite(alice, "5551234")) == [1]


@pytest.mark.parametrize(("asked", "kept"), [("120", 119), ("100000", 599), ("7 (soon)", 6)])
def test_a_server_is_spared_for_as_long_as_its_503_says(
    trunk: Any, alice: Any, server: Make, asked: str, kept: int
) -> None:
    [(_, invite)] = requests(trunk.invite(alice, "5551234"))
    refusal = server(1).answer(invite, 503, headers=(f"Retry-After: {asked}",))
    trunk.send(refusal, server(1))
    flow = Flow(UDP, HOST, 1)
    assert not trunk.core.health.good(flow, trunk.now + kept)
    assert trunk.core.health.good(flow, trunk.now + kept + 2)


def test_other_requests_fail_over_as_calls_do(trunk: Any, alice: Any, server: Make) -> None:
    message = alice.request("MESSAGE", "sip:5551234@example.test")
    [(_, challenge)] = trunk.send(message, alice)
    assert tried(trunk.send(alice.authorize(message, challenge), alice), "MESSAGE") == [1]
    [(port, second), *_] = requests(trunk.wait(2.1), "MESSAGE")[-1:]
    assert port == 2
    output = trunk.send(server(2).answer(second, 200), server(2))
    assert [(p, m.status) for p, m in output] == [(6001, 200)]


def test_an_emergency_call_tries_every_server_of_every_gateway(trunk: Any, alice: Any) -> None:
    for port in (1, 2, 3, 9):
        trunk.core.health.mark(Flow(UDP, HOST, port), up=False)
    trunk.plan.steps["911"] = tuple(
        Step("gateway", id_, "911", answer_within=1.0, emergency=True, failover=id_ == "other")
        for id_ in ("trunk", "other")
    )
    assert tried(trunk.invite(alice, "911") + trunk.wait(6)) == [1, 2, 3, 9]


@pytest.mark.parametrize(
    ("down", "order"), [((1, 2), [3, 1, 2, 9]), ((1, 2, 3), [9, 1, 2, 3]), ((9,), [1, 2, 3, 9])]
)
def test_a_gateway_that_is_down_comes_after_those_that_stand_in_for_it(
    trunk: Any, alice: Any, down: tuple[int, ...], order: list[int]
) -> None:
    trunk.plan.steps["5551234"] = (*CALL, CALL[0]._replace(target="other", failover=True))
    for port in down:
        trunk.core.health.mark(Flow(UDP, HOST, port), up=False)
    assert tried(trunk.invite(alice, "5551234") + trunk.wait(9)) == order


def test_calls_from_every_server_count_as_calls_from_the_gateway(trunk: Any) -> None:
    domain = trunk.core.service.domain
    found = [domain.peer_at(Flow(UDP, HOST, port)) for port in (1, 2, 3, 4)]
    assert [peer and peer.id for peer in found] == ["trunk", "trunk", "trunk", None]
    assert domain.peer_at(Flow(TCP, HOST, 49152)) is None


def test_a_name_that_leads_to_ourselves_is_no_way(trunk: Any) -> None:
    servers = {"trunk": (Server("udp", 5060, ("127.0.0.1",)),)}
    trunk.resolve(trunk.config, servers)
    domain = trunk.core.service.domain
    assert domain.ways_to("trunk") == ()
    assert domain.peer_at(Flow(UDP, "127.0.0.1", 5060)) is None


def choices(*servers: tuple[int, int]) -> list[Choice]:
    """Servers with these priorities and weights; the port is their place."""
    return [
        Choice(Server("udp", port, (HOST,), priority, weight), (Flow(UDP, HOST, port),))
        for port, (priority, weight) in enumerate(servers)
    ]


def test_weights_share_the_calls_and_priorities_order_them() -> None:
    chance, health = Random(3), Health()
    several = choices((20, 0), (10, 30), (10, 10))
    orders = Counter(
        tuple(flow.port for flow in in_order(several, health, chance, 0.0)) for _ in range(4000)
    )
    assert set(orders) == {(1, 2, 0), (2, 1, 0)}
    assert 0.70 < orders[1, 2, 0] / 4000 < 0.80


def test_servers_without_weight_get_few_calls_but_some() -> None:
    chance, health = Random(3), Health()
    several = choices((10, 0), (10, 50))
    first = Counter(in_order(several, health, chance, 0.0)[0].port for _ in range(5000))
    assert 0 < first[0] < 250


BODY = "v=0\r\n" + "a=candidate:1 1 UDP 1 192.0.2.1 5000 typ host\r\n" * 30


def test_a_large_request_goes_to_a_gateway_by_tcp_and_says_so(trunk: Any, alice: Any) -> None:
    [(_, invite)] = requests(trunk.invite(alice, "5551234", body=BODY))
    assert (trunk.flows[-1].transport, trunk.flows[-1].port) == ("tcp", 1)
    assert invite.via.text.startswith(b"SIP/2.0/TCP 127.0.0.1:5060")


def test_a_gateway_without_tcp_gets_it_by_udp_and_is_not_asked_again_soon(
    trunk: Any, alice: Any
) -> None:
    trunk.invite(alice, "5551234", body=BODY)
    [client] = [each for each in trunk.core.transactions.clients.values() if each.flow.reliable]
    client.feed("unreachable", trunk.now)
    [(port, invite)] = requests(trunk.take())
    assert (port, trunk.flows[-1].transport) == (1, "udp")
    assert invite.via.text.startswith(b"SIP/2.0/UDP 127.0.0.1:5060")
    trunk.invite(alice, "5551234", body=BODY)
    assert [flow.transport for flow in trunk.flows if flow.host == HOST] == ["udp"]


def test_a_large_request_goes_to_a_phone_the_way_it_registered(
    trunk: Any, alice: Any, phone: Make
) -> None:
    bob = phone("bob", 6002)
    trunk.register(bob)
    [(port, _)] = requests(trunk.invite(alice, "bob", body=BODY))
    assert (port, trunk.flows[-1].transport) == (6002, "udp")
