"""Which kinds of calls a difference is about: those that somebody should approve.

A number counts by what it is when it leaves, read as it would be dialled where the caller is; a
call by a rule of that type counts as well. Numbers for help count as they are dialled, too.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache

from schema.automata import Dfa, preimage
from schema.dialplan.classes import Classes
from schema.dialplan.numbering import Numbering
from schema.dialplan.pattern import parse_pattern
from schema.dialplan.template import Template
from schema.meaning.behaviour import Behaviour
from schema.meaning.writing import Writing

TOLD = ("emergency", "international", "premium", "shared_cost", "inbound")
"""Kinds in the order in which they are told: what costs much, or is somebody's life."""


def in_order(found: Iterable[str]) -> tuple[str, ...]:
    """Kinds as they are told; others are not."""
    known = set(found)
    return tuple(kind for kind in TOLD if kind in known)


def kinds_of(
    behaviour: Behaviour, numbers: Dfa, numbering: Numbering, classes: Classes
) -> Iterator[str]:
    """The kinds of calls that some of `numbers` are, of which all are written alike."""
    help_ = classes.get("emergency", ())
    if behaviour.emergency or numbers.meets(_class(help_)):
        yield "emergency"
    if behaviour.kind != "leaves" or behaviour.writing is None:
        return
    if behaviour.rule is not None:
        yield behaviour.rule.type
    if numbers.meets(_leaving_as(help_, behaviour.writing, None)):
        yield "emergency"
    for kind, patterns in classes.items():
        told = kind in TOLD and kind != "emergency"
        if told and numbers.meets(_leaving_as(patterns, behaviour.writing, numbering)):
            yield kind


def kinds_of_number(number: str, numbering: Numbering, classes: Classes) -> Iterator[str]:
    """The kinds of one number as it leaves."""
    read = numbering.e164(number) if number else ""
    for kind, patterns in classes.items():
        if (number if kind == "emergency" else read) in _class(patterns):
            yield kind


@lru_cache(maxsize=1024)
def _leaving_as(patterns: tuple[str, ...], writing: Writing, numbering: Numbering | None) -> Dfa:
    """The numbers, as dialled, that leave as one of these, read as E.164 with a `numbering`."""
    numbers = _class(patterns)
    if numbering is not None:
        numbers = _before_e164(numbers, numbering)
    if writing.numbering is not None:
        numbers = _before_e164(numbers, writing.numbering)
    return preimage(numbers, writing.template)


def _before_e164(numbers: Dfa, numbering: Numbering) -> Dfa:
    """All of which Numbering.e164 makes one of `numbers`."""
    code = f"+{numbering.country_code}"
    left = ~_beginning("+")
    result = numbers & _beginning("+")
    for prefix, put in ((numbering.international_prefix, "+"), (numbering.national_prefix, code)):
        if prefix:
            begun = left & _beginning(prefix)
            result |= begun & preimage(numbers, Template(put, "", len(prefix)))
            left -= _beginning(prefix)
    if numbering.area_code:
        lengths = _of_lengths(numbering.local_lengths)
        local = preimage(numbers, Template(code + numbering.area_code, ""))
        result |= left & lengths & local
        left -= lengths
    return result | (left & preimage(numbers, Template(code, "")))


@lru_cache(maxsize=64)
def _class(patterns: tuple[str, ...]) -> Dfa:
    return Dfa.of_patterns([parse_pattern(text) for text in patterns])


@lru_cache(maxsize=64)
def _beginning(prefix: str) -> Dfa:
    return Dfa.of_patterns([parse_pattern(prefix + "!")])


@lru_cache(maxsize=64)
def _of_lengths(lengths: tuple[int, ...]) -> Dfa:
    """Numbers of these lengths; all of them where none is told."""
    if not lengths:
        return ~Dfa.nothing()
    any_character = "[0-9*#+]"
    return Dfa.of_patterns([parse_pattern(any_character * length) for length in lengths])
