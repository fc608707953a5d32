"""Calls whose media does not find its way by itself, on a fake clock.

rtpengine's side is played by the test here; the real one is in tests/system/test_calls_relayed.py
and, with a browser, in test_calls_browser_to_phone.py.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from engine.sip import Flow, ListenAddress, MediaRelayDown, MediaRelayUp, MediaUnlikely
from engine.sip.config import RelayAddress
from engine.sip.nat.bencode import decode, encode
from engine.sip.wire import Request, Response, parse_message
from engine.sip.wire.build import with_body

Make = Callable[..., Any]
UDP = ListenAddress("udp", "127.0.0.1", 5060)
ONE, TWO = RelayAddress("127.0.0.1", 2223), RelayAddress("127.0.0.1", 2224)
SDP = "Content-Type: application/sdp"


def sdp(host: str, port: int = 4000, more: str = "") -> str:
    return (
        f"v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
        f"m=audio {port} RTP/AVP 0\r\n{more}"
    )


def corrected(description: str) -> str:
    """Alice's, with the address of her router."""
    return description.replace("c=IN IP4 192.168.1.9", "c=IN IP4 198.51.100.7")


class Home:
    """Somebody's network: phones in it seem to be at its router's address."""

    def __init__(self, node: Any, public: str) -> None:
        self.node, self.public = node, public

    def send(self, data: bytes, phone: Any) -> list[tuple[int, Any]]:
        flow = Flow(UDP, self.public, phone.port + 10_000)
        self.node.core.receive(data, flow, self.node.now)
        return self.node.take()

    def register(self, phone: Any) -> None:
        first = phone.register()
        [(_, challenge)] = self.send(first, phone)
        [(_, answer)] = self.send(phone.authorize(first, challenge), phone)
        assert answer.status == 200

    def invite(
        self, phone: Any, number: str, body: str = "", call_id: str = ""
    ) -> list[tuple[int, Any]]:
        headers = (SDP,) if body else ()
        first = phone.request(
            "INVITE", f"sip:{number}@example.test", body=body, headers=headers,
            call_id=call_id or f"call-{number}",
        )  # fmt: skip
        [(_, challenge)] = self.send(first, phone)
        return self.send(phone.authorize(first, challenge), phone)


def answered(phone: Any, request: Request, status: int, body: str, tag: str | None = None) -> bytes:
    data = phone.answer(request, status, headers=(SDP,), tag=tag)
    return with_body(data, body.encode())


class Relay:
    """Plays rtpengine: writes down what it is asked, and answers when told."""

    def __init__(self, node: Any) -> None:
        self.node = node
        self.asked: list[tuple[RelayAddress, bytes, dict[bytes, Any]]] = []

    def hear(self) -> list[tuple[RelayAddress, bytes, dict[bytes, Any]]]:
        """What it was sent since it last listened, but pings, which it answers."""
        output = self.node.core.media.relays.output
        new = []
        for address, data in list(output):
            cookie, _, text = data.partition(b" ")
            command: Any = decode(text)
            if command[b"command"] == b"ping":
                self.node.core.relay_answered(
                    cookie + b" " + encode({"result": "pong"}), address, self.node.now
                )
            else:
                new.append((address, cookie, command))
        output.clear()
        return new

    def answer(self, question: Any, body: str = "", **reply: Any) -> list[tuple[int, Any]]:
        address, cookie, _ = question
        reply = reply or {"result": "ok", "sdp": body}
        self.node.core.relay_answered(cookie + b" " + encode(reply), address, self.node.now)
        return self.node.take()


@pytest.fixture
def alice(node: Any, phone: Make) -> Any:
    made = phone("alice", 6001)
    made.host, made.contact = "192.168.1.9", "sip:alice@192.168.1.9:6001"
    return made


@pytest.fixture
def bob(node: Any, phone: Make) -> Any:
    made = phone("bob", 6002)
    made.host, made.contact = "10.1.1.7", "sip:bob@10.1.1.7:6002"
    return made


@pytest.fixture
def homes(node: Any, alice: Any, bob: Any) -> tuple[Home, Home]:
    """Alice and Bob are each behind a router of their own."""
    both = Home(node, "198.51.100.7"), Home(node, "203.0.113.5")
    both[1].register(bob)
    return both


@pytest.fixture
def relay(node: Any) -> Relay:
    node.configure(replace(node.config, media_relays=(ONE,), keep_alive=None))
    made = Relay(node)
    node.wait(0.1)
    made.hear()
    return made


def unlikely(node: Any) -> list[str]:
    return [event.reason for event in node.events if isinstance(event, MediaUnlikely)]


def only(output: list[tuple[int, Any]], kind: type) -> Any:
    [found] = [message for _, message in output if isinstance(message, kind)]
    return found


# Without a relay


def test_the_log_says_why_nobody_may_hear_anything(
    node: Any, alice: Any, bob: Any, homes: tuple[Home, Home]
) -> None:
    out = homes[0].invite(alice, "bob", sdp("192.168.1.9"))

    assert only(out, Request).body.decode() == corrected(sdp("192.168.1.9"))
    assert unlikely(node) == ["both ends are behind NAT, and there is no media relay"]


def test_nobody_is_warned_when_ice_finds_the_way(
    node: Any, alice: Any, homes: tuple[Home, Home]
) -> None:
    homes[0].invite(alice, "bob", sdp("192.168.1.9", more="a=ice-ufrag:x\r\na=ice-pwd:y\r\n"))
    assert unlikely(node) == []


def test_two_phones_of_one_household_are_left_alone(
    node: Any, alice: Any, bob: Any, homes: tuple[Home, Home]
) -> None:
    out = homes[1].invite(alice, "bob", sdp("10.1.1.8"))

    assert only(out, Request).body.decode() == sdp("10.1.1.8")
    assert unlikely(node) == []


def test_an_address_of_a_home_network_is_corrected_for_somebody_outside(
    node: Any, alice: Any, phone: Make
) -> None:
    """And so is the other direction, and what comes later in the dialog."""
    carol = phone("carol", 6003)
    carol.host, carol.contact = "192.0.2.30", "sip:carol@192.0.2.30:6003"
    outside = Home(node, "192.0.2.30")
    outside.send = lambda data, who: _direct(node, data, who)  # type: ignore[method-assign]
    outside.register(carol)
    home = Home(node, "198.51.100.7")

    invite = only(home.invite(alice, "carol", sdp("192.168.1.9")), Request)
    assert invite.body.decode() == corrected(sdp("192.168.1.9"))
    assert invite.value(b"content-length") == b"%d" % len(invite.body)

    out = outside.send(answered(carol, invite, 200, sdp("192.0.2.30")), carol)
    ok = only(out, Response)
    assert ok.body.decode() == sdp("192.0.2.30")
    again = with_body(alice.within("INVITE", ok, sequence=9), sdp("192.168.1.9", 4004).encode())
    again = again.replace(b"Content-Length", SDP.encode() + b"\r\nContent-Length")
    assert b"c=IN IP4 198.51.100.7" in only(home.send(again, alice), Request).body
    assert unlikely(node) == []


def _direct(node: Any, data: bytes, phone: Any) -> list[tuple[int, Any]]:
    node.core.receive(data, Flow(UDP, phone.host, phone.port), node.now)
    return node.take()  # type: ignore[no-any-return]


def test_calls_of_ends_that_reach_each_other_are_not_looked_at(
    node: Any, phone: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, bob = phone("alice", 6001), phone("bob", 6002)
    node.register(bob)
    monkeypatch.setattr("engine.sip.nat.media.MediaPath", None)  # nothing may ask for one

    out = node.invite(alice, "bob", body=sdp("127.0.0.1"), headers=(SDP,))

    assert only(out, Request).body.decode() == sdp("127.0.0.1")


# With a relay


def test_a_call_between_two_homes_waits_for_the_relay_and_goes_through_it(
    node: Any, alice: Any, bob: Any, homes: tuple[Home, Home], relay: Relay
) -> None:
    out = homes[0].invite(alice, "bob", sdp("192.168.1.9"))
    assert [message.status for _, message in out] == [100]
    [offer] = relay.hear()
    command = offer[2]
    assert command[b"command"] == b"offer"
    assert command[b"call-id"] == b"call-bob"
    assert command[b"from-tag"] == b"tag-alice"
    assert command[b"sdp"].decode() == sdp("192.168.1.9")
    assert b"SIP-source-address" in command[b"flags"]
    assert command[b"received-from"] == [b"IP4", b"198.51.100.7"]

    invite = only(relay.answer(offer, sdp("192.0.2.1", 30000)), Request)
    assert invite.body.decode() == sdp("192.0.2.1", 30000)

    assert homes[1].send(answered(bob, invite, 200, sdp("10.1.1.7")), bob) == []
    [answer] = relay.hear()
    assert answer[2][b"command"] == b"answer"
    assert answer[2][b"to-tag"] == b"tag-bob-6002"
    assert answer[2][b"via-branch"] == command[b"via-branch"]
    ok = only(relay.answer(answer, sdp("192.0.2.1", 30002)), Response)
    assert (ok.status, ok.body.decode()) == (200, sdp("192.0.2.1", 30002))

    homes[0].send(alice.within("BYE", ok, sequence=9), alice)
    [deletion] = relay.hear()
    assert deletion[2][b"command"] == b"delete"
    assert deletion[2][b"call-id"] == b"call-bob"
    assert unlikely(node) == []


def test_an_answer_that_is_sent_again_is_the_relays_again(
    node: Any, alice: Any, bob: Any, homes: tuple[Home, Home], relay: Relay
) -> None:
    homes[0].invite(alice, "bob", sdp("192.168.1.9"))
    [offer] = relay.hear()
    invite = only(relay.answer(offer, sdp("192.0.2.1", 30000)), Request)
    ringing = answered(bob, invite, 183, sdp("10.1.1.7"))
    ok = answered(bob, invite, 200, sdp("10.1.1.7"))

    assert homes[1].send(ringing, bob) == []
    assert homes[1].send(ok, bob) == []  # behind the other
    assert homes[1].send(ok, bob) == []
    [answer] = relay.hear()
    out = relay.answer(answer, sdp("192.0.2.1", 30002))

    assert [message.status for _, message in out] == [183, 200]
    assert {message.body.decode() for _, message in out} == {sdp("192.0.2.1", 30002)}
    assert relay.hear() == []  # it was asked about that description already
    [(_, again)] = homes[1].send(ok, bob)
    assert again.body.decode() == sdp("192.0.2.1", 30002)


def test_a_dead_relay_delays_a_call_by_a_second_and_the_next_one_not_at_all(
    node: Any, alice: Any, bob: Any, homes: tuple[Home, Home], relay: Relay
) -> None:
    homes[0].invite(alice, "bob", sdp("192.168.1.9"))
    assert node.wait(0.9) == []

    [(_, invite)] = node.wait(0.2)

    assert invite.body.decode() == corrected(sdp("192.168.1.9"))
    assert unlikely(node) == ["no media relay answers"]
    assert [event.reason for event in node.events if isinstance(event, MediaRelayDown)] == [
        "no answer"
    ]
    [(_, ok)] = homes[1].send(answered(bob, invite, 200, sdp("10.1.1.7")), bob)
    assert b"c=IN IP4 203.0.113.5" in ok.body
    out = homes[0].invite(alice, "bob", sdp("192.168.1.9"), call_id="another")
    assert [type(message) for _, message in out] == [Response, Request]


def test_a_relay_that_answers_pings_again_is_used_again(
    node: Any, alice: Any, homes: tuple[Home, Home], relay: Relay
) -> None:
    homes[0].invite(alice, "bob", sdp("192.168.1.9"))
    node.wait(1.1)
    relay.node.core.media.relays.output.clear()
    node.wait(4.3)
    relay.hear()  # answers the ping

    assert [type(event) for event in node.events[-1:]] == [MediaRelayUp]
    assert [state.state for state in node.core.media.relays.states()] == ["up"]


def test_another_relay_is_asked_in_place_of_a_silent_one(
    node: Any, alice: Any, homes: tuple[Home, Home], relay: Relay
) -> None:
    node.configure(replace(node.config, media_relays=(ONE, TWO)))
    node.wait(0.1)
    relay.hear()
    homes[0].invite(alice, "bob", sdp("192.168.1.9"))
    [(first, _, _)] = relay.hear()

    node.wait(0.6)
    questions = relay.hear()

    assert [address for address, _, _ in questions] == [first, TWO if first == ONE else ONE]
    invite = only(relay.answer(questions[-1], sdp("192.0.2.1", 30000)), Request)
    assert b"30000" in invite.body
    assert unlikely(node) == []


def test_a_refusal_of_the_relay_is_told(
    node: Any, alice: Any, homes: tuple[Home, Home], relay: Relay
) -> None:
    homes[0].invite(alice, "bob", sdp("192.168.1.9"))
    [offer] = relay.hear()

    out = relay.answer(offer, **{"result": "error", "error-reason": "out of ports"})

    assert only(out, Request).body.decode() == corrected(sdp("192.168.1.9"))
    assert unlikely(node) == ["the media relay refused: out of ports"]


def test_a_caller_who_hangs_up_meanwhile_is_not_connected(
    node: Any, alice: Any, homes: tuple[Home, Home], relay: Relay
) -> None:
    [(_, trying)] = homes[0].invite(alice, "bob", sdp("192.168.1.9"))
    [offer] = relay.hear()
    branch = re.search(rb"branch=([^;,]+)", trying.required(b"via"))[1].decode()  # type: ignore[index]
    cancel = alice.request(
        "CANCEL", "sip:bob@example.test", call_id="call-bob", branch=branch,
        sequence=trying.cseq[0],
    )  # fmt: skip

    out = homes[0].send(cancel, alice)

    assert sorted(message.status for _, message in out) == [200, 487]
    assert relay.answer(offer, sdp("192.0.2.1", 30000)) == []  # Bob never rings
    assert not node.core.media.relays.asked


def test_a_failed_call_is_deleted_from_the_relay(
    node: Any, alice: Any, bob: Any, homes: tuple[Home, Home], relay: Relay
) -> None:
    homes[0].invite(alice, "bob", sdp("192.168.1.9"))
    [offer] = relay.hear()
    invite = only(relay.answer(offer, sdp("192.0.2.1", 30000)), Request)

    homes[1].send(bob.answer(invite, 486), bob)

    assert [command[b"command"] for _, _, command in relay.hear()] == [b"delete"]


def test_an_offer_in_the_2xx_is_answered_in_the_ack(
    node: Any, alice: Any, bob: Any, homes: tuple[Home, Home], relay: Relay
) -> None:
    invite = only(homes[0].invite(alice, "bob"), Request)
    assert homes[1].send(answered(bob, invite, 200, sdp("10.1.1.7")), bob) == []
    [offer] = relay.hear()
    assert offer[2][b"command"] == b"offer"
    assert (offer[2][b"from-tag"], offer[2][b"to-tag"]) == (b"tag-bob-6002", b"tag-alice")
    ok = only(relay.answer(offer, sdp("192.0.2.1", 30000)), Response)

    ack = with_body(alice.within("ACK", ok), sdp("192.168.1.9").encode())
    ack = ack.replace(b"Content-Length", SDP.encode() + b"\r\nContent-Length")
    assert homes[0].send(ack, alice) == []
    [answer] = relay.hear()
    assert answer[2][b"command"] == b"answer"
    assert (answer[2][b"from-tag"], answer[2][b"to-tag"]) == (b"tag-bob-6002", b"tag-alice")
    [(_, ack)] = relay.answer(answer, sdp("192.0.2.1", 30002))
    assert ack.body.decode() == sdp("192.0.2.1", 30002)


def test_how_a_call_is_treated_cannot_be_changed_by_its_ends(
    node: Any, alice: Any, bob: Any, homes: tuple[Home, Home], relay: Relay
) -> None:
    homes[0].invite(alice, "bob", sdp("192.168.1.9"))
    [offer] = relay.hear()
    invite = only(relay.answer(offer, sdp("192.0.2.1", 30000)), Request)
    ok = parse_message(bob.answer(invite, 200))
    assert b"~r@" in ok.required(b"record-route")

    bye = alice.within("BYE", ok, sequence=9).replace(b"~r@", b"@")

    [(_, refused)] = homes[0].send(bye, alice)
    assert refused.status == 403


def test_a_browser_and_a_phone_are_brought_together(make_node: Make, phone: Make) -> None:
    wss = ListenAddress("wss", "127.0.0.1", 8443)
    node = make_node(listeners=(UDP, wss), media_relays=(ONE,))
    relay = Relay(node)
    node.wait(0.1)
    relay.hear()
    bob, alice = phone("bob", 6002), phone("alice", 50_001)
    node.register(bob)
    alice.transport, alice.contact = "WSS", "sip:alice@x1.invalid;transport=ws"
    offer_of_browser = sdp("0.0.0.0").replace("RTP/AVP", "UDP/TLS/RTP/SAVPF")

    first = alice.request("INVITE", "sip:bob@example.test", body=offer_of_browser, headers=(SDP,))
    [(_, challenge)] = node.send(first, alice, wss)
    node.send(alice.authorize(first, challenge), alice, wss)

    [offer] = relay.hear()
    assert offer[2][b"transport-protocol"] == b"RTP/AVP"
    assert offer[2][b"ICE"] == b"remove"
    assert b"strict-source" not in offer[2][b"flags"]  # ICE may move a browser's media
    invite = only(relay.answer(offer, sdp("192.0.2.1", 30000)), Request)
    node.send(answered(bob, invite, 200, sdp("127.0.0.1")), bob)
    [answer] = relay.hear()
    assert b"transport-protocol" not in answer[2]  # as it was offered
    assert answer[2][b"ICE"] == b"force"
    assert b"strict-source" in answer[2][b"flags"]
