"""Messages cut from a stream, however it is chopped."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.sip.wire import SipParseError, StreamFramer


def message(body: bytes = b"", header: bytes = b"Content-Length") -> bytes:
    return b"OPTIONS sip:a@x SIP/2.0\r\n%s: %d\r\nX: y\r\n\r\n" % (header, len(body)) + body


@given(st.lists(st.binary(max_size=40), max_size=5), st.lists(st.integers(1, 60), min_size=1))
def test_messages_come_out_whole_however_the_stream_is_chopped(
    bodies: list[bytes], sizes: list[int]
) -> None:
    stream = b"".join(message(body) for body in bodies)
    framer, found, position, turn = StreamFramer(), [], 0, 0
    while position < len(stream):
        size = sizes[turn % len(sizes)]
        found += framer.feed(stream[position : position + size])[0]
        position, turn = position + size, turn + 1
    assert found == [message(body) for body in bodies]
    assert not framer.incomplete


@pytest.mark.parametrize("header", [b"l", b"CONTENT-LENGTH", b"Content-Length \t"])
def test_every_spelling_of_the_length_counts(header: bytes) -> None:
    assert StreamFramer().feed(message(b"abc", header))[0] == [message(b"abc", header)]


def test_a_ping_is_counted_and_a_lone_line_break_ignored() -> None:
    framer = StreamFramer()
    assert framer.feed(b"\r\n\r\n") == ([], 1)
    assert framer.feed(b"\r\n") == ([], 0)
    assert not framer.incomplete
    assert framer.feed(message()) == ([message()], 0)
    assert framer.feed(b"\r\n\r\n\r\n\r\n" + message()) == ([message()], 2)


def test_a_ping_may_arrive_in_pieces() -> None:
    framer = StreamFramer()
    assert framer.feed(b"\r\n\r") == ([], 0)
    assert framer.feed(b"\n") == ([], 1)


@pytest.mark.parametrize(
    "stream",
    [
        b"OPTIONS sip:a@x SIP/2.0\r\nContent-Length: -1\r\n\r\n",
        b"OPTIONS sip:a@x SIP/2.0\r\nContent-Length: 1\r\nl: 2\r\n\r\n",
        b"OPTIONS sip:a@x SIP/2.0\r\nContent-Length: 99999\r\n\r\n",
        b"x" * 70_000,
    ],
)
def test_a_stream_beyond_repair_is_an_error(stream: bytes) -> None:
    with pytest.raises(SipParseError):
        StreamFramer().feed(stream)


@given(st.lists(st.binary(max_size=50), max_size=10))
def test_only_a_parse_error_escapes_whatever_the_stream(chunks: list[bytes]) -> None:
    framer = StreamFramer(limit=200)
    try:
        for chunk in chunks:
            framer.feed(chunk)
    except SipParseError:
        pass
