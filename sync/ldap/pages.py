"""Searches, page by page (RFC 2696), to the end or not at all.

May know: ldap3's answers. May not: what an attribute means. Referrals in an answer are counted and
not followed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import ldap3

from schema.collector import collector_paused
from sync.ldap import reasons
from sync.ldap.connect import asking, url_of
from sync.ldap.errors import SearchRefused, ServerFailed

_PAGED_RESULTS: Final = "1.2.840.113556.1.4.319"
_SCOPES: Final[Mapping[str, Any]] = {
    "subtree": ldap3.SUBTREE, "level": ldap3.LEVEL, "base": ldap3.BASE
}  # fmt: skip
_CUT_SHORT: Final = (3, 4, 11)
"""timeLimitExceeded, sizeLimitExceeded, adminLimitExceeded: what came before is right."""
LONGEST_VALUE: Final = 4096
"""Bytes of a value that are looked at; longer ones are no names and no numbers."""
MOST_VALUES: Final = 5000
"""Values of one attribute that are looked at."""


@dataclass(frozen=True, slots=True)
class Found:
    """One entry of a directory: its DN, and values by the attribute's name in lower case."""

    dn: str
    values: Mapping[str, Sequence[bytes]]


@dataclass(frozen=True, slots=True)
class Search:
    """What is asked."""

    base: str
    filter: str
    scope: str
    attributes: tuple[str, ...]
    page_size: int
    most: int
    """More entries are not believed."""


@dataclass(slots=True)
class Answer:
    """All that came. `complete` once the last page did; `cut_short` says why there is no more."""

    found: list[Found] = field(default_factory=list)
    referrals: set[str] = field(default_factory=set)
    complete: bool = False
    cut_short: str = ""


def search(connection: ldap3.Connection, directory_id: str, asked: Search) -> Answer:
    """Ask for all pages. ServerFailed when the server breaks off, SearchRefused when it will not.

    When it stops at a limit of its own, the answer has what came until then.
    """
    answer, cookie = Answer(), b""
    while True:
        result = _page(connection, asked, cookie, answer)
        code = int(result.get("result", -1))
        if code in reasons.BUSY:
            raise ServerFailed(url_of(connection), "is busy")
        if code in _CUT_SHORT and answer.found:
            answer.cut_short = reasons.of_result(result)
            return answer
        if code != 0:
            reason = f"will not search {asked.base}: it {reasons.of_result(result)}"
            raise SearchRefused(directory_id, url_of(connection), reason)
        if len(answer.found) > asked.most:
            reason = (
                f"has more than {asked.most} people there: narrow the filter, or raise max_people"
            )
            raise SearchRefused(directory_id, url_of(connection), reason)
        cookie = _cookie(result)
        if not cookie:
            answer.complete = True
            return answer


def _page(
    connection: ldap3.Connection, asked: Search, cookie: bytes, answer: Answer
) -> Mapping[str, Any]:
    """Ask for one page, add what it brings to the answer, and return the result."""
    with asking(connection), collector_paused():
        connection.search(
            asked.base, asked.filter, _SCOPES[asked.scope], attributes=list(asked.attributes),
            paged_size=asked.page_size, paged_cookie=cookie or None,
        )  # fmt: skip
        for response in connection.response or ():
            if response["type"] == "searchResEntry":
                answer.found.append(_entry(response))
            elif response["type"] == "searchResRef":
                answer.referrals.update(str(uri)[:200] for uri in response["uri"][:10])
    result: Mapping[str, Any] = connection.result or {}
    return result


def _entry(response: Mapping[str, Any]) -> Found:
    return Found(str(response["dn"]), dict(_values(response["raw_attributes"])))


def _values(raw: Mapping[str, Sequence[bytes]]) -> Iterator[tuple[str, Sequence[bytes]]]:
    for name, values in raw.items():
        kept = [value for value in values[:MOST_VALUES] if 0 < len(value) <= LONGEST_VALUE]
        yield name.partition(";")[0].lower(), kept


def _cookie(result: Mapping[str, Any]) -> bytes:
    control = (result.get("controls") or {}).get(_PAGED_RESULTS)
    cookie = control["value"]["cookie"] if control else b""
    return bytes(cookie or b"")
