"""Bytes that nobody meant: only SipParseError leaves the parser, nothing leaves the core.

Seeds are RFC 4475's messages and a real call. FUZZ_SECONDS (default 0.5 for each test) sets how
long; `make fuzz` runs for minutes. FUZZ_SEED repeats a run that failed.
"""

import contextlib
import os
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.sip import Flow, Peer, Protection
from engine.sip.digest.credentials import parse_credentials
from engine.sip.nat import sdp
from engine.sip.nat.bencode import BencodeError, decode
from engine.sip.notifier.pidf import composed, parts_of
from engine.sip.transport import stun
from engine.sip.wire import SipParseError, StreamFramer, parse_message
from engine.sip.wire.fields import parse_address, parse_cseq, parse_via, split_list
from engine.sip.wire.uri import parse_uri

TORTURE = Path(__file__).parents[2] / "fixtures" / "rfc4475"
SECONDS = float(os.environ.get("FUZZ_SECONDS", "0.5"))
SEED = int(os.environ.get("FUZZ_SEED", "0")) or random.randrange(1, 2**32)
BITS = [
    b"\r\n", b"\r\n ", b"\0", b"\xff", b":", b";", b",", b"<", b">", b'"', b"\\", b"%", b"%00",
    b"@", b"[", b"]", b"=", b" ", b"\t", b"sip:", b"tel:", b"SIP/2.0", b"4294967296", b"-1",
    b"\r\n\r\n",
    b"Via: SIP/2.0/UDP h;branch=z9hG4bK", b"Content-Length: 9", b"Route: <sip:127.0.0.1;lr>",
    b"Expires: 0", b"Contact: *", b"Require: x", b"To: <sip:bob@example.test>;tag=1",
    b"\xe2\x82\xac", b"9" * 70, b"a" * 300, b"CANCEL ", b"ACK ", b"REGISTER ", b"SUBSCRIBE ",
]  # fmt: skip
anything = st.binary(max_size=300)
pieces = st.lists(st.sampled_from(BITS) | st.binary(max_size=6), max_size=20).map(b"".join)
hurried = settings(
    max_examples=int(200 * SECONDS), deadline=None, database=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


def seeds() -> list[bytes]:
    return [path.read_bytes() for path in sorted(TORTURE.glob("*.dat"))]


def mutants(corpus: list[bytes], dice: random.Random, seconds: float) -> Iterator[bytes]:
    """Seeds with some bytes changed, cut, doubled, or taken from another, until time is up."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        data = dice.choice(corpus)
        for _ in range(dice.randrange(1, 6)):
            data = mutated(data, corpus, dice)
        yield data


def mutated(data: bytes, corpus: list[bytes], dice: random.Random) -> bytes:
    start = dice.randrange(len(data) + 1)
    end = min(len(data), start + dice.choice((0, 1, 1, 2, 8, 64, 1000)))
    what = dice.randrange(5)
    if what == 0:
        return data[:start] + dice.choice(BITS) + data[end:]
    if what == 1:
        return data[:start] + data[start:end] * dice.randrange(4) + data[end:]
    if what == 2:
        other = dice.choice(corpus)
        from_ = dice.randrange(len(other) + 1)
        return data[:start] + other[from_ : from_ + end - start + 40] + data[end:]
    if what == 3:
        return data[:start] + dice.randbytes(dice.randrange(4)) + data[end:]
    lines = data.split(b"\r\n")
    dice.shuffle(lines)
    return b"\r\n".join(lines)


PARSERS: dict[str, Callable[[bytes], Any]] = {
    "message": parse_message, "uri": parse_uri, "address": parse_address, "via": parse_via,
    "cseq": parse_cseq, "list": split_list, "credentials": parse_credentials,
    "sdp": sdp.parse_session, "repaired sdp": lambda data: sdp.corrected(data, "192.0.2.1"),
}  # fmt: skip


@pytest.mark.parametrize("name", PARSERS)
@hurried
@given(data=anything | pieces)
def test_only_parse_errors_leave_a_parser(name: str, data: bytes) -> None:
    refusal = SipParseError("")
    try:
        PARSERS[name](data)
    except SipParseError as error:
        refusal = error
    assert refusal.reason.isprintable()
    assert 400 <= refusal.status < 700


SDP_BITS = [
    b"v=0\r\n", b"o=a 1 1 IN IP4 10.0.0.1\r\n", b"c=IN IP4 10.0.0.1\r\n", b"c=IN IP6 ::1\r\n",
    b"c=IN IP4", b"m=audio 6000 RTP/AVP 0\r\n", b"m=audio", b"m=video 0 UDP/TLS/RTP/SAVPF 96\n",
    b"a=sendrecv\r\n", b"a=inactive\r\n", b"a=candidate:1 1 UDP 1 10.0.0.1 9 typ host\r\n", b"\n",
    b"t=0 0\r\n", b"s=-\r\n", b"a=rtcp:9 IN IP4 10.0.0.1\r\n", b"=", b"\xff", b"/127/3",
]  # fmt: skip


@hurried
@given(body=st.lists(st.sampled_from(SDP_BITS) | st.binary(max_size=4), max_size=30).map(b"".join))
def test_session_descriptions_are_read_or_refused(body: bytes) -> None:
    try:
        session = sdp.parse_session(body)
        assert isinstance(session.for_browsers, bool)
        repaired = sdp.corrected(body, "192.0.2.1")
        assert len(sdp.parse_session(repaired).media) == len(session.media)
    except SipParseError:
        pass


@hurried
@given(data=anything)
def test_what_looks_like_stun_is_answered_or_not(data: bytes) -> None:
    for start in (b"", b"\0\1\0\0\x21\x12\xa4\x42" + b"t" * 12, b"\0\1\0\x08\x21\x12\xa4\x42"):
        answer = stun.answer(start + data, "2001:db8::1", 65535)
        assert answer is None or len(answer) < 600


@hurried
@given(data=anything | st.lists(st.sampled_from((b"d", b"l", b"e", b"i1e", b"3:a"))).map(b"".join))
def test_a_relays_answer_is_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(BencodeError):
        decode(data)


XML_BITS = [
    b'<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="a">', b"</presence>", b"</tuple>",
    b'<tuple id="1">', b"<tuple>", b"<status><basic>open</basic></status>", b"<note>x</note>",
    b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"&b;", b"&#0;", b"&lt;", b"<x:y/>", b"<a b='c' b='d'/>",
    b'<?xml version="1.0" encoding="UTF-16"?>', b"<![CDATA[", b"]]>", b"\xff", b"\0",
]  # fmt: skip


@hurried
@given(inside=st.lists(st.sampled_from(XML_BITS), max_size=20).map(b"".join), whole=st.booleans())
def test_presence_documents_are_read_or_refused(inside: bytes, whole: bool) -> None:
    document = XML_BITS[0] + inside + XML_BITS[1] if whole else inside
    with contextlib.suppress(SipParseError):
        parts = parts_of(document, "p")
        assert len(parts_of(composed("pres:a", parts), "q")) == len(parts)


@hurried
@given(fields=pieces)
def test_credentials_are_read_or_refused(fields: bytes) -> None:
    found = parse_credentials(b'Digest username="a", ' + fields)
    assert found is None or found.nonce_count >= 0


@hurried
@given(data=anything | pieces, cuts=st.lists(st.integers(0, 300), max_size=5))
def test_a_stream_is_cut_alike_however_it_arrives(data: bytes, cuts: list[int]) -> None:
    whole = framed([data])
    places = sorted({min(cut, len(data)) for cut in cuts})
    parts = [data[a:b] for a, b in zip([0, *places], [*places, len(data)], strict=True)]
    found = framed(parts)
    if None not in (whole, found):
        assert found == whole


def framed(parts: list[bytes]) -> list[bytes] | None:
    """Messages of a stream; None when it was beyond repair."""
    framer, messages = StreamFramer(), []
    try:
        for part in parts:
            messages += framer.feed(part)[0]
    except SipParseError:
        return None
    return messages


def test_mutants_of_the_torture_messages_are_parsed_or_refused() -> None:
    dice = random.Random(SEED)
    for data in mutants(seeds(), dice, SECONDS):
        try:
            message = parse_message(data)
        except SipParseError:
            continue
        for name in (b"via", b"contact", b"route", b"require"):
            try:
                message.values(name)
            except SipParseError:
                continue


@pytest.fixture
def node(make_node: Callable[..., Any]) -> Any:
    return make_node(
        peers={"one": Peer("one", "127.0.0.9", 5071)},
        protection=Protection(stranger_requests=10**6, known_requests=10**6, wrong_passwords=10**6),
        nonce_lifetime=1e9,
    )


def recorded_call(node: Any, phone: Callable[..., Any]) -> list[bytes]:
    """What phones and a gateway send in a registration and a call."""
    corpus: list[bytes] = []
    send = node.send

    def listening(data: bytes, sender: Any) -> Any:
        corpus.append(data)
        return send(data, sender)

    node.send = listening  # not the core's own method, which a compiled core keeps
    alice, bob = phone("alice", 6001), phone("bob", 6002)
    node.register(alice)
    node.register(bob)
    [_, (_, invite)] = node.invite(alice, "bob")
    [(_, ringing)] = node.send(bob.answer(invite, 180), bob)
    assert ringing.status == 180
    [(_, ok)] = node.send(bob.answer(invite, 200), bob)
    node.send(alice.within("ACK", ok), alice)
    corpus += [alice.within(method, ok, sequence=9) for method in ("INVITE", "BYE", "REFER")]
    corpus += [alice.request(m, "sip:bob@example.test") for m in ("SUBSCRIBE", "PUBLISH", "CANCEL")]
    node.send = send
    return corpus


def let_pass(node: Any, seconds: float) -> None:
    """Time, without a look at what comes out: answers repeat the senders' own nonsense."""
    end = node.now + seconds
    while node.now < end:
        node.now = min(node.now + 0.05, end)
        node.core.advance(node.now)
        node.core.output.clear()


def test_nothing_is_thrown_by_the_core_and_nothing_stays(
    node: Any, phone: Callable[..., Any]
) -> None:
    dice = random.Random(SEED)
    corpus = recorded_call(node, phone) + seeds()
    flows = [
        Flow(listener, host, port)
        for listener in node.listeners
        for host, port in (("127.0.0.1", 6001), ("127.0.0.1", 6002), ("127.0.0.9", 5071),
                           ("192.0.2.66", 5060))
    ]  # fmt: skip
    for data in mutants(corpus, dice, SECONDS):
        try:
            node.core.receive(data, dice.choice(flows), node.now)
        except Exception as error:
            raise AssertionError(f"FUZZ_SEED={SEED}: {data!r}") from error
        for _, sent, _ in node.core.output:
            if dice.random() < 0.02:
                corpus.append(sent)
        node.core.output.clear()
        if len(corpus) > 500:
            del corpus[100:300]
        if dice.random() < 0.01:
            let_pass(node, dice.random() * 10)
    for _ in range(50):  # Timer C of the last one: three minutes and more
        node.now += 100
        node.core.advance(node.now)
        node.core.output.clear()
    layer = node.core.transactions
    assert (len(layer.servers), len(layer.clients)) == (0, 0)
    assert all(call.answered for call in node.core.calls.all())
