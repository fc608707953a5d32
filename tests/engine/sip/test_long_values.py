"""One datagram costs what it costs to read it, however its text is made to be read again and again.

A pattern that goes back over a long value for each of its characters takes minutes for what fits
into a datagram, and nobody has to prove who they are to send one.
"""

import time

import pytest

from engine.sip.digest.credentials import parse_credentials
from engine.sip.wire import SipParseError, parse_message
from engine.sip.wire.framing import StreamFramer

LONG = 60_000
SECONDS = 1.0
"""Far more than needed, and a hundredth of what going back would take."""


def options(*, via: str = "SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bK-1", more: str = "") -> bytes:
    lines = (
        "OPTIONS sip:201@192.0.2.1 SIP/2.0",
        f"Via: {via}",
        "From: <sip:alice@example.test>;tag=1",
        "To: <sip:201@example.test>",
        "Call-ID: 1@192.0.2.9",
        "CSeq: 7 OPTIONS",
        *([more] if more else []),
        "Content-Length: 0",
    )
    return "\r\n".join((*lines, "", "")).encode()


SPACES = " " * LONG
MESSAGES = {
    "before the port": options(via=f"SIP/2.0/UDP a{SPACES}x;branch=z9hG4bK-1"),
    "behind the port": options(via=f"SIP/2.0/UDP a:5{SPACES}x;branch=z9hG4bK-1"),
    "around the protocol": options(via=f"SIP{SPACES}x/2.0/UDP a;branch=z9hG4bK-1"),
    "before a fold": options(more=f"Subject: a{SPACES}b\r\n c"),
    "of colons in a URI": options(more="Subject: x").replace(b"sip:201", b"sip:" + b"a:" * 4000),
    "of quotes": options(more='Contact: "' + '"' * LONG),
    "of opened brackets": options(more="Contact: " + "<" * LONG),
    "of escapes": options(more='Contact: "' + "\\" * LONG),
    "of commas": options(more="Route: " + "<sip:a>," * (LONG // 8)),
    "of parameters": options(via="SIP/2.0/UDP a" + ";rport" * (LONG // 6)),
}


@pytest.mark.parametrize("shape", MESSAGES)
def test_a_long_value_is_read_once(shape: str) -> None:
    began = time.perf_counter()
    for data in (MESSAGES[shape], MESSAGES[shape].replace(b"Contact", b"To")):
        try:
            message = parse_message(data)
            for name in (b"contact", b"route", b"via"):
                message.values(name)
            message.via.mentions(b"received")
        except SipParseError:
            pass
    assert time.perf_counter() - began < SECONDS


@pytest.mark.parametrize(
    "value",
    ["a" * LONG, f"x=1{SPACES}!", f"x{SPACES}!", "," * LONG, 'a="' * LONG, 'a="\\' * LONG],
    ids=["a name", "a pause", "a pause in it", "commas", "quotes", "escapes"],
)
def test_long_credentials_are_read_once(value: str) -> None:
    began = time.perf_counter()
    parse_credentials(b"Digest " + value.encode())
    assert time.perf_counter() - began < SECONDS


@pytest.mark.parametrize("length", [f"x{SPACES}y", f"{SPACES}y", f"\r\n{SPACES}y"])
def test_a_long_length_in_a_stream_is_read_once(length: str) -> None:
    began = time.perf_counter()
    with pytest.raises(SipParseError):
        StreamFramer().feed(options(more=f"l: {length}"))
    assert time.perf_counter() - began < SECONDS
