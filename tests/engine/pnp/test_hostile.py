"""Whatever comes in, nothing is raised, and nothing goes to anybody who did not ask."""

from hypothesis import given, settings
from hypothesis import strategies as st
from pnp_lan import PHONE, VENDORS, Lan, subscribe

from engine.pnp import PnpFloods
from engine.pnp.core import MOST
from engine.pnp.limits import BURST, MOST_PHONES, Limits

QUESTIONS = [question for question, _ in VENDORS.values()]
PIECES = [
    b"\r\n", b"\0", b";", b'"', b"<", b">", b",", b"\xff", b" ", b":", b"%", b"=", b"\r\n\t",
    b"Contact: <sip:a@b:99999>\r\n", b"Event: ua-profile;vendor=\"\\\r\n", b"9" * 40, b"SIP/2.0",
]  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    data = draw(st.sampled_from(QUESTIONS))
    for _ in range(draw(st.integers(1, 6))):
        at, length = draw(st.integers(0, len(data))), draw(st.integers(0, 12))
        piece = draw(st.sampled_from(PIECES) | st.binary(max_size=8))
        data = data[:at] + piece + data[at + length :]
    return data


def heard(data: bytes) -> None:
    lan = Lan()
    for _, host, port, sent in lan.hear(data):
        assert host == PHONE
        assert 0 < port <= 65535
        assert sent.count(b"\r\n\r\n") == 1
    lan.core.answered(data, PHONE, 0.1)
    lan.core.advance(40.0)
    for asked in lan.asked:
        assert len(asked.mac) in (0, 12)
        for word in (asked.vendor, asked.model, asked.version, asked.user_agent):
            assert len(word) <= 128
            assert word.isprintable()


@settings(max_examples=1500, deadline=None)
@given(mutated())
def test_mutated_questions_do_no_harm(data: bytes) -> None:
    heard(data)


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=600))
def test_random_bytes_do_no_harm(data: bytes) -> None:
    heard(data)


def test_who_is_not_on_the_lan_is_not_heard(lan: Lan) -> None:
    assert lan.hear(subscribe(), host="203.0.113.9") == []
    assert lan.events == []


def test_a_flood_is_not_answered_and_told_once(lan: Lan) -> None:
    answered = 0
    for number in range(200):
        via = f"SIP/2.0/UDP {PHONE}:5060;branch=z9hG4bK{number}"
        answered += bool(lan.hear(subscribe(via=via), 0.001 * number))
    assert answered == BURST
    assert lan.events == [PnpFloods(PHONE, "it asks too often")]
    assert lan.hear(subscribe(), host="192.168.1.78"), "others are not to suffer"


def test_going_through_mac_addresses_gets_nothing(lan: Lan) -> None:
    answered = 0
    for number in range(100):
        user = f"MAC%3a001565{number:06x}"
        question = subscribe(user, via=f"SIP/2.0/UDP {PHONE};branch=z9hG4bK{number}")
        answered += bool(lan.hear(question, 10.0 * number))
    assert answered == MOST_PHONES
    assert lan.events[-1] == PnpFloods(PHONE, "it asks in the name of too many phones")


def test_memory_is_bounded_whoever_asks(lan: Lan) -> None:
    for number in range(2 * MOST):
        host = f"192.168.{number // 250}.{number % 250}"
        lan.hear(subscribe(), number / 100, host=host)
    assert len(lan.core) <= MOST
    limits = Limits(0.0)
    for number in range(20_000):
        limits.hear(f"10.{number >> 8}.{number & 255}.1", 0.0)
    assert len(limits) <= 4096
