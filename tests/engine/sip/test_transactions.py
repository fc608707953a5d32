"""The four state machines against the clock: RFC 3261 section 17 and RFC 6026."""

from collections.abc import Callable

import pytest

from engine.sip.flow import Flow, ListenAddress
from engine.sip.timer import TimerWheel
from engine.sip.transaction import ServerTransaction, TransactionLayer, server_key, tables
from engine.sip.transaction.machine import ClientTransaction
from engine.sip.wire import Request, Response, parse_message

UDP = Flow(ListenAddress("udp", "192.0.2.9", 5060), "192.0.2.1", 5060)
TCP = Flow(ListenAddress("tcp", "192.0.2.9", 5060), "192.0.2.1", 5060)
TOLERANCE = 0.3
"""Seconds: each retransmission may be a tick late, and the next one counts from there."""


def request_bytes(method: str, branch: str = "z9hG4bKx", host: str = "192.0.2.9") -> bytes:
    return (
        f"{method} sip:b@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP {host}:5060;branch={branch}\r\n"
        f"Route: <sip:192.0.2.1;lr>\r\nFrom: <sip:a@x>;tag=1\r\nTo: <sip:b@x>\r\nCall-ID: c\r\n"
        f"CSeq: 5 {method}\r\nContent-Length: 0\r\n\r\n"
    ).encode()


def response_bytes(status: int, method: str, branch: str = "z9hG4bKx") -> bytes:
    return (
        f"SIP/2.0 {status} R\r\nVia: SIP/2.0/UDP 192.0.2.9:5060;branch={branch}\r\n"
        f"From: <sip:a@x>;tag=1\r\nTo: <sip:b@x>;tag=2\r\nCall-ID: c\r\nCSeq: 5 {method}\r\n\r\n"
    ).encode()


class Bench:
    """A layer, a clock, and a user that writes down what it hears."""

    def __init__(self) -> None:
        self.now = 0.0
        self.layer = TransactionLayer(TimerWheel(0.0), [])
        self.heard: list[int] = []

    def answered(self, response: Response, now: float) -> None:
        self.heard.append(response.status)

    def failed(self, status: int, now: float) -> None:
        self.heard.append(-status)

    def client(self, method: str, flow: Flow = UDP) -> ClientTransaction:
        data = request_bytes(method)
        return self.layer.send(flow, data, b"z9hG4bKx", method.encode(), self, self.now)

    def server(self, method: str, flow: Flow = UDP) -> ServerTransaction:
        request = parse_message(request_bytes(method))
        assert isinstance(request, Request)
        return self.layer.accept(request, server_key(request, method), flow)

    def response(self, status: int, method: str) -> bool:
        message = parse_message(response_bytes(status, method))
        assert isinstance(message, Response)
        return self.layer.receive(message, self.now)

    def sent(self) -> list[bytes]:
        messages = [data for _, data, _ in self.layer.output]
        self.layer.output.clear()
        return messages

    def run(self, seconds: float) -> list[float]:
        """Times (from the start of the run) at which something was sent."""
        start, times, end = self.now, [], self.now + seconds
        while self.now < end:
            self.now += 0.01
            self.layer.wheel.advance(self.now)
            times += [self.now - start for _ in self.sent()]
        return times


@pytest.fixture
def bench() -> Bench:
    return Bench()


def about(*times: float) -> list[object]:
    return [pytest.approx(time, abs=TOLERANCE) for time in times]


def test_an_invite_is_sent_again_at_doubling_intervals_and_times_out(bench: Bench) -> None:
    client = bench.client("INVITE")
    assert len(bench.sent()) == 1
    assert bench.run(40) == about(0.5, 1.5, 3.5, 7.5, 15.5, 31.5)  # timer A
    assert bench.heard == [-408]  # timer B
    assert client.state is tables.TERMINATED
    assert not bench.layer.clients


def test_a_request_is_sent_again_up_to_every_four_seconds(bench: Bench) -> None:
    bench.client("OPTIONS")
    bench.sent()
    times = bench.run(40)
    assert times == about(0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5)  # timer E
    assert bench.heard == [-408]  # timer F


def test_a_provisional_response_slows_a_request_down_and_silences_an_invite(bench: Bench) -> None:
    bench.client("OPTIONS")
    bench.client("INVITE")
    bench.sent()
    bench.response(100, "OPTIONS")
    bench.response(180, "INVITE")
    assert bench.run(13) == about(0.5, 4.5, 8.5, 12.5)
    assert bench.heard == [100, 180]


@pytest.mark.parametrize("method", ["INVITE", "OPTIONS"])
def test_nothing_is_sent_again_over_a_reliable_transport(bench: Bench, method: str) -> None:
    bench.client(method, TCP)
    assert len(bench.sent()) == 1
    assert bench.run(40) == []
    assert bench.heard == [-408]


def test_a_failure_is_acknowledged_each_time_and_told_once(bench: Bench) -> None:
    client = bench.client("INVITE")
    bench.sent()
    bench.response(486, "INVITE")
    bench.response(486, "INVITE")
    first, second = bench.sent()
    assert first == second
    ack = parse_message(first)
    assert isinstance(ack, Request)
    assert (ack.method, ack.uri, ack.cseq) == ("ACK", b"sip:b@192.0.2.1", (5, b"ACK"))
    assert ack.via.branch == b"z9hG4bKx"
    assert ack.recipient.tag == b"2"
    assert ack.values(b"route") == [b"<sip:192.0.2.1;lr>"]
    assert bench.heard == [486]
    bench.run(31.5)
    assert client.state is tables.COMPLETED
    bench.run(1)
    assert client.state is tables.TERMINATED  # timer D


def test_every_2xx_of_an_invite_is_told_for_a_while(bench: Bench) -> None:
    bench.client("INVITE")
    bench.sent()
    for _ in range(3):
        bench.response(200, "INVITE")
    assert bench.heard == [200, 200, 200]
    assert bench.sent() == []  # the ACK is the caller's
    bench.run(33)  # timer M
    assert not bench.response(200, "INVITE")
    assert bench.heard == [200, 200, 200]


def test_a_late_response_is_absorbed_and_then_unknown(bench: Bench) -> None:
    bench.client("OPTIONS")
    bench.response(200, "OPTIONS")
    assert bench.response(200, "OPTIONS")
    bench.run(5.2)  # timer K
    assert not bench.response(200, "OPTIONS")
    assert bench.heard == [200]


def test_an_unreachable_destination_is_a_503(bench: Bench) -> None:
    bench.client("INVITE").feed(tables.UNREACHABLE, bench.now)
    assert bench.heard == [-503]
    assert not bench.layer.clients


def test_a_failure_is_sent_again_until_it_is_acknowledged(bench: Bench) -> None:
    server = bench.server("INVITE")
    server.respond(404, b"404", bench.now)
    bench.sent()
    assert bench.run(12) == about(0.5, 1.5, 3.5, 7.5, 11.5)  # timer G
    server.feed(tables.ACK, bench.now)
    assert server.state is tables.CONFIRMED
    assert bench.run(4.8) == []
    server.feed(tables.REQUEST, bench.now)
    assert bench.sent() == []
    bench.run(0.4)
    assert server.state is tables.TERMINATED  # timer I
    assert not bench.layer.servers


def test_a_failure_without_ack_ends_after_timer_h(bench: Bench) -> None:
    server = bench.server("INVITE")
    server.respond(404, b"404", bench.now)
    bench.run(31.9)
    assert server.state is tables.COMPLETED
    bench.run(0.2)
    assert server.state is tables.TERMINATED


def test_a_retransmitted_invite_gets_the_last_provisional_again(bench: Bench) -> None:
    server = bench.server("INVITE")
    server.feed(tables.REQUEST, bench.now)
    assert bench.sent() == []
    server.respond(100, b"100", bench.now)
    server.respond(180, b"180", bench.now)
    server.feed(tables.REQUEST, bench.now)
    assert bench.sent() == [b"100", b"180", b"180"]


def test_after_a_2xx_the_invite_is_absorbed_and_more_2xx_pass(bench: Bench) -> None:
    server = bench.server("INVITE")
    server.respond(200, b"200", bench.now)
    server.feed(tables.REQUEST, bench.now)
    server.respond(200, b"200 again", bench.now)
    server.respond(486, b"486", bench.now)
    assert bench.sent() == [b"200", b"200 again"]
    assert server.state is tables.ACCEPTED
    assert bench.run(31.9) == []
    bench.run(0.2)
    assert server.state is tables.TERMINATED  # timer L


def test_a_retransmitted_request_gets_the_final_response_again(bench: Bench) -> None:
    server = bench.server("BYE")
    server.feed(tables.REQUEST, bench.now)
    server.respond(200, b"200", bench.now)
    server.feed(tables.REQUEST, bench.now)
    server.respond(481, b"481", bench.now)
    assert bench.sent() == [b"200", b"200"]
    bench.run(31.9)
    assert server.state is tables.COMPLETED
    bench.run(0.2)
    assert server.state is tables.TERMINATED  # timer J


@pytest.mark.parametrize("method", ["INVITE", "BYE"])
def test_over_a_reliable_transport_a_server_need_not_linger(bench: Bench, method: str) -> None:
    server = bench.server(method, TCP)
    server.respond(404, b"404", bench.now)
    assert bench.sent() == [b"404"]
    assert bench.run(3) == []
    server.feed(tables.ACK, bench.now)
    assert server.state is tables.TERMINATED


def test_no_state_is_without_a_way_out() -> None:
    machines: list[tuple[tables.Table, Callable[[str], bool]]] = [
        (tables.INVITE_CLIENT, tables.INVITE_CLIENT_BOUNDS.__contains__),
        (tables.CLIENT, tables.CLIENT_BOUNDS.__contains__),
        (tables.INVITE_SERVER, tables.INVITE_SERVER_BOUNDS.__contains__),
        (tables.SERVER, tables.SERVER_BOUNDS.__contains__),
    ]
    for table, bounded in machines:
        for state, rules in table.items():
            targets = {target for target, _ in rules.values()}
            assert targets - {state}, state
            if bounded(state) and state is not tables.PROCEEDING:
                assert tables.TIMEOUT in rules, state


def test_a_transaction_is_found_by_branch_sender_and_method() -> None:
    def key(data: bytes, method: str) -> object:
        request = parse_message(data)
        assert isinstance(request, Request)
        return server_key(request, method)

    invite = key(request_bytes("INVITE"), "INVITE")
    assert key(request_bytes("ACK"), "INVITE") == invite
    assert key(request_bytes("CANCEL"), "INVITE") == invite
    assert key(request_bytes("INVITE", host="192.0.2.8"), "INVITE") != invite
    assert key(request_bytes("INVITE", branch="z9hG4bKy"), "INVITE") != invite


@pytest.mark.parametrize("branch", ["z9hG4bK", "oldstyle"])
def test_without_a_real_branch_rfc_2543_identifies_a_transaction(branch: str) -> None:
    def key(old: bytes = b"", new: bytes = b"") -> object:
        request = parse_message(request_bytes("BYE", branch).replace(old, new))
        assert isinstance(request, Request)
        return server_key(request, "BYE")

    assert key() == key()
    assert key(b"Call-ID: c", b"Call-ID: d") != key()
    assert key(b"tag=1", b"tag=9") != key()


def test_a_timer_that_fails_takes_no_other_with_it() -> None:
    fired: list[str] = []

    class Owner:
        def expired(self, event: str, now: float) -> None:
            if event == "fails":
                raise RuntimeError
            fired.append(event)

    wheel = TimerWheel(0.0)
    for event in ("before", "fails", "behind"):
        wheel.schedule(1.0, Owner(), event)
    with pytest.raises(RuntimeError):
        wheel.advance(2.0)
    wheel.advance(2.02)
    assert fired == ["before", "behind"]
    assert len(wheel) == 0
