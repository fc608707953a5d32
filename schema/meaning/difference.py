"""One thing that a change means, as data: who, which numbers, when, from what to what."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from schema.automata import Dfa, describe
from schema.dialplan.numbering import Numbering
from schema.meaning.behaviour import Behaviour
from schema.meaning.hours import Hours

MORE_CHARACTERS = 3
"""Of numbers without end, those that are so much longer than the shortest are counted."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """Some numbers, described and counted."""

    but: int
    """So many numbers of users and hunt groups, which the patterns match, go on as before."""
    patterns: tuple[str, ...]
    """Shorter ones first."""
    complete: bool
    """Whether the patterns are all that it takes."""
    example: str
    """The shortest."""
    total: int | None
    """How many; None: without end."""
    longest: int
    """The length up to which `so_many` are counted."""
    so_many: int

    @classmethod
    def of(cls, every: Dfa, but: frozenset[str] = frozenset()) -> "Numbers | None":
        """`every` number but those of `but`, which are among them. None where there are none."""
        example = next((number for number in every.examples() if number not in but), None)
        if example is None:
            return None
        total = every.total
        longest = len(example) + MORE_CHARACTERS
        so_many = every.up_to(longest) - sum(len(number) <= longest for number in but)
        patterns, complete = describe(every)
        left = None if total is None else total - len(but)
        return cls(len(but), patterns, complete, example, left, longest, so_many)


class Found(NamedTuple):
    """A difference for the numbers of some atoms, or for somebody's."""

    labels: frozenset[int]
    """The patterns that match, for each atom."""
    hours: Hours
    at: datetime
    """A moment when it is so."""
    was: Behaviour
    now: Behaviour

    @property
    def told(self) -> tuple[object, ...]:
        """What differences have in common that are told together.

        What becomes of the number is told only where it is all that differs."""
        was, now = self.was.plainly, self.now.plainly
        if was == now:
            return self.hours, self.was._replace(rule=None), self.now._replace(rule=None)
        return self.hours, was, now


@dataclass(frozen=True, slots=True)
class Part:
    """Numbers of a difference that are written alike, and how numbers are written there."""

    found: Found
    numbers: Dfa
    old_numbering: Numbering
    new_numbering: Numbering


@dataclass(frozen=True, slots=True)
class Raw:
    """A difference before it has words."""

    callers: frozenset[str]
    every: Dfa
    but: frozenset[str]
    """Numbers of users and hunt groups, which go on as before."""
    parts: tuple[Part, ...]
    """At least one; their numbers together are `every`."""
    inbound: bool = False
    """Whether calls come from outside; the callers are gateways then."""

    @property
    def meaning(self) -> tuple[object, ...]:
        """Equal for callers who notice the same."""
        return (*self.parts[0].found.told, self.every, self.but)

    def __contains__(self, number: str) -> bool:
        return number in self.every and number not in self.but

    def of(self, number: str) -> Found:
        """What was found for one of the numbers."""
        return next(part for part in self.parts if number in part.numbers).found


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of calls."""

    text: str
    """Such as "refused, lacks international", "by pstn-a, then pstn-b", "user bob"."""
    status: int
    """200 where calls go somewhere, else the SIP status of the refusal."""
    gateways: tuple[str, ...] = ()
    number: str = ""
    """The example as it leaves, or is looked up inside."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that a change means."""

    who: str
    """Who notices: "group sales", "everybody", "callers by pstn-a"."""
    when: str
    """Such as "while office_hours is open"; empty: always."""
    at: datetime | None
    """A moment when it is so; None: always."""
    numbers: Numbers
    was: Outcome
    now: Outcome
    sentence: str
    kinds: tuple[str, ...]
    """Kinds of calls that it is about, such as "international"."""
    improves: bool
    """Calls for help are carried by all that carried them, and by more."""
    file: str
    line: int
    """Of the rule that decides now, or did; from 1, 0 when not known."""
