"""A phone asks, is answered, and is told its URL until it says that it heard."""

from collections.abc import Callable
from typing import Any

import pytest
from pnp_lan import GROUP, PHONE, SENDER, URL, VENDORS, Lan, subscribe
from softphone import Message

from engine.pnp import PnpSilent, PnpTold, PnpUnheard


@pytest.mark.parametrize("vendor", VENDORS)
def test_each_vendors_question_is_understood_and_answered(lan: Lan, vendor: str) -> None:
    question, (mac, said, model, port) = VENDORS[vendor]
    sent = lan.hear(question)

    [asked] = lan.asked
    assert (asked.mac, asked.vendor, asked.model, asked.port) == (mac, said, model, port)
    assert [(way, host) for way, host, _, _ in sent] == [(GROUP, PHONE), (SENDER, PHONE)]
    accepted, notify = (Message.parse(data) for *_, data in sent)
    assert (accepted.status, accepted.one("CSeq")) == (200, "1 SUBSCRIBE")
    assert sent[1][2] == port
    assert notify.first == f"NOTIFY {asked.contact.decode()} SIP/2.0"
    assert notify.body == URL
    assert notify.one("Content-Type") == "application/url"
    assert notify.one("Subscription-State") == "terminated;reason=timeout"
    assert notify.one("Event") == Message.parse(question).one("Event")


def test_the_notify_belongs_to_the_dialog_that_the_200_began(lan: Lan) -> None:
    (*_, first), (*_, second) = lan.hear(subscribe())
    accepted, notify = Message.parse(first), Message.parse(second)
    assert accepted.one("To") == notify.one("From")
    assert ";tag=" in notify.one("From")
    assert accepted.one("From") == notify.one("To")
    assert accepted.call_id == notify.call_id
    assert notify.one("Via").startswith("SIP/2.0/UDP 192.168.1.5:40000;rport;branch=z9hG4bK")
    assert notify.one("Contact") == "<sip:192.168.1.5:40000>"


@pytest.mark.parametrize(
    ("via", "port"),
    [
        (f"SIP/2.0/UDP {PHONE}:5062;branch=z9hG4bK1", 5062),
        (f"SIP/2.0/UDP {PHONE}:5062;rport;branch=z9hG4bK1", 1024),
        (f"SIP/2.0/UDP {PHONE};branch=z9hG4bK1", 5060),
    ],
)
def test_the_200_goes_where_the_via_says(lan: Lan, via: str, port: int) -> None:
    (_, host, where, data), _ = lan.hear(subscribe(via=via), port=1024)
    assert (host, where) == (PHONE, port)
    assert f"received={PHONE}" in Message.parse(data).one("Via") or ";rport" not in via


def test_nothing_is_sent_to_an_address_that_did_not_ask(lan: Lan) -> None:
    contact, via = "<sip:203.0.113.9:80>", "SIP/2.0/UDP 203.0.113.9:80;branch=z9hG4bK1"
    sent = lan.hear(subscribe(contact=contact, via=via))
    assert [host for _, host, _, _ in sent] == [PHONE, PHONE]


def test_the_notify_is_sent_again_as_the_rfc_says_and_not_for_ever(lan: Lan) -> None:
    lan.hear(subscribe())
    times = lan.until(40.0)
    gaps = [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    assert times == pytest.approx(gaps, abs=0.25)
    assert lan.events == [PnpUnheard("0015651234ab", "yealink SIP-T46G", PHONE, 408)]
    assert len(lan.core) == 0
    assert not lan.core.wheel


def test_an_answer_ends_it(lan: Lan, answer: Callable[..., bytes]) -> None:
    _, (*_, notify) = lan.hear(subscribe())
    lan.core.answered(answer(notify), PHONE, 0.1)
    assert lan.until(40.0) == []
    assert lan.events == [PnpTold("0015651234ab", "yealink SIP-T46G", PHONE, URL)]


def test_a_refusal_ends_it_as_well(lan: Lan, answer: Callable[..., bytes]) -> None:
    _, (*_, notify) = lan.hear(subscribe())
    lan.core.answered(answer(notify, "489 Bad Event"), PHONE, 0.1)
    assert lan.until(40.0) == []
    assert lan.events == [PnpUnheard("0015651234ab", "yealink SIP-T46G", PHONE, 489)]


def test_a_provisional_answer_slows_it_down(lan: Lan, answer: Callable[..., bytes]) -> None:
    _, (*_, notify) = lan.hear(subscribe())
    lan.core.answered(answer(notify, "100 Trying"), PHONE, 0.1)
    assert lan.until(10.0) == pytest.approx([0.5, 4.5, 8.5], abs=0.1)
    assert lan.events == []


def test_nobody_else_can_answer_for_the_phone(lan: Lan, answer: Callable[..., bytes]) -> None:
    _, (*_, notify) = lan.hear(subscribe())
    lan.core.answered(answer(notify), "192.168.1.99", 0.1)
    lan.core.answered(answer(notify).replace(b"branch=z9hG4bK", b"branch=z9hG4bKx"), PHONE, 0.1)
    assert len(lan.core) == 1
    assert lan.events == []


def test_a_question_that_is_sent_again_gets_the_same_200_and_no_second_notify(lan: Lan) -> None:
    (*_, first), _ = lan.hear(subscribe())
    [(*_, again)] = lan.hear(subscribe(), 0.2)
    assert again == first
    assert len(lan.asked) == 1


def test_a_phone_that_asks_anew_is_told_once(lan: Lan) -> None:
    lan.hear(subscribe())
    lan.hear(subscribe(via=f"SIP/2.0/UDP {PHONE}:5060;branch=z9hG4bK4712", CSeq="2 SUBSCRIBE"), 0.1)
    assert len(lan.core) == 1
    assert len(lan.until(3.0)) == 2


@pytest.mark.parametrize(
    "other",
    [
        {"event": "presence"},
        {"event": ""},
        {"Accept": "application/pidf+xml"},
        {"contact": ""},
        {"contact": "<tel:+12125550100>"},
        {"contact": "*"},
    ],
)
def test_what_is_no_such_question_is_not_answered(lan: Lan, other: dict[str, Any]) -> None:
    assert lan.hear(subscribe(**other)) == []


def test_who_does_not_say_what_it_accepts_is_answered(lan: Lan) -> None:
    assert len(lan.hear(subscribe(Accept=""))) == 2


def test_nobody_of_ours_hears_nothing(lan: Lan) -> None:
    lan.url = None
    assert lan.hear(subscribe()) == []
    assert lan.hear(subscribe(), 60.0) == []
    assert not lan.core.wheel
    assert lan.events == [PnpSilent("0015651234ab", "yealink SIP-T46G", PHONE)], "told once"
