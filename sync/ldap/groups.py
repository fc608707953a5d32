"""Groups and sites of people: from attributes, from parts of their DN, from memberOf, by a map."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Final

from schema.directories import Reading
from schema.models import Directory
from sync.ldap.notes import Notes
from sync.ldap.pages import Found
from sync.ldap.values import NamePart, folded, name_parts, same_name, texts

_NOT_OF_IDS: Final = re.compile(r"[^a-z0-9._-]+")
_LETTERS: Final = str.maketrans({"ß": "ss", "æ": "ae", "ø": "o", "œ": "oe", "ł": "l", "đ": "d"})

Told = tuple[str, str]
"""A name that stands for a group or a site, and the whole DN where it is one of memberOf."""


class Groups:
    """The groups of somebody."""

    def __init__(self, directory: Directory, reading: Reading, notes: Notes) -> None:
        self._attributes, self._member_of = reading.group_attributes, reading.member_of
        self._parts = _parts(directory, directory.groups.dn)
        self._map = None if directory.groups.map is None else _Map(directory.groups.map)
        self._notes = notes

    def of(self, found: Found) -> list[str]:
        """Ids of groups, sorted. Without a map, what the directory says, as ids are written."""
        told = _told(found, self._attributes, self._parts, self._member_of)
        named = {self._group(found, one) for one in told}
        return sorted(group for group in named if group)

    def _group(self, found: Found, told: Told) -> str:
        if self._map is not None:
            return self._map.of(told)
        group = as_id(told[0])
        if not group:
            message = f'{found.dn}: "{told[0][:64]}" cannot be a group'
            self._notes.say("PBX1816", message, "give it an id: groups: {map: {…: sales}}")
        return group


class Sites:
    """The site of somebody."""

    def __init__(self, directory: Directory) -> None:
        wanted = directory.sites
        self._attributes = wanted.attributes if wanted else ()
        self._member_of = wanted.member_of if wanted else False
        self._parts = _parts(directory, wanted.dn if wanted else ())
        self._map = _Map(wanted.map if wanted else {})

    def of(self, found: Found) -> str | None:
        """The first that the map knows: of the attributes, then the DN, then memberOf."""
        told = _told(found, self._attributes, self._parts, self._member_of)
        return next(filter(None, map(self._map.of, told)), None)


class _Map:
    """Names and DNs that stand for something else, whatever their case."""

    def __init__(self, entries: Mapping[str, str]) -> None:
        self._by_name = {folded(name): id_ for name, id_ in entries.items()}
        self._by_dn = {same_name(name): id_ for name, id_ in entries.items() if "=" in name}

    def of(self, told: Told) -> str:
        name, dn = told
        return (self._by_dn.get(same_name(dn), "") if dn else "") or self._by_name.get(
            folded(name), ""
        )


def as_id(name: str) -> str:
    """A name as ids are written: "Geschäftsführung Süd" → "geschaftsfuhrung-sud"; or ""."""
    plain = unicodedata.normalize("NFKD", name.casefold().translate(_LETTERS))
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    return _NOT_OF_IDS.sub("-", plain).strip("-._")[:63].rstrip("-._")


class _Parts:
    """The parts of a DN below the bases: those of the bases are everybody's."""

    def __init__(self, bases: list[tuple[NamePart, ...]], wanted: frozenset[str]) -> None:
        self._bases = bases
        self._wanted = wanted

    def of(self, dn: str) -> Iterator[str]:
        """Their values, from the person upwards."""
        if not self._wanted:
            return
        whole = same_name(dn)
        above = max((len(base) for base in self._bases if whole[-len(base) :] == base), default=0)
        own = name_parts(dn)[: len(whole) - above]
        yield from (value for name, value in own if name in self._wanted)


def _parts(directory: Directory, wanted: tuple[str, ...]) -> _Parts:
    bases = [base for base in map(same_name, directory.bases) if base]
    return _Parts(bases, frozenset(name.lower() for name in wanted))


def _told(
    found: Found, attributes: tuple[str, ...], parts: _Parts, member_of: bool
) -> Iterator[Told]:
    for attribute in attributes:
        for text in texts(found, attribute):
            # Such as `department` has names, `manager` or `memberOf` have DNs.
            yield from [_group_told(text)] if "=" in text and name_parts(text) else [(text, "")]
    yield from ((value, "") for value in parts.of(found.dn))
    if member_of:
        for text in texts(found, "memberOf"):
            if name_parts(text):
                yield _group_told(text)


def _group_told(dn: str) -> Told:
    return name_parts(dn)[0][1], dn
