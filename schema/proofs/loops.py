"""Calls that are led on until they come back: forwardings, fallbacks and rules in a circle.

The interpreter ends such calls, because nobody rings twice in one. A circle in which somebody rings
on the way is a mistake that costs time; one in which nobody does costs the call. Only circles that
can be closed at some moment are told, and none of links that were all told before. Those of more
than MAX_FORWARDS links are never gone round.
"""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from schema.automata import TooComplexError
from schema.dialplan.rows import Place as Target
from schema.dialplan.rows import RuleEntry, UserEntry
from schema.dialplan.search import MAX_FORWARDS
from schema.proofs.finding import Finding, Place
from schema.proofs.hours import InZone
from schema.proofs.reading import chain_of
from schema.proofs.subject import Subject

MOST_LINKS = 300_000
"""That are followed in search of circles: where everybody forwards to everybody there is no end."""

Node = tuple[str, str]
"""Section and id of whom a call is led to: a user, a hunt group, or the rule that leads it on."""


@dataclass(frozen=True, slots=True)
class Link:
    """That a call is led on, and when."""

    source: Node
    target: Node
    place: Place
    words: str
    open: tuple[InZone, ...] = ()
    closed: tuple[InZone, ...] = ()


def prove_no_loops(subject: Subject) -> Iterator[Finding]:
    """The circles, each once, at the first of its links."""
    told: set[Link] = set()
    for circle in _circles(_Links(subject)):
        if not told.issuperset(circle) and _moment(subject, circle) is not None:
            told.update(circle)
            yield _finding(subject, circle)


class _Links:
    """Where each node leads a call on to, found when somebody asks."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._found: dict[Node, tuple[Link, ...]] = {}
        self._followed = 0

    def count(self) -> None:
        """Note that a link was followed. TooComplexError when that was too often."""
        self._followed += 1
        if self._followed > MOST_LINKS:
            raise TooComplexError(MOST_LINKS)

    def starts(self) -> Iterator[Node]:
        """Whoever leads calls on."""
        table = self._subject.table
        yield from (("users", id_) for id_, user in table.users.items() if user.forwards)
        yield from (("hunt_groups", id_) for id_, g in table.hunt_groups.items() if g.fallback)
        yield from (("dialplan", rule.name) for rule in self._subject.rules if _leads_on(rule))

    def of(self, node: Node) -> tuple[Link, ...]:
        """Where a call goes from here, apart from phones and gateways."""
        if node not in self._found:
            section, id_ = node
            self._found[node] = tuple(self._FROM[section](self, id_))
        return self._found[node]

    def _forwards(self, id_: str) -> Iterator[Link]:
        user = self._subject.table.users[id_]
        zone = self._subject.zone(user.site)
        for at, forward in enumerate(user.forwards if user.enabled else ()):
            link = Link(
                ("users", id_), ("", ""), ("users", id_, "forward", at, "to"),
                f"{id_} forwards to {forward.to}",
                ((forward.when, zone),) if forward.when else (),
            )  # fmt: skip
            yield from self._dialled(link, forward.to, user, zone, ())

    def _fallback(self, id_: str) -> Iterator[Link]:
        group = self._subject.table.hunt_groups[id_]
        if group.fallback is None or not group.enabled:
            return
        zone = self._subject.zone(group.caller.site)
        to = group.fallback
        link = Link(
            ("hunt_groups", id_), ("", ""), ("hunt_groups", id_, "fallback"),
            f"{id_} falls back to {to.name}",
        )  # fmt: skip
        yield from self._led(link, to, group.caller, zone, ())

    def _rule(self, name: str) -> Iterator[Link]:
        """From a rule that leads to a number on to the next one that does, whoever called."""
        rule = next(rule for rule in self._subject.rules if rule.name == name)
        number = rule.to.name if rule.to is not None else ""
        zone = self._subject.table.timezone
        outgoing = self._subject.table.outgoing
        own: tuple[InZone, ...] = ((rule.when, zone),) if rule.when else ()
        closed: tuple[InZone, ...] = ()
        if number in self._subject.taken:
            return
        for other in chain_of(outgoing, outgoing.index.matching(number)).ordinary:
            if _leads_on(other):
                words = f'the rule "{name}" leads to {number}'
                place = ("dialplan", name, "to")
                yield Link(("dialplan", name), ("dialplan", other.name), place, words, own, closed)
            closed += ((other.when, zone),) if other.when else ()

    _FROM: ClassVar = {"users": _forwards, "hunt_groups": _fallback, "dialplan": _rule}

    def _led(
        self, link: Link, to: Target, actor: UserEntry, zone: str, rules: Sequence[str]
    ) -> Iterator[Link]:
        if to.kind == "number":
            yield from self._dialled(link, to.name, actor, zone, rules)
        else:
            yield _to(link, (f"{to.kind}s", to.name))

    def _dialled(
        self, link: Link, number: str, actor: UserEntry, zone: str, rules: Sequence[str]
    ) -> Iterator[Link]:
        """What a number leads to when it is dialled on somebody's behalf."""
        owner = self._subject.taken.get(number)
        if owner is not None:
            section, id_ = owner.split("/", 1)
            yield _to(link, (section, id_))
            return
        outgoing = self._subject.table.outgoing
        closed: tuple[InZone, ...] = ()
        for rule in chain_of(outgoing, outgoing.index.matching(number)).ordinary:
            own = ((rule.when, zone),) if rule.when else ()
            if rule.name not in rules and not rule.via and rule.type != "pickup":
                here = Link(
                    link.source, link.target, link.place, f'{link.words} by the rule "{rule.name}"',
                    link.open + own, link.closed + closed,
                )  # fmt: skip
                if actor.permissions.issuperset(rule.permissions):
                    called = rule.transform(number, self._subject.table.numbering_of(actor.site))
                    inside = Target("number", called) if rule.to is None else rule.to
                    if rule.to is not None or called in self._subject.taken:
                        yield from self._led(here, inside, actor, zone, (*rules, rule.name))
            closed += own


def _leads_on(rule: RuleEntry) -> bool:
    return not rule.emergency and rule.to is not None and rule.to.kind == "number"


def _to(link: Link, target: Node) -> Link:
    return Link(link.source, target, link.place, link.words, link.open, link.closed)


def _circles(links: _Links) -> Iterator[list[Link]]:
    """Each way that comes back to where it began, once: found from each node in turn, and nodes
    that were begun from are not entered again."""
    left = dict.fromkeys(_in_circles(links))
    for start in tuple(left):
        yield from _back(links, start, [], left.keys())
        del left[start]


def _in_circles(links: _Links) -> AbstractSet[Node]:
    """The nodes that are left when all are taken away that lead nowhere or are led to by none."""
    left = dict.fromkeys(links.starts())
    while True:
        targets = {link.target for node in left for link in links.of(node)}
        kept = {
            node: None
            for node in left
            if node in targets and any(link.target in left for link in links.of(node))
        }
        if len(kept) == len(left):
            return left.keys()
        left = kept


def _back(
    links: _Links, start: Node, way: list[Link], left: AbstractSet[Node]
) -> Iterator[list[Link]]:
    for link in links.of(way[-1].target if way else start):
        links.count()
        if link.target == start:
            yield [*way, link]
        elif (
            link.target in left
            and len(way) + 1 < MAX_FORWARDS
            and all(link.target != each.target for each in way)
        ):
            yield from _back(links, start, [*way, link], left)


def _moment(subject: Subject, circle: Sequence[Link]) -> datetime | None:
    """A moment at which a call goes all the way round."""
    open_ = [each for link in circle for each in link.open]
    closed = [each for link in circle for each in link.closed]
    return subject.hours.when(open_, closed)


def _rings(subject: Subject, node: Node) -> bool:
    """Whether a phone rings at this node, at some time."""
    section, id_ = node
    if section == "dialplan":
        return False
    if section == "users":
        return subject.table.users[id_].do_not_disturb is not True
    members = (subject.table.users[member] for member in subject.table.hunt_groups[id_].members)
    return any(user.enabled and user.do_not_disturb is not True for user in members)


def _finding(subject: Subject, circle: Sequence[Link]) -> Finding:
    first, *others = circle
    rings = any(_rings(subject, link.source) for link in circle)
    words = ", ".join(link.words for link in circle)
    return Finding(
        "PBX1612" if rings else "PBX1606",
        f"a call is led in a circle: {words}",
        first.place,
        "nobody rings twice in one call, so the last step of these has no effect; lead it elsewhere"
        if rings
        else "nobody rings on the way, so callers get 480 or 482; lead one of the steps elsewhere",
        tuple((link.words, link.place) for link in others),
    )
