"""RFC 5118's messages (SIP torture tests for IPv6), section by section, at a node.

Written after the RFC's text. Addresses are those of its examples.
"""

from collections.abc import Callable
from typing import Any

import pytest

from engine.sip import Flow, ListenAddress
from engine.sip.wire import Request, Response, SipParseError, parse_message
from engine.sip.wire.fields import parse_address, parse_via
from engine.sip.wire.uri import parse_uri
from schema.dialplan.decision import Decision, Step

Make = Callable[..., Any]
V6 = ListenAddress("udp", "2001:db8::1", 5060)
V4 = ListenAddress("udp", "192.0.2.1", 5060)
SENDER = Flow(V6, "2001:db8::9:1", 5060)


def message(start: str, *headers: str, body: str = "") -> bytes:
    lines = [start, *headers, f"Content-Length: {len(body)}", "", body]
    return "\r\n".join(lines).encode()


def register(uri: str, **changes: str) -> bytes:
    """The REGISTER of section 4.1 and following."""
    values = {
        "via": "SIP/2.0/UDP [2001:db8::9:1]:6050;branch=z9hG4bKas3-111",
        "contact": '"Caller" <sip:caller@[2001:db8::1]>',
    } | changes
    return message(
        f"REGISTER {uri} SIP/2.0",
        "To: sip:user@example.com",
        "From: sip:user@example.com;tag=81x2",
        f"Via: {values['via']}",
        "Call-ID: SSG9559905523997077@hlau_4100",
        "Max-Forwards: 70",
        f"Contact: {values['contact']}",
        "CSeq: 98176 REGISTER",
    )


@pytest.fixture
def node(make_node: Make) -> Any:
    """The domain example.com on both families; whoever calls reaches Bob."""
    return make_node(
        listeners=(V6, V4),
        domain="example.com",
        hosts=frozenset({"2001:db8::10", "2001:db8::1", "192.0.2.1"}),
        decide=lambda caller, number: Decision("routed", 200, "OK", (Step("user", "bob", "bob"),)),
    )


def deliver(node: Any, data: bytes, source: Flow = SENDER) -> list[tuple[Flow, Any]]:
    node.core.receive(data, source, node.now)
    found = [(flow, parse_message(data)) for flow, data, _ in node.core.output]
    node.core.output.clear()
    return found


def test_4_1_a_valid_message_with_an_ipv6_reference(node: Any) -> None:
    [(flow, answer)] = deliver(node, register("sip:[2001:db8::10]"))
    assert answer.status == 401
    assert flow == SENDER._replace(port=6050)  # where the Via says, at the address it came from
    assert answer.via.sent_by == b"[2001:db8::9:1]:6050"


@pytest.mark.parametrize("uri", ["sip:2001:db8::10", "sip:2001:db8::10:5070"])
def test_4_2_a_request_uri_without_brackets_is_malformed(node: Any, uri: str) -> None:
    [(_, answer)] = deliver(node, register(uri))
    assert answer.status == 400


def test_4_3_a_port_behind_an_address_without_brackets_is_malformed(node: Any) -> None:
    with pytest.raises(SipParseError):
        parse_uri(b"sip:2001:db8::10:5070")
    assert parse_uri(b"sip:[2001:db8::10]:5070").port == 5070


def test_4_4_a_port_behind_the_brackets_is_a_port() -> None:
    uri = parse_uri(b"sip:[2001:db8::10:5070]")
    assert (uri.host, uri.port) == ("2001:db8::10:5070", 0)
    uri = parse_uri(b"sip:[2001:db8::10]:5070")
    assert (uri.host, uri.port) == ("2001:db8::10", 5070)


def test_4_5_received_is_read_with_and_without_brackets() -> None:
    for text in (b"[2001:db8::9:255]", b"2001:db8::9:255"):
        via = parse_via(b"SIP/2.0/UDP [2001:db8::9:1];received=" + text + b";branch=z9hG4bKas3-111")
        assert via.branch == b"z9hG4bKas3-111"
        assert via.host == b"[2001:db8::9:1]"


def test_4_5_our_own_received_is_without_brackets(node: Any) -> None:
    """As section 25.1 of RFC 3261 has it; RFC 5118 asks to read both and write this."""
    source = SENDER._replace(host="2001:db8::9:255")
    [(_, answer)] = deliver(node, register("sip:example.com"), source)
    assert b";received=2001:db8::9:255" in answer.required(b"via")


def test_4_5_a_response_is_not_sent_where_a_foreign_received_points(node: Any) -> None:
    via = "SIP/2.0/UDP [2001:db8::9:1];received=[2001:db8::9:255];branch=z9hG4bKas3-111"
    [(flow, answer)] = deliver(node, register("sip:example.com", via=via))
    assert flow == SENDER
    assert b"2001:db8::9:255" not in answer.required(b"via")


# fmt: off
SDP = "v=0\r\no=assistant 971731711378798081 0 IN IP6 2001:db8::20\r\ns=Live video feed\r\n" \
      "c=IN IP6 2001:db8::20\r\nt=3338481189 3370017201\r\nm=audio 6000 RTP/AVP 2\r\n" \
      "a=rtpmap:2 G726-32/8000\r\nm=video 6024 RTP/AVP 107\r\na=rtpmap:107 H263-1998/90000\r\n"
# fmt: on


def invite(node: Any, *vias: str, body: str = "", contact: str = "[2001:db8::9:1]") -> Any:
    """An INVITE of the user to Bob, who is registered: the copy that he gets, and its flow."""
    made = message(
        "INVITE sip:bob@example.com SIP/2.0",
        *(f"Via: {via}" for via in vias),
        "To: sip:bob@example.com",
        "From: sip:alice@example.com;tag=81x2",
        "Call-ID: SSG9559905523997077@hlau_4100",
        "Max-Forwards: 70",
        "CSeq: 612 INVITE",
        f"Contact: <sip:caller@{contact}>",
        *(("Content-Type: application/sdp",) if body else ()),
        body=body,
    )
    [(_, challenge)] = deliver(node, made)
    assert challenge.status == 407
    phone = node.alice
    sent = deliver(node, phone.authorize(made, challenge))
    return next((flow, copy) for flow, copy in sent if isinstance(copy, Request))


@pytest.fixture
def at_bobs(node: Any, phone: Make) -> Any:
    """The node with Bob registered over IPv4, which is his only family."""
    bob = phone("bob", 5062)
    bob.host, bob.contact = "192.0.2.5", "sip:bob@192.0.2.5:5062"
    first = bob.request(
        "REGISTER", "sip:example.com", to="sip:bob@example.com", sender="sip:bob@example.com"
    )
    source = Flow(V4, bob.host, bob.port)
    [(_, challenge)] = deliver(node, first, source)
    [(_, answer)] = deliver(node, bob.authorize(first, challenge), source)
    assert answer.status == 200
    node.alice, node.bob = phone("alice", 5060), bob
    return node


VIA6 = "SIP/2.0/UDP [2001:db8::9:1];branch=z9hG4bKas3-111"


def test_4_6_an_ipv6_session_description_passes_unchanged(at_bobs: Any) -> None:
    _, copy = invite(at_bobs, VIA6, body=SDP)
    assert copy.body == SDP.encode()


def test_4_7_several_addresses_of_both_families_in_one_header(at_bobs: Any) -> None:
    others = "SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKb, SIP/2.0/UDP [2001:db8::9:255];branch=z9hG4bKc"
    flow, copy = invite(at_bobs, VIA6, others)
    assert flow == Flow(V4, "192.0.2.5", 5062)
    hosts = [parse_via(value).host for value in copy.values(b"via")]
    assert hosts == [b"192.0.2.1", b"[2001:db8::9:1]", b"192.0.2.7", b"[2001:db8::9:255]"]


def test_4_7_the_response_finds_its_way_back_over_ipv6(at_bobs: Any) -> None:
    flow, copy = invite(at_bobs, VIA6)
    ringing = at_bobs.bob.answer(copy, 180)
    [(back, answer)] = deliver(at_bobs, ringing, flow)
    assert isinstance(answer, Response)
    assert (back, answer.status) == (SENDER, 180)
    assert answer.via.host == b"[2001:db8::9:1]"


def test_4_7_where_the_family_changes_both_sides_are_recorded(at_bobs: Any) -> None:
    _, copy = invite(at_bobs, VIA6)
    near, far = (parse_address(value).uri for value in copy.values(b"record-route"))
    assert parse_uri(near).host == "192.0.2.1"
    assert parse_uri(far).host == "2001:db8::1"


MIXED = "v=0\r\no=bob 280744730 28977631 IN IP4 host.example.com\r\ns=\r\nt=0 0\r\n" \
        "m=audio 22334 RTP/AVP 0\r\nc=IN IP4 192.0.2.1\r\nm=video 6024 RTP/AVP 107\r\n" \
        "c=IN IP6 2001:db8::1\r\na=rtpmap:107 H263-1998/90000\r\n"  # fmt: skip


def test_4_8_a_description_with_both_families_passes_unchanged(at_bobs: Any) -> None:
    _, copy = invite(at_bobs, VIA6, body=MIXED)
    assert copy.body == MIXED.encode()


def test_4_9_an_ipv4_mapped_address_is_an_ipv6_address(at_bobs: Any) -> None:
    body = SDP.replace("2001:db8::20", "::ffff:192.0.2.10")
    via = "SIP/2.0/UDP [::ffff:192.0.2.10]:19823;branch=z9hG4bKbh19"
    _, copy = invite(at_bobs, via, body=body, contact="[::ffff:192.0.2.10]:19823")
    assert parse_via(copy.values(b"via")[1]).sent_by == b"[::ffff:192.0.2.10]:19823"
    contact = parse_uri(parse_address(copy.required(b"contact")).uri)
    assert (contact.host, contact.port) == ("::ffff:192.0.2.10", 19823)
    assert copy.body == body.encode()


@pytest.mark.parametrize("host", ["[2001:db8:::192.0.2.1]", "[2001:db8::192.0.2.1]"])
def test_4_10_the_colon_too_many_of_the_old_grammar_is_tolerated(node: Any, host: str) -> None:
    """It is told what a request for any foreign address is told, not that it is malformed."""
    assert parse_uri(b"sip:user@" + host.encode()).host == host.strip("[]")
    data = message(
        f"OPTIONS sip:user@{host} SIP/2.0",
        f"To: sip:user@{host}",
        "From: sip:user@example.com;tag=810x2",
        "Via: SIP/2.0/UDP lab1.east.example.com;branch=z9hG4bKas3-111",
        "Call-ID: G9559905523997077@hlau_4100",
        "Max-Forwards: 70",
        "CSeq: 98176 OPTIONS",
    )
    [(_, answer)] = deliver(node, data)
    assert (answer.status, answer.reason) == (403, b"Relaying Denied")
