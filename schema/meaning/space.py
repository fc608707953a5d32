"""The numbers that a change of rules can touch, in parts that are all the same to both tables.

Only patterns that have a number in common with a touched one are told apart, so that one rule
among thousands costs its surroundings and not the whole plan. Raises TooComplexError, as Atoms.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cached_property

from schema.automata import Atoms, Dfa
from schema.dialplan.index import PatternIndex, in_order
from schema.dialplan.numbering import Numbering
from schema.dialplan.pattern import Pattern, parse_pattern
from schema.dialplan.rows import RuleEntry
from schema.dialplan.table import RouteTable, RuleSet
from schema.meaning.behaviour import Case
from schema.meaning.writing import splits


class Space:
    """Atoms of the numbers that one of the `touched` rules (by name) matches."""

    def __init__(
        self,
        old: RuleSet,
        new: RuleSet,
        touched: Collection[str],
        owned: Iterable[str],
        all_numberings: Sequence[Numbering],
        steady: Collection[str] = (),
        also: Sequence[Pattern] = (),
    ) -> None:
        """`owned` are the numbers of users and hunt groups, which are told apart from others.
        `steady` schedules are open at the same moments for whoever calls, before and now.
        `also` are patterns of numbers that are touched by something else than a rule."""
        self.old, self.new = _Rules(old), _Rules(new)
        self._known_cuts: dict[RuleEntry, bool] = {}
        self._languages: dict[frozenset[int], Dfa] = {}
        self._touched, self._steady, self._numberings = touched, steady, all_numberings
        both = (self.old, self.new)
        by_rules = [p for rules in both for p in rules.patterns_of(touched)]
        touching = list(dict.fromkeys([*by_rules, *also]))
        near = _near(both, touching)
        asked = {rule for rules in both for p in near for rule in rules.by_pattern.get(p, ())}
        ordered = sorted(asked, key=lambda rule: rule.name)
        cuts = [cut for rule in ordered for cut in self._splits(rule)]
        self.patterns = list(dict.fromkeys([*touching, *near, *cuts]))
        self._touching = (1 << len(touching)) - 1
        self._also = bool(also)
        self._by_rules = PatternIndex(by_rules)
        index = PatternIndex(touching)
        self.owned = frozenset(number for number in owned if index.matching(number))
        self._atoms = Atoms(self.patterns, self.owned)

    @cached_property
    def cases(self) -> Sequence[tuple[frozenset[int], Case]]:
        """Numbers that are nobody's and may do something else, by the patterns of their atoms."""
        found: dict[Case, list[int]] = defaultdict(list)
        for atom in self._atoms:
            if atom.patterns & self._touching and not atom.literal:
                chains = self._differing(*self._matching(atom.patterns))
                if chains is not None:
                    told_apart = any(self._cut(rule) for chain in chains for rule in chain)
                    found[Case(*chains, atom.witness if told_apart else "")].append(atom.patterns)
        return [(frozenset(labels), case) for case, labels in found.items()]

    def _differing(
        self, old: tuple[RuleEntry, ...], new: tuple[RuleEntry, ...]
    ) -> tuple[tuple[RuleEntry, ...], tuple[RuleEntry, ...]] | None:
        """The rules that can decide, without those after which nothing differs any more."""
        old, new = _deciding(old), _deciding(new)
        while old and new and old[-1].name == new[-1].name and old[-1].name not in self._touched:
            before, after = old[:-1], new[:-1]
            hours = [[rule.when for rule in each] for each in (before, after)]
            if hours[0] != hours[1] or not set(hours[0]) <= {None, *self._steady}:
                break
            old, new = before, after
        return (old, new) if old or new or self._also else None

    def _cut(self, rule: RuleEntry) -> bool:
        if rule not in self._known_cuts:
            self._known_cuts[rule] = next(self._splits(rule), None) is not None
        return self._known_cuts[rule]

    def _splits(self, rule: RuleEntry) -> Iterator[Pattern]:
        return splits(rule, self._numberings)

    @cached_property
    def owned_in_emergencies(self) -> frozenset[str]:
        """Somebody's numbers that a touched rule matches, and an emergency rule."""
        found = set()
        for number in self.owned:
            rules = self._matching(self._atoms.of(number).patterns)
            if any(rule.emergency for each in rules for rule in each):
                found.add(number)
        return frozenset(found)

    def _matching(self, label: int) -> tuple[tuple[RuleEntry, ...], tuple[RuleEntry, ...]]:
        """The rules for calls by users that match, in order: old, new."""
        matching = [self.patterns[place] for place in in_order(label)]
        return self.old.matching(matching), self.new.matching(matching)

    @property
    def owned_by_rules(self) -> frozenset[str]:
        """Somebody's numbers that a touched rule matches."""
        return frozenset(filter(self._by_rules.matching, self.owned))

    def numbers(self, labels: frozenset[int]) -> Dfa:
        """All numbers, owned or not, that match one of these sets of patterns."""
        if labels not in self._languages:
            self._languages[labels] = self._atoms.language(labels.__contains__)
        return self._languages[labels]


def _deciding(rules: tuple[RuleEntry, ...]) -> tuple[RuleEntry, ...]:
    """Up to the ordinary rule that is always open. Emergency rules are asked before all others."""
    first = sorted(rules, key=lambda rule: not rule.emergency)
    always = (n for n, rule in enumerate(first) if rule.when is None and not rule.emergency)
    return tuple(first[: next(always, len(first)) + 1])


class _Rules:
    """The enabled rules of a table by their patterns."""

    def __init__(self, rules: RuleSet) -> None:
        self.by_pattern: dict[Pattern, list[RuleEntry]] = defaultdict(list)
        self._places: dict[str, int] = {}
        for place, rule in enumerate(rules.rules):
            self._places[rule.name] = place
            for pattern in dict.fromkeys(map(_read, rule.patterns if rule.enabled else ())):
                self.by_pattern[pattern].append(rule)
        self._rules = rules.rules

    def patterns_of(self, names: Collection[str]) -> Iterator[Pattern]:
        """The patterns of enabled rules, by their names."""
        for rule in self._rules:
            if rule.name in names and rule.enabled:
                yield from map(_read, rule.patterns)

    def matching(self, patterns: Iterable[Pattern]) -> tuple[RuleEntry, ...]:
        """The rules that have one of the patterns, in order."""
        found = {self._places[r.name]: r for p in patterns for r in self.by_pattern.get(p, ())}
        return tuple([rule for _, rule in sorted(found.items())])


def numberings(old: RouteTable, new: RouteTable) -> tuple[Numbering, ...]:
    """How numbers are written at any site of two tables."""
    tables = (old, new)
    found = [
        each for t in tables for each in (t.numbering, *[s.numbering for s in t.sites.values()])
    ]
    return tuple(dict.fromkeys(found))


def _read(text: str) -> Pattern:
    """A pattern without Asterisk's mark, so that equal ones are one."""
    return parse_pattern(text.removeprefix("_"))


def _near(both: Iterable[_Rules], touching: Sequence[Pattern]) -> list[Pattern]:
    """Patterns, of both tables, that have a number in common with one of `touching`."""
    every = dict.fromkeys(pattern for rules in both for pattern in rules.by_pattern)
    if len(touching) * 4 > len(every):
        return list(every)
    return [each for each in every if any(_meet(each, other) for other in touching)]


def _meet(one: Pattern, other: Pattern) -> bool:
    """Whether two patterns have a number in common."""
    for mine, theirs in zip(one.symbols, other.symbols, strict=False):
        if mine != theirs and not set(mine).intersection(theirs):
            return False
    shorter, longer = sorted((one, other), key=lambda pattern: len(pattern.symbols))
    if len(shorter.symbols) < len(longer.symbols):
        return bool(shorter.tail)
    return {"", "."} != {shorter.tail, longer.tail}
