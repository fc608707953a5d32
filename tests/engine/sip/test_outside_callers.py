"""Which number a call from a gateway shows to the dial plan."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.sip.proxy.outside import LONGEST, number_of
from engine.sip.wire import Request, SipParseError, parse_message
from schema.dialplan.decision import Caller

Make = Callable[..., Any]
FROM = "<sip:+12125550000@carrier.test>"


def invite(*headers: str, sender: str = FROM) -> Request:
    lines = (
        "INVITE sip:201@example.test SIP/2.0",
        "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1",
        f"From: {sender};tag=t",
        "To: <sip:201@example.test>",
        "Call-ID: c",
        "CSeq: 1 INVITE",
        *headers,
        "Content-Length: 0",
    )
    message = parse_message(("\r\n".join(lines) + "\r\n\r\n").encode())
    assert isinstance(message, Request)
    return message


@pytest.mark.parametrize(
    ("sender", "number"),
    [
        ("<sip:+12125550199@carrier.test>", "+12125550199"),
        ("<sip:+1-212-555-0199@carrier.test;user=phone>", "+12125550199"),
        ('"Joe" <sip:2125550199@192.0.2.1>', "2125550199"),
        ("<sip:+12125550199;npdi@carrier.test>", "+12125550199"),
        ("<sip:%2B12125550199@carrier.test>", "+12125550199"),
        ("<tel:+1(212)555.0199>", "+12125550199"),
        ("<tel:5550199;phone-context=+1212>", "5550199"),
        ("<sip:alice@carrier.test>", "alice"),
        ("<sip:Anonymous@carrier.test>", ""),
        ("<sip:anonymous@anonymous.invalid>", ""),
        ("<sip:+12125550199@anonymous.invalid>", ""),
        ("<sip:carrier.test>", ""),
        ("<sips:+12125550199@carrier.test>", "+12125550199"),
        ("<http://carrier.test>", ""),
    ],
)
def test_the_number_in_from(sender: str, number: str) -> None:
    assert number_of(invite(sender=sender)) == number


@pytest.mark.parametrize(
    ("headers", "number"),
    [
        (("P-Asserted-Identity: <sip:+12125559999@carrier.test>",), "+12125559999"),
        (('P-Asserted-Identity: "Joe" <sip:joe@x>, <tel:+12125559999>',), "joe"),
        (("P-Asserted-Identity: <sip:x.test>, <tel:+12125559999>",), "+12125559999"),
        (("P-Asserted-Identity: <sip:x.test>", "P-Asserted-Identity: <tel:+19>"), "+19"),
        (("P-Asserted-Identity: <sip:anonymous@x.test>",), "+12125550000"),
        (("P-Asserted-Identity: nonsense",), "+12125550000"),
        (("P-Asserted-Identity: <sip:+12@x>", "Privacy: id"), ""),
        (("P-Asserted-Identity: <sip:+12@x>", "Privacy: user;critical"), ""),
        (("P-Asserted-Identity: <sip:+12@x>", "Privacy: none"), "+12"),
    ],
)
def test_what_the_gateway_asserts_counts_before_from(headers: tuple[str, ...], number: str) -> None:
    assert number_of(invite(*headers)) == number


def test_an_asserted_number_is_shown_by_who_has_none_in_from() -> None:
    anonymous = "<sip:anonymous@anonymous.invalid>"
    asserted = "P-Asserted-Identity: <sip:+12125559999@carrier.test>"
    assert number_of(invite(asserted, sender=anonymous)) == "+12125559999"


@given(st.text(max_size=300))
def test_whatever_stands_there_the_call_is_read_and_the_number_is_short(text: str) -> None:
    value = "".join(one for one in text if one.isprintable())
    assert len(number_of(invite(f"P-Asserted-Identity: {value}"))) <= LONGEST
    try:
        request = invite(sender=value or FROM)
    except SipParseError:
        return
    assert len(number_of(request)) <= LONGEST


def test_a_long_name_is_cut() -> None:
    assert number_of(invite(sender=f"<sip:{'a' * 500}@carrier.test>")) == "a" * LONGEST


def test_the_dial_plan_is_asked_with_it(node: Any, phone: Make, bob: Any) -> None:
    trunk = phone("gw", 5071)
    trunk.host = "127.0.0.9"
    node.send(trunk.request("INVITE", "sip:bob@127.0.0.1", sender="sip:0044207@x"), trunk)
    assert node.plan.asked[-1] == (Caller("gateway", "one", "0044207"), "bob")


def test_a_users_call_has_no_such_number(node: Any, alice: Any) -> None:
    node.invite(alice, "bob")
    assert node.plan.asked[-1][0] == Caller("user", "alice", None)
