"""Messages out of messages: responses from requests, and copies for the next hop.

What needs no change is joined as it came: the text below the topmost Via where a message still has
it in one piece, else its lines. Nothing here decides anything: who calls says which Via, which
Route, which headers.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from functools import cache
from typing import Final

from engine.sip.wire.errors import SipParseError
from engine.sip.wire.fields import parse_address, split_list
from engine.sip.wire.message import Message, Request, Response
from engine.sip.wire.names import MARKS

REASONS: Final = {
    100: b"Trying", 200: b"OK", 202: b"Accepted", 400: b"Bad Request", 401: b"Unauthorized",
    403: b"Forbidden", 404: b"Not Found", 405: b"Method Not Allowed",
    406: b"Not Acceptable", 407: b"Proxy Authentication Required", 408: b"Request Timeout",
    412: b"Conditional Request Failed", 413: b"Request Entity Too Large",
    415: b"Unsupported Media Type", 416: b"Unsupported URI Scheme", 420: b"Bad Extension",
    421: b"Extension Required", 423: b"Interval Too Brief", 433: b"Anonymity Disallowed",
    480: b"Temporarily Unavailable", 481: b"Call/Transaction Does Not Exist",
    482: b"Loop Detected", 483: b"Too Many Hops", 484: b"Address Incomplete", 486: b"Busy Here",
    487: b"Request Terminated", 489: b"Bad Event",
    500: b"Server Internal Error", 502: b"Bad Gateway", 503: b"Service Unavailable",
    505: b"Version Not Supported", 513: b"Message Too Large", 603: b"Decline",
}  # fmt: skip

_RPORT: Final = re.compile(rb";[ \t]*rport[ \t]*(?:=[^;]*)?(?=;|$)", re.IGNORECASE)
_RECEIVED: Final = re.compile(rb";[ \t]*received[ \t]*(?:=[^;]*)?(?=;|$)", re.IGNORECASE)
_CONTENT_LENGTH: Final = re.compile(rb"^(?:Content-Length|l)[ \t]*:[^\r]*", re.I | re.M)
_ECHOED: Final = frozenset((b"via", b"from", b"to", b"call-id", b"cseq"))
_ECHOED_AT_ONCE: Final = _ECHOED | {b"timestamp"}
_REWRITTEN: Final = frozenset((b"via", b"max-forwards", b"route"))
_NO_NAMES: Final[frozenset[bytes]] = frozenset()


def note_source(request: Request, host: str, port: int) -> None:
    """Put the sender's address into the top Via (RFC 3261 section 18.2.1, RFC 3581 section 4).

    `host` and `port` are where the datagram came from; an IPv6 host has no brackets.
    """
    via = request.via
    asks = via.mentions(b"rport")
    source = host.encode()
    if not asks and via.host == source and not via.mentions(b"received"):
        return
    text = _RECEIVED.sub(b"", via.text)
    if asks:
        text = _RPORT.sub(b"", text) + b";rport=%d" % port
    if request.below is not None:
        request.top = b"Via: %s;received=%s" % (text, source)
        return
    position = request.names.index(b"via")
    rest = split_list(request.required(b"via"))[1:]
    text += b";received=" + source
    request.headers[position] = b"Via: " + b", ".join([text, *rest])


def response(
    request: Request,
    status: int,
    reason: bytes = b"",
    tag: bytes = b"",
    headers: Iterable[bytes] = (),
    body: bytes = b"",
) -> bytes:
    """A response of our own (section 8.2.6). `tag` is added to a To without one.

    `headers` are whole lines. Works on a BrokenRequest's request as well: it copies lines only.
    """
    start = b"SIP/2.0 %d %s" % (status, reason or REASONS.get(status, b""))
    if request.below is not None:
        lines = [start, _echo(request, tag)]
    else:
        lines = [start, *_lines_of(request, _ECHOED_AT_ONCE if status == 100 else _ECHOED)]
        if tag:
            to = request.line(b"to")
            lines[lines.index(to, 1)] = _with_tag(to, tag)
    lines += headers
    lines.append(b"Content-Length: %d\r\n\r\n" % len(body))
    return b"\r\n".join(lines) + body


def _echo(request: Request, tag: bytes) -> bytes:
    """What a response repeats of a request that is not laid out: it has no Timestamp."""
    to = request.to_text
    if tag and not request.recipient.tag:
        to += b";tag=" + tag
    return b"%s%s\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d %s" % (
        request.top, request.vias, request.from_text, to, request.call_id, *request.cseq
    )  # fmt: skip


def _with_tag(to: bytes, tag: bytes) -> bytes:
    try:
        known = parse_address(to.partition(b":")[2].strip(b" \t")).tag
    except SipParseError:
        return to
    return to if known else to + b";tag=" + tag


def via_lines(request: Request) -> list[bytes]:
    """The Vias that a request came with. An item may be several lines, as in `forwarded_lines`."""
    if request.below is not None:
        return [request.top + request.vias]
    return _lines_of(request, (b"via",))


def forwarded_lines(request: Request, drop: frozenset[bytes] = _NO_NAMES) -> list[bytes]:
    """Header lines that go on to the next hop: all but Via, Max-Forwards, Route and `drop`.

    Max-Forwards comes back lowered by one (section 16.6 step 3). What stays together as it came
    is one item, however many lines it has.
    """
    hops = request.max_forwards
    lines = [b"Max-Forwards: %d" % (hops - 1 if hops else 0)]
    if request.below is not None:
        rest = request.below[len(request.vias) :]
        lines.append(_not_forwarded(drop).sub(b"", rest)[2:])
        return lines
    left_out = drop | _REWRITTEN
    lines += [
        line
        for name, line in zip(request.names, request.headers, strict=True)
        if name not in left_out
    ]
    if b"content-length" not in request.names:
        lines.append(b"Content-Length: %d" % len(request.body))
    return lines


@cache
def _named(names: frozenset[bytes]) -> re.Pattern[bytes]:
    """Finds the headers of these names, the line break before each, in text below a topmost Via."""
    marks = [re.escape(MARKS[name]) for name in sorted(names) if name in MARKS]
    return re.compile(b"(?:%s)[^\r]*+" % b"|".join(marks) if marks else b"(?!)")


@cache
def _not_forwarded(drop: frozenset[bytes]) -> re.Pattern[bytes]:
    return _named(drop | _REWRITTEN)


def forwarded_request(
    method: str, uri: bytes, top: Sequence[bytes], lines: Sequence[bytes], body: bytes
) -> bytes:
    """A request for the next hop: `top` are the new Via, Record-Route and Route lines."""
    start = b"%s %s SIP/2.0" % (method.encode("ascii"), uri)
    return b"\r\n".join((start, *top, *lines)) + b"\r\n\r\n" + body


def forwarded_response(
    message: Response, extra: Sequence[bytes] = (), drop: frozenset[bytes] = _NO_NAMES
) -> bytes:
    """A response for the previous hop: the same without its top Via (section 16.7 step 3).

    `extra` lines are added; headers named in `drop` are left out.
    """
    below = message.below
    if below is None:
        below = b"".join(b"\r\n" + line for line in _lines_below(message, drop))
    elif drop:
        below = _named(drop).sub(b"", below)
    if extra:
        below = b"\r\n".join((below, *extra))
    return b"%s%s\r\n\r\n%s" % (message.start_line, below, message.body)


def _lines_below(message: Response, drop: frozenset[bytes]) -> list[bytes]:
    """Header lines of a response that is laid out, without its top Via and what is dropped."""
    below = message.required(b"via")[len(message.via.text) :].lstrip(b" \t,")
    lines, seen = [], False
    for name, line in zip(message.names, message.headers, strict=True):
        if name == b"via" and not seen:
            seen = True
            if below:
                lines.append(b"Via: " + below)
        elif name not in drop:
            lines.append(line)
    if b"content-length" not in message.names:
        lines.append(b"Content-Length: %d" % len(message.body))
    return lines


def with_body(message: bytes, body: bytes) -> bytes:
    """A message of ours, which has a Content-Length, with another body."""
    head, mark, _ = message.partition(b"\r\n\r\n")
    return _CONTENT_LENGTH.sub(b"Content-Length: %d" % len(body), head, count=1) + mark + body


def replace_body(message: Message, body: bytes) -> None:
    """Give a message that is to be forwarded another body."""
    message.body = body
    if message.value(b"content-length") is not None:
        position = message.names.index(b"content-length")
        message.headers[position] = b"Content-Length: %d" % len(body)


def _lines_of(message: Message, names: Collection[bytes]) -> list[bytes]:
    return [
        line for name, line in zip(message.names, message.headers, strict=True) if name in names
    ]


def _hop_by_hop(method: bytes, sent: Request, to: bytes) -> bytes:
    """ACK or CANCEL of a request that we sent ourselves: its URI, top Via, Route, identifiers."""
    lines = [method + b" " + sent.uri + b" SIP/2.0", sent.line(b"via")]
    lines += _lines_of(sent, (b"route", b"from", b"call-id"))
    lines += [to, b"CSeq: %d %s" % (sent.cseq[0], method)]
    lines.append(b"Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n")
    return b"\r\n".join(lines)


def acknowledgement(sent: Request, final: Response) -> bytes:
    """ACK for a final response other than 2xx (section 17.1.1.3)."""
    return _hop_by_hop(b"ACK", sent, final.line(b"to"))


def cancellation(sent: Request) -> bytes:
    """CANCEL of a pending INVITE (section 9.1)."""
    return _hop_by_hop(b"CANCEL", sent, sent.line(b"to"))
