"""The route table: everything a call's route depends on, as data.

Knows numbers, rules and hours, but not the tree that they come from (compile.py does) and not
what to do with a call (route.py does). Immutable; equal trees make equal tables; standard library
only, so that any process can load one from JSON (serial.py) and interpret it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from schema.dialplan.index import PatternIndex
from schema.dialplan.numbering import Numbering
from schema.dialplan.pattern import Pattern, parse_pattern
from schema.dialplan.rows import (
    GatewayEntry,
    HuntGroupEntry,
    Inward,
    RuleEntry,
    SiteEntry,
    UserEntry,
)
from schema.dialplan.schedule import Timetable

NO_LIMITS = Inward()


class RuleSet:
    """Rules that are asked together, and the index over the patterns of those enabled."""

    __slots__ = ("emergency", "index", "own", "owners", "patterns", "rules")

    def __init__(self, rules: Iterable[RuleEntry]) -> None:
        self.rules = tuple(rules)
        patterns: list[Pattern] = []
        owners: list[int] = []
        own: list[int] = []
        for place, rule in enumerate(self.rules):
            read = [parse_pattern(text) for text in rule.patterns] if rule.enabled else []
            own.append(((1 << len(read)) - 1) << len(patterns))
            owners.extend([place] * len(read))
            patterns.extend(read)
        self.patterns = tuple(patterns)
        """Those of enabled rules, in order."""
        self.index = PatternIndex(patterns)
        self.owners = tuple(owners)
        """For each pattern of the index its rule's place in `rules`."""
        self.own = tuple(own)
        """For each rule the set of its patterns."""
        emergency = (s for s, rule in zip(own, self.rules, strict=True) if rule.emergency)
        self.emergency = sum(emergency)
        """The set of all patterns of emergency rules."""


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
    """Of callers without a site, or whose site says nothing."""
    timezone: str = "UTC"
    """Of schedules without one, for whoever has no site that has one."""
    sites: Mapping[str, SiteEntry] = field(default_factory=dict)
    hunt_groups: Mapping[str, HuntGroupEntry] = field(default_factory=dict)
    group_numbers: Mapping[str, str] = field(default_factory=dict)
    """Extension, alias, DID or id → id of the hunt group."""
    inward: Inward = NO_LIMITS

    outgoing: RuleSet = field(init=False, repr=False, compare=False)
    """Rules for users' calls."""
    incoming: RuleSet = field(init=False, repr=False, compare=False)
    """Rules for gateways' calls."""
    emergency_gateways: tuple[str, ...] = field(init=False, repr=False, compare=False)
    """Gateways that can carry emergency calls, whatever rules say."""

    def __post_init__(self) -> None:
        outgoing = RuleSet(rule for rule in self.rules if not rule.sources)
        incoming = RuleSet(rule for rule in self.rules if rule.sources)
        able = (id_ for id_, each in self.gateways.items() if each.enabled and each.emergency)
        object.__setattr__(self, "outgoing", outgoing)
        object.__setattr__(self, "incoming", incoming)
        object.__setattr__(self, "emergency_gateways", tuple(able))

    def is_emergency(self, number: str) -> bool:
        """Whether an emergency rule takes that number."""
        return bool(self.outgoing.index.matching(number) & self.outgoing.emergency)

    def emergency_number(self) -> str:
        """The first emergency number that is written out in full; empty when none is."""
        rules = (rule for rule in self.rules if rule.enabled and rule.emergency)
        patterns = (parse_pattern(text) for rule in rules for text in rule.patterns)
        plain = (
            "".join(p.symbols) for p in patterns if not p.tail and set(map(len, p.symbols)) == {1}
        )
        return next(plain, "")

    def numbering_of(self, site: str | None) -> Numbering:
        """How numbers are written at a site."""
        entry = self.sites.get(site) if site else None
        return self.numbering if entry is None else entry.numbering

    def is_open(self, schedule: str, at: datetime, site: str | None) -> bool:
        """Whether a schedule holds at the moment `at` (aware) for somebody at a site."""
        entry = self.sites.get(site) if site else None
        zone = self.timezone if entry is None else entry.timezone
        return self.schedules[schedule].is_open(at, zone)


@lru_cache(maxsize=1024)
def matches_any(patterns: tuple[str, ...], numbers: tuple[str, ...]) -> bool:
    """Whether one of the numbers is matched by one of the patterns."""
    read = [parse_pattern(text) for text in patterns]
    return any(pattern.matches(number) for pattern in read for number in numbers)
