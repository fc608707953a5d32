"""Session descriptions and bencoding: what is read, what is corrected, and what escapes."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.sip.nat.bencode import BencodeError, decode, encode
from engine.sip.nat.sdp import MAX_SIZE, corrected, description_of, parse_session
from engine.sip.wire import Request, SipParseError, parse_message
from engine.sip.wire.build import with_body

PHONE = b"""\
v=0
o=- 20518 0 IN IP4 192.168.1.9
s=-
c=IN IP4 192.168.1.9
t=0 0
a=sendonly
m=audio 54400 RTP/AVP 0 96
a=rtcp:54401 IN IP4 192.168.1.9
m=video 55400/2 RTP/SAVP 97 98
c=IN IP4 10.0.0.3/127
a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x
a=inactive
""".replace(b"\n", b"\r\n")

BROWSER = b"""\
v=0
o=- 4611731400430051336 2 IN IP4 127.0.0.1
s=-
t=0 0
m=audio 9 UDP/TLS/RTP/SAVPF 111
c=IN IP4 0.0.0.0
a=ice-ufrag:4ZcD
a=fingerprint:sha-256 AA
"""


def test_a_description_is_read() -> None:
    session = parse_session(PHONE)

    audio, video = session.media
    assert audio == ("audio", 54400, "RTP/AVP", "192.168.1.9", "sendonly")
    assert video == ("video", 55400, "RTP/SAVP", "10.0.0.3", "inactive")
    assert (session.ice, session.secured, session.for_browsers) == (False, True, False)


def test_a_browsers_description_is_known_by_its_transport() -> None:
    session = parse_session(BROWSER)
    assert (session.ice, session.secured, session.for_browsers) == (True, True, True)


def test_private_addresses_are_corrected_and_nothing_else() -> None:
    """Neither the origin, nor what is no single address."""
    expected = PHONE.replace(b"c=IN IP4 192.168.1.9", b"c=IN IP4 198.51.100.7")
    expected = expected.replace(b":54401 IN IP4 192.168.1.9", b":54401 IN IP4 198.51.100.7")
    assert corrected(PHONE, "198.51.100.7") == expected


@pytest.mark.parametrize(
    "body",
    [
        BROWSER.replace(b"0.0.0.0", b"192.168.1.9"),
        PHONE.replace(b"192.168.1.9", b"0.0.0.0"),
        PHONE.replace(b"192.168.1.9", b"192.0.2.7"),
        PHONE.replace(b"IP4 192.168.1.9", b"IP6 fd00::9"),
        PHONE.replace(b"192.168.1.9", b"phone.example.net"),
    ],
    ids=["ice", "hold", "public", "six", "name"],
)
def test_who_knows_better_is_not_corrected(body: bytes) -> None:
    assert corrected(body, "198.51.100.7") == body


@pytest.mark.parametrize(
    "body",
    [
        b"", b"v=1\r\n", PHONE[1:], PHONE.replace(b"s=-", b"s"),
        PHONE.replace(b"54400", b"99999"), PHONE.replace(b"IN IP4 10", b"IN IP9 10"),
        b"v=0\r\n" + b"a=x\r\n" * 2000, b"v=0\r\na=" + b"x" * MAX_SIZE,
        b"v=0\r\n" + b"m=audio 1 RTP/AVP 0\r\n" * 40,
    ],
)  # fmt: skip
def test_what_is_no_description_is_refused(body: bytes) -> None:
    with pytest.raises(SipParseError):
        parse_session(body)


def invite(kind: bytes) -> Request:
    request = parse_message(
        b"INVITE sip:b@example.test SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\n"
        b"From: <sip:a@example.test>;tag=1\r\nTo: <sip:b@example.test>\r\nCall-ID: 1\r\n"
        b"CSeq: 1 INVITE\r\nc: %s\r\nl: 4\r\n\r\nbody" % kind
    )
    assert isinstance(request, Request)
    return request


def test_only_a_body_that_is_a_description_is_looked_at() -> None:
    assert description_of(invite(b"application/sdp")) == b"body"
    assert description_of(invite(b"Application/SDP ; charset=utf-8")) == b"body"
    assert description_of(invite(b"multipart/mixed;boundary=application/sdp")) == b""


def test_another_body_comes_with_its_length() -> None:
    sent = b"SIP/2.0 200 OK\r\nX: l:\r\nl : 4\r\n\r\nbody"
    assert with_body(sent, b"longer") == (
        b"SIP/2.0 200 OK\r\nX: l:\r\nContent-Length: 6\r\n\r\nlonger"
    )


@given(st.binary(max_size=400) | st.lists(st.sampled_from(PHONE.split(b"\r\n")), max_size=20).map(
    lambda lines: b"v=0\r\n" + b"\r\n".join(lines)
))  # fmt: skip
def test_only_a_parse_error_leaves_the_reader(body: bytes) -> None:
    with contextlib.suppress(SipParseError):
        parse_session(body)
    with contextlib.suppress(SipParseError):
        parse_session(corrected(body, "198.51.100.7"))


VALUES = st.recursive(
    st.integers(-(10**17), 10**17) | st.binary(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=15,
)


@given(VALUES)
def test_what_is_encoded_is_decoded(value: object) -> None:
    assert decode(encode(value)) == _with_bytes(value)  # type: ignore[arg-type]


def _with_bytes(value: object) -> object:
    if isinstance(value, dict):
        return {key.encode(): _with_bytes(item) for key, item in value.items()}
    return [_with_bytes(item) for item in value] if isinstance(value, list) else value


@given(st.binary(max_size=200) | st.text("0123456789dlie:-", max_size=60).map(str.encode))
def test_only_a_bencode_error_leaves_the_decoder(data: bytes) -> None:
    with contextlib.suppress(BencodeError):
        decode(data)


def test_bencoding_is_bounded() -> None:
    for bomb in (b"l" * 50_000, b"l" + b"i1e" * 20_000 + b"e", b"999999:x", b"i" + b"9" * 9999):
        with pytest.raises(BencodeError):
            decode(bomb)
