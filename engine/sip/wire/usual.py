"""Messages written the usual way, recognised in one go.

Nearly every SIP message puts its Via first, spells the names of its headers as the RFC does, folds
no line and repeats nothing that must not be repeated. One regular expression tells such a message
and reads from it all that a proxy looks at. It is a third of the work of taking the lines apart.

It only ever says yes or "not sure": whatever it does not know is left to the full parser, which
alone decides what is wrong. A message that both accept must mean the same to both; the tests hold
them together.
"""

import re
from typing import Final

from engine.sip.wire.errors import SipParseError
from engine.sip.wire.fields import Via, parse_address, parse_cseq, parse_number, parse_origin
from engine.sip.wire.message import MAX_SIZE, METHODS, Request, Response
from engine.sip.wire.names import COMMON

_TEXT: Final = rb"[^\r]++(?<![ \t])"
"""A value without white space behind it. What is not CR is text: see _WHOLE_LINES."""
_ITEM: Final = rb"[^\r,\"<\t ][^\r,\"<]*+"
"""An item of a list that needs no quotes."""

_ONCE: Final = (
    (b"From", _TEXT),
    (b"To", _TEXT),
    (b"Call-ID", _TEXT),
    (b"CSeq", rb"(?:0|[1-9]\d{0,8}+) [A-Z]++"),
    (b"Max-Forwards", rb"\d{1,3}+"),
    (b"Content-Length", rb"\d{1,5}+"),
)
"""Headers that are read, of which there may be only one."""

_FIRST: Final = 14
"""Number of the first group of _ONCE in _USUAL."""


def _once(group: int, name: bytes, value: bytes) -> bytes:
    """A line that fails where its group has matched before."""
    return b"%s:[ \\t]*+(?(%d)(?!))(%s)" % (name, group, value)


_READ: Final = b"|".join(_once(_FIRST + at, *each) for at, each in enumerate(_ONCE))
_PASSED: Final = b"|".join(
    name for name in COMMON if name != b"Via" and name not in [read for read, _ in _ONCE]
)
_WHOLE_LINES: Final = rb"(?=(?:.{2,}+(?<=\r)\n)++\r\n)"
"""No LF without its CR up to the end of the headers. A CR without its LF fits nowhere else."""

_USUAL: Final = re.compile(
    _WHOLE_LINES
    + rb"(SIP/2\.0 ([1-6]\d\d) ([^\r]{0,1000}+)"  # start line: status and reason
    + rb"|([A-Z]++) ((?!<)[^ \r]{1,1000}+) SIP/2\.0)"  # or method and URI
    + rb"\r\nVia:[ \t]*+((SIP/2\.0/[A-Z]++ [^; \t\r,]++)"  # topmost Via; transport and sent-by
    + rb"((?:;rport)?+);branch=([^;=,\" \t\r]++)((?:;[^\r,\"]++(?<![ \t]))?+))"
    + rb"(?:,[ \t]*+(%s(?:,[ \t]*+%s)*+))?+" % (_ITEM, _ITEM)  # the same line may have more
    + rb"(((?:\r\nVia:[^\r]++)*+)"  # what is below it: first the other Vias
    + rb"(?:\r\n(?:%s|(?:%s):[^\r]*+)){5,200})\r\n\r\n" % (_READ, _PASSED)
)


def recognise(data: bytes) -> Request | Response | None:
    """The message if it is a usual one; None when the full parser must judge it."""
    match = _USUAL.match(data) if len(data) <= MAX_SIZE else None
    if match is None:
        return None
    try:
        if match[2] is None:
            return _request(data, match)
        return _response(data, match)
    except SipParseError:
        return None


def _response(data: bytes, match: re.Match[bytes]) -> Response | None:
    (
        start_line, status, reason, _, _, via, sender, rport, branch, parameters, others, below, _,
        from_text, to_text, call_id, sequence, _, length,
    ) = match.groups()  # fmt: skip
    if not (from_text and to_text and call_id and sequence and length):
        return None
    start = match.end()
    end = start + int(length)
    if end > len(data):
        return None
    if others:
        below = b"\r\nVia: " + others + below
    message = Response(start_line, data[start:end], below)
    message.status = int(status)
    message.reason = reason
    message.to_text = to_text
    message.top = b"Via: " + via
    message.via = Via(via, parse_origin(sender), branch, rport + parameters)
    message.cseq = parse_cseq(sequence)
    return message


def _request(data: bytes, match: re.Match[bytes]) -> Request | None:
    (
        start_line, _, _, method, uri, via, sender, rport, branch, parameters, others, below, vias,
        from_text, to_text, call_id, sequence, hops, length,
    ) = match.groups()  # fmt: skip
    if not (from_text and to_text and call_id and sequence and length):
        return None
    start = match.end()
    end = start + int(length)
    known, cseq = METHODS.get(method), parse_cseq(sequence)
    if end > len(data) or known is None or cseq[1] != method:
        return None
    if others:
        vias = b"\r\nVia: " + others + vias
        below = b"\r\nVia: " + others + below
    message = Request(start_line, data[start:end], below)
    message.method = known
    message.uri = uri
    message.top = b"Via: " + via
    message.via = Via(via, parse_origin(sender), branch, rport + parameters)
    message.vias = vias
    message.cseq = cseq
    message.from_text = from_text
    message.sender = parse_address(from_text)
    message.to_text = to_text
    message.recipient = parse_address(to_text)
    message.call_id = call_id
    message.hops = 70 if hops is None else parse_number(hops, 255)
    return message
