"""The quick way to read a message and the full one: what both accept must mean the same to both."""

import pytest
from hypothesis import example, given, target
from hypothesis import strategies as st

from engine.sip.wire import Request, Response, SipParseError
from engine.sip.wire.build import (
    forwarded_lines,
    forwarded_request,
    forwarded_response,
    note_source,
    response,
    via_lines,
)
from engine.sip.wire.lines import lines_of, named
from engine.sip.wire.names import COMMON
from engine.sip.wire.parse import parse_fully
from engine.sip.wire.usual import recognise

INVITE = (
    b"INVITE sip:201@192.0.2.1 SIP/2.0",
    b"Via: SIP/2.0/UDP 192.0.2.9:5060;rport;branch=z9hG4bK-1;alias",
    b'From: "Alice, A" <sip:alice@example.test>;tag=1',
    b"To: <sip:201@example.test>",
    b"Call-ID: 1@192.0.2.9",
    b"CSeq: 7 INVITE",
    b"Max-Forwards: 70",
    b"Contact: <sip:alice@192.0.2.9:5060>",
    b"Content-Length: 4",
)
RINGING = (
    b"SIP/2.0 180 Ringing",
    b"Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK-2",
    *INVITE[1:6],
    b"Content-Length: 0",
)
OTHERWISE = (
    b"SIP/2.0 180 Ringing",
    b"Via:SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK-2;x, SIP/2.0/UDP a;branch=1 ,SIP/2.0/TCP b",
    b"Via: SIP/2.0/UDP 192.0.2.9:5060;rport;branch=z9hG4bK-1;alias",
    *INVITE[2:6],
    b"Content-Length:   0",
)
ODD = (
    b"Via: SIP/2.0/TCP 192.0.2.8;branch=z9hG4bK-3", b"Via: SIP/2.0/UDP a, SIP/2.0/UDP b",
    b"v: SIP/2.0/UDP c;branch=1", b"Via : SIP/2.0/UDP d", b"From: <sip:eve@example.test>;tag=2",
    b"f: <sip:eve@example.test>;tag=2", b"FROM: <sip:eve@example.test>", b"To: sip:201@x;tag=9",
    b"To: <sip:201@x", b"Call-ID: 2", b"i: 3", b"CSeq: 07 INVITE", b"CSeq: 8 BYE",
    b"Max-Forwards: 300", b"Max-Forwards:  0 ", b"Max-Forwards: x", b"Content-Length: 99",
    b"l: 2", b"Route: <sip:token@192.0.2.1:5060;lr>", b"Route: <sip:b;lr>, <sip:c;lr>",
    b"ROUTE: <sip:d;lr>", b"Record-Route: <sip:e;lr>", b"X-Route: <sip:f;lr>", b" folded",
    b"\tRoute: <sip:g;lr>", b"Supported: replaces,  timer ", b"Supported:", b"Allow: ",
    b"Contact: kept\nRoute: <sip:h;lr>", b"Contact: kept\rRoute: <sip:h;lr>", b"Contact",
    b"Proxy-Authorization: Digest x", b"Proxy-Require: x", b"Privacy: id", b": x", b"",
    b"P-Asserted-Identity: <sip:a@b>", b"Timestamp: 1", b"Content-Type: a/b", b"\x00: y",
)  # fmt: skip

positions = st.integers(0, 400)
edits = st.lists(st.tuples(positions, st.integers(0, 3), st.binary(max_size=3)), max_size=2)
odd_lines = st.lists(
    st.tuples(st.integers(1, 12), st.integers(0, 1), st.sampled_from(ODD)), max_size=3
)


@st.composite
def messages(draw: st.DrawFn) -> bytes:
    """A usual message with some lines put in or replaced, and some bytes changed."""
    lines = list(draw(st.sampled_from((INVITE, RINGING, OTHERWISE))))
    lines[3:] = draw(st.permutations(lines[3:]))
    for at, replaced, line in draw(odd_lines):
        lines[at : at + replaced] = [line]
    data = b"\r\n".join((*lines, b"", b"body"))
    for at, length, bytes_ in draw(edits):
        data = data[:at] + bytes_ + data[at + length :]
    return data


def meaning(message: Request | Response) -> dict[str, object]:
    """All that the engine may ask of a message."""
    via = message.via
    told: dict[str, object] = {
        "start": message.start_line, "body": message.body, "cseq": message.cseq,
        "via": (via.text, via.transport, via.host, via.port, via.sent_by, via.branch),
        "via parameters": via.parameters,
        "rport": (via.mentions(b"rport"), via.mentions(b"received")),
        "from": message.required(b"from"), "to": message.required(b"to"),
        "call-id": message.call_id, "vias": message.values(b"via"),
    }  # fmt: skip
    for name in (*(common.lower() for common in COMMON), b"proxy-require", b"privacy", b"x-route"):
        if name != b"via":
            told[f"{name!r}"] = message.value(name), message.occurrences(name)
    if isinstance(message, Request):
        told["request"] = message.method, message.uri, message.max_forwards
        told["as written"] = message.from_text, message.to_text
        told["tags"] = message.sender.tag, message.recipient.tag
    else:
        told["response"] = message.status, message.reason
    return told


def copies(message: Request | Response) -> list[bytes]:
    """What is sent on and back."""
    drop = frozenset((b"proxy-authorization", b"p-asserted-identity"))
    if isinstance(message, Response):
        return [forwarded_response(message), forwarded_response(message, (b"Reason: x",), drop)]
    note_source(message, "192.0.2.77", 5077)
    lines = forwarded_lines(message, drop)
    copy = forwarded_request("INVITE", b"sip:x@y", via_lines(message), lines, b"body")
    return [copy, response(message, 100), response(message, 486, tag=b"t", headers=[b"Allow: x"])]


def said_again(data: bytes) -> tuple[bytes, list[tuple[bytes, bytes]], bytes]:
    """A copy as the next hop reads it. The lines of an answer of ours may stand in any order."""
    head, _, body = data.partition(b"\r\n\r\n")
    start_line, *headers = lines_of(head)
    lines = [
        (name, item)
        for name, line in zip(named(headers)[0], headers, strict=True)
        for item in items(name, line.partition(b":")[2].strip(b" \t"))
    ]
    return start_line, sorted(lines) if start_line.startswith(b"SIP/2.0") else lines, body


def items(name: bytes, value: bytes) -> list[bytes]:
    """Several Vias may stand in one line or in many."""
    return [item.strip() for item in value.split(b",")] if name == b"via" else [value]


@given(messages())
@example(b"\r\n".join((*INVITE, b"", b"body")))
@example(b"\r\n".join((*RINGING, b"", b"")))
@example(b"\r\n".join((*OTHERWISE, b"", b"")))
def test_what_is_recognised_means_the_same_to_the_full_parser(data: bytes) -> None:
    quick = recognise(data)
    target(float(quick is not None))
    if quick is None:
        return
    full = parse_fully(data)
    assert meaning(quick) == meaning(full)
    assert [*map(said_again, copies(quick))] == [*map(said_again, copies(full))]
    assert [*filter(b"via".__ne__, quick.names)] == [*filter(b"via".__ne__, full.names)]


@pytest.mark.parametrize("lines", [INVITE, RINGING, OTHERWISE])
def test_a_usual_message_is_recognised(lines: tuple[bytes, ...]) -> None:
    for order in (lines, (*lines[:3], *reversed(lines[3:]))):
        assert recognise(b"\r\n".join((*order, b"", b"body"))) is not None


@pytest.mark.parametrize(
    "odd", [line for line in ODD if line and line.partition(b":")[0] not in COMMON]
)
def test_a_message_with_an_unusual_line_is_left_to_the_full_parser(odd: bytes) -> None:
    assert recognise(b"\r\n".join((*INVITE, odd, b"", b"body"))) is None


@pytest.mark.parametrize("at", range(2, 7))
def test_a_header_said_twice_is_left_to_the_full_parser(at: int) -> None:
    data = b"\r\n".join((*INVITE, INVITE[at], b"", b"body"))
    assert recognise(data) is None
    with pytest.raises(SipParseError, match="More than one"):
        parse_fully(data)


def test_whoever_changes_a_line_changes_the_copy() -> None:
    quick = recognise(b"\r\n".join((*INVITE, b"", b"body")))
    assert isinstance(quick, Request)
    quick.headers[quick.names.index(b"contact")] = b"Contact: <sip:changed@192.0.2.9>"
    assert b"Contact: <sip:changed@192.0.2.9>" in forwarded_lines(quick)
