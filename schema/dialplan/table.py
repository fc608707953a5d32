"""The route table: everything a call's route depends on, as data.

Knows numbers, rules and hours, but not the tree that they come from (compile.py does) and not
what to do with a call (route.py does). Immutable; equal trees make equal tables; standard library
only, so that any process can load one from JSON and interpret it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from schema.dialplan.index import PatternIndex
from schema.dialplan.pattern import Pattern, parse_pattern
from schema.dialplan.schedule import Hours, Timetable


class RuleEntry(NamedTuple):
    """One rule of the dial plan, in the plan's order."""

    name: str
    emergency: bool
    enabled: bool
    patterns: tuple[str, ...]
    strip: int
    prepend: str
    dial: str | None
    via: tuple[str, ...]
    """Gateways in order; without any, the number is looked up among the users."""
    permissions: tuple[str, ...]
    when: str | None
    file: str
    line: int
    """From 1; 0 when not known."""

    def transform(self, number: str) -> str:
        """The number as it leaves: replaced by `dial`, or stripped and then prepended to."""
        return self.dial if self.dial is not None else self.prepend + number[self.strip :]


class ForwardEntry(NamedTuple):
    """One forwarding of a user."""

    to: str
    after: float
    """Seconds after the user began to ring."""
    when: str | None


class UserEntry(NamedTuple):
    """What matters of a user, as a caller and as a callee."""

    enabled: bool
    permissions: frozenset[str]
    """The user's own with those of groups and site."""
    caller_id: str | None
    forwards: tuple[ForwardEntry, ...]


class GatewayEntry(NamedTuple):
    """What matters of a gateway."""

    enabled: bool
    caller_id: str | None
    answer_within: float
    """Seconds."""


class Numbering(NamedTuple):
    """How the region writes numbers, to read what gateways send. Empty: there is no such prefix."""

    country_code: str
    national_prefix: str
    international_prefix: str

    def spellings(self, number: str) -> tuple[str, ...]:
        """E.164 numbers that `number` may mean, most literal first."""
        if number.startswith("+"):
            return ()
        readings = ["+" + number, f"+{self.country_code}{number}"]
        if self.international_prefix and number.startswith(self.international_prefix):
            readings.append("+" + number[len(self.international_prefix) :])
        if self.national_prefix and number.startswith(self.national_prefix):
            readings.append(f"+{self.country_code}{number[len(self.national_prefix) :]}")
        return tuple(readings)


@dataclass(frozen=True, slots=True)
class RouteTable:
    """A compiled dial plan with everything that it can reach."""

    rules: tuple[RuleEntry, ...]
    users: Mapping[str, UserEntry]
    numbers: Mapping[str, str]
    """Extension, alias, DID or id → id of the user."""
    gateways: Mapping[str, GatewayEntry]
    schedules: Mapping[str, Timetable]
    numbering: Numbering

    index: PatternIndex = field(init=False, repr=False, compare=False)
    """Over the patterns of all enabled rules, in order."""
    owners: tuple[int, ...] = field(init=False, repr=False, compare=False)
    """For each pattern of the index its rule's place in `rules`."""
    rule_patterns: tuple[int, ...] = field(init=False, repr=False, compare=False)
    """For each rule the set of its patterns."""
    emergency_patterns: int = field(init=False, repr=False, compare=False)
    """The set of all patterns of emergency rules."""

    def __post_init__(self) -> None:
        patterns: list[Pattern] = []
        owners: list[int] = []
        sets: list[int] = []
        for place, rule in enumerate(self.rules):
            own = [parse_pattern(text) for text in rule.patterns] if rule.enabled else []
            sets.append(((1 << len(own)) - 1) << len(patterns))
            owners.extend([place] * len(own))
            patterns.extend(own)
        emergency = (s for s, rule in zip(sets, self.rules, strict=True) if rule.emergency)
        object.__setattr__(self, "index", PatternIndex(patterns))
        object.__setattr__(self, "owners", tuple(owners))
        object.__setattr__(self, "rule_patterns", tuple(sets))
        object.__setattr__(self, "emergency_patterns", sum(emergency))

    def is_emergency(self, number: str) -> bool:
        """Whether an emergency rule takes that number."""
        return bool(self.index.matching(number) & self.emergency_patterns)

    def emergency_number(self) -> str:
        """The first emergency number that is written out in full; empty when none is."""
        rules = (rule for rule in self.rules if rule.enabled and rule.emergency)
        patterns = (parse_pattern(text) for rule in rules for text in rule.patterns)
        plain = (
            "".join(p.symbols) for p in patterns if not p.tail and set(map(len, p.symbols)) == {1}
        )
        return next(plain, "")

    def to_json(self) -> dict[str, Any]:
        """Plain dictionaries, lists, strings, numbers; equal tables give equal results."""
        return {
            "rules": [_rule_to_json(rule) for rule in self.rules],
            "users": {id_: _user_to_json(user) for id_, user in self.users.items()},
            "numbers": dict(self.numbers),
            "gateways": {id_: gateway._asdict() for id_, gateway in self.gateways.items()},
            "schedules": {id_: _timetable_to_json(t) for id_, t in self.schedules.items()},
            "numbering": self.numbering._asdict(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "RouteTable":
        """The inverse of `to_json`. KeyError, TypeError or ValueError for anything else."""
        return cls(
            rules=tuple(_rule_from_json(rule) for rule in data["rules"]),
            users={id_: _user_from_json(user) for id_, user in data["users"].items()},
            numbers=dict(data["numbers"]),
            gateways={id_: GatewayEntry(**gateway) for id_, gateway in data["gateways"].items()},
            schedules={id_: _timetable_from_json(t) for id_, t in data["schedules"].items()},
            numbering=Numbering(**data["numbering"]),
        )


def _rule_to_json(rule: RuleEntry) -> dict[str, Any]:
    lists = {"patterns": rule.patterns, "via": rule.via, "permissions": rule.permissions}
    return rule._asdict() | {name: list(values) for name, values in lists.items()}


def _rule_from_json(data: Mapping[str, Any]) -> RuleEntry:
    lists = {name: tuple(data[name]) for name in ("patterns", "via", "permissions")}
    return RuleEntry(**{**data, **lists})


def _user_to_json(user: UserEntry) -> dict[str, Any]:
    return {
        "enabled": user.enabled,
        "permissions": sorted(user.permissions),
        "caller_id": user.caller_id,
        "forwards": [forward._asdict() for forward in user.forwards],
    }


def _user_from_json(data: Mapping[str, Any]) -> UserEntry:
    return UserEntry(
        data["enabled"],
        frozenset(data["permissions"]),
        data["caller_id"],
        tuple(ForwardEntry(**forward) for forward in data["forwards"]),
    )


def _timetable_to_json(timetable: Timetable) -> dict[str, Any]:
    return {
        "timezone": timetable.timezone,
        "week": [[list(hours) for hours in day] for day in timetable.week],
        "dates": {day: [list(h) for h in hours] for day, hours in timetable.dates.items()},
        "closed": sorted(timetable.closed),
    }


def _timetable_from_json(data: Mapping[str, Any]) -> Timetable:
    return Timetable(
        data["timezone"],
        tuple(tuple(Hours(*hours) for hours in day) for day in data["week"]),
        {day: tuple(Hours(*h) for h in hours) for day, hours in data["dates"].items()},
        frozenset(data["closed"]),
    )
