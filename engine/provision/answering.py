"""A file as the answer to an HTTP request: whole, in part, or not again. Pure.

RFC 9110 sections 13.2.2 (conditions) and 14 (ranges).
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache
from typing import Final, NamedTuple

from engine.provision.listing import Body
from engine.provision.ranges import Unsatisfiable, wanted_part

REASONS: Final = {
    200: "OK", 201: "Created", 206: "Partial Content", 302: "Found", 304: "Not Modified",
    404: "Not Found", 405: "Method Not Allowed", 413: "Content Too Large",
    416: "Range Not Satisfiable", 429: "Too Many Requests", 500: "Internal Server Error",
}  # fmt: skip
_WORDS: Final = {
    201: "",
    404: "not found",
    405: "only GET and HEAD are possible here",
    413: "too large",
    429: "too many requests for files that do not exist",
    500: "this file cannot be made at the moment",
}
_TAG: Final = re.compile(r'"([^"]*)"')


class Answer(NamedTuple):
    """What goes back. Content-Length and Date are added by whoever sends it."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""
    close: bool = False
    """Whether the connection is closed behind it."""


def plain(status: int) -> Answer:
    """A few words. 429 closes the connection."""
    headers = [("Content-Type", "text/plain; charset=utf-8"), ("Server", "Dialtree")]
    if status == 405:
        headers.append(("Allow", "GET, HEAD"))
    text = _WORDS[status]
    return Answer(status, tuple(headers), f"{text}\n".encode() if text else b"", status == 429)


def redirect(url: str) -> Answer:
    """Somewhere else, for now."""
    headers = (("Location", url), ("Cache-Control", "no-store"), ("Server", "Dialtree"))
    return Answer(302, headers)


def answer_with(
    headers: Mapping[str, str], content_type: str, body: Body, modified: datetime
) -> Answer:
    """200, 206, 304 or 416. `headers` are the request's; a HEAD's answer is cut by who sends it."""
    told = (
        ("ETag", body.etag),
        ("Last-Modified", http_date(modified)),
        ("Cache-Control", "private, no-cache"),
        ("Accept-Ranges", "bytes"),
        ("Server", "Dialtree"),
    )
    if _unchanged(headers, body.etag, modified):
        return Answer(304, told)
    wanted = headers.get("Range")
    if wanted is not None and _still_that(headers.get("If-Range"), body.etag, modified):
        try:
            part = wanted_part(wanted, len(body.content))
        except Unsatisfiable:
            return Answer(416, (*told, ("Content-Range", f"bytes */{len(body.content)}")))
        if part is not None:
            more = ("Content-Type", content_type), ("Content-Range", part.header(len(body.content)))
            return Answer(206, (*more, *told), body.content[part.first : part.last + 1])
    return Answer(200, (("Content-Type", content_type), *told), body.content)


@lru_cache(maxsize=64)
def http_date(moment: datetime) -> str:
    """As in Last-Modified. Few revisions made all the files."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def _unchanged(headers: Mapping[str, str], etag: str, modified: datetime) -> bool:
    """If-None-Match rules out If-Modified-Since."""
    tags = headers.get("If-None-Match")
    if tags is not None:
        return tags.strip() == "*" or etag.strip('"') in _TAG.findall(tags)
    since = _date(headers.get("If-Modified-Since"))
    return since is not None and modified.replace(microsecond=0) <= since


def _still_that(condition: str | None, etag: str, modified: datetime) -> bool:
    """If-Range: the part is wanted of this very file only (strong comparison)."""
    if condition is None:
        return True
    return condition.strip() == etag or _date(condition) == modified.replace(microsecond=0)


def _date(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
