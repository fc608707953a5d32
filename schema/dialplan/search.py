"""One question to the route table: who is reached by a number, and what rings when.

Knows the table and steps; route.py knows in which order whose rules are asked. Standard library
only. A call that leads on (forwarding, hunt group, rule to a number) is searched in turn, on
behalf of whoever leads it on: their permissions and their site count.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final, NamedTuple

from schema.dialplan.decision import Step
from schema.dialplan.index import in_order
from schema.dialplan.outward import gateway_steps
from schema.dialplan.rows import (
    ForwardEntry,
    GatewayEntry,
    HuntGroupEntry,
    Place,
    RuleEntry,
    UserEntry,
)
from schema.dialplan.table import RouteTable, RuleSet, matches_any
from schema.dialplan.timeline import Leg
from schema.dialplan.trace import Trace, matched, no_match

MAX_FORWARDS = 5
"""How many times a call may be led on."""

NOBODY: Final = UserEntry(enabled=True, permissions=frozenset(), caller_id=None)
"""On whose behalf calls from outside are led on: they may do nothing."""


class Answer(NamedTuple):
    """What a search found. `legs` are empty unless `status` is 200."""

    status: int
    reason: str
    rule: str | None = None
    legs: tuple[Leg, ...] = ()
    type: str = ""
    nobody: bool = False
    """A rule looked a number up inside, and nobody has it."""


class Actor(NamedTuple):
    """On whose behalf a number is dialled: a user, a hunt group, or nobody."""

    id: str
    entry: UserEntry


class Search:
    """The moment, who called in the first place, what has been rung already, and the trace."""

    __slots__ = ("at", "caller", "outside", "rung", "table", "trace")

    def __init__(self, table: RouteTable, at: datetime, explain: bool) -> None:
        self.table = table
        self.at = at
        self.trace = Trace(explain)
        self.rung: set[str] = set()
        self.caller = ""
        """The user who calls; nobody is put through to themselves by others."""
        self.outside: tuple[str, ...] | None = None
        """Readings of an outside caller's number, () for an anonymous one; None: not from outside,
        or it was not asked."""

    # Numbers

    def reach(self, actor: Actor, number: str, patterns: int, depth: int) -> Answer:
        """What `actor` reaches by `number`: somebody inside, or else what the dial plan says."""
        found = self.inside(number, depth)
        if found is not None:
            return found
        for rule in self.matching(self.table.outgoing, patterns, emergency=False):
            if self.is_open(rule, number, actor.entry.site):
                return self.decide(rule, actor, number, depth)
        return Answer(404, f"{number} is neither a user nor matched by a rule")

    def inside(self, number: str, depth: int) -> Answer | None:
        """The user or hunt group that has the number; None when nobody has."""
        user = self.table.numbers.get(number)
        if user is not None:
            self.trace.note("users", True, f"{number} is {user}")
            return self.ring(user, depth)
        group = self.table.group_numbers.get(number)
        if group is not None:
            self.trace.note("hunt_groups", True, f"{number} is {group}")
            return self.hunt(group, depth)
        self.trace.note("users", False, f"no user has the number {number}")
        return None

    # Rules

    def matching(self, rules: RuleSet, patterns: int, *, emergency: bool) -> Iterator[RuleEntry]:
        """Rules with a matching pattern, in order. Emergency rules apart from the others."""
        if self.trace.on:
            yield from self._matching_explained(rules, patterns, emergency)
            return
        wanted = patterns & rules.emergency if emergency else patterns & ~rules.emergency
        for pattern in in_order(wanted):
            yield rules.rules[rules.owners[pattern]]

    def _matching_explained(
        self, rules: RuleSet, patterns: int, emergency: bool
    ) -> Iterator[RuleEntry]:
        """The same rules, and a note for each that is passed over."""
        for rule, own in zip(rules.rules, rules.own, strict=True):
            if rule.emergency is not emergency:
                continue
            if own & patterns:
                yield rule
            else:
                self.trace.passed_over(rule, no_match(rule))

    def is_open(self, rule: RuleEntry, number: str, site: str | None) -> bool:
        """Whether the rule holds now for somebody at that site."""
        if rule.when is None or self.table.is_open(rule.when, self.at, site):
            return True
        if self.trace.on:
            closed = f"{matched(rule, number)}, but {rule.when} is closed"
            self.trace.passed_over(rule, closed)
        return False

    def decide(self, rule: RuleEntry, actor: Actor, number: str, depth: int) -> Answer:
        """The answer of the rule that takes the call."""
        began = self.trace.here
        missing = [name for name in rule.permissions if name not in actor.entry.permissions]
        if missing:
            words = " and ".join(missing)
            reason = f"{actor.id} lacks the permission {words} of rule {rule.name}"
            answer = Answer(403, reason, rule.name, (), rule.type)
        else:
            answer = self._by_rule(rule, actor, number, depth)
        if self.trace.on:
            self.trace.decided(rule, number, outcome(answer), began)
        return answer

    def _by_rule(self, rule: RuleEntry, actor: Actor, number: str, depth: int) -> Answer:
        if rule.via and actor.entry is not NOBODY:
            return self.by_gateways(rule, actor.entry, number)
        called = rule.transform(number, self.table.numbering_of(actor.entry.site))
        if rule.type == "pickup":
            answer = self._pickup(rule, actor, called)
        elif rule.to is not None:
            answer = self.destination(rule.to, actor, depth + 1)
        else:
            found = self.inside(called, depth)
            reason = f"rule {rule.name} leads to {called}, which is nobody"
            answer = Answer(404, reason, nobody=True) if found is None else found
        return answer._replace(rule=rule.name, type=rule.type)

    def by_gateways(self, rule: RuleEntry, caller: UserEntry, number: str) -> Answer:
        """Out by the rule's gateways."""
        name, kind = rule.name, rule.type
        called = rule.transform(number, self.table.numbering_of(caller.site))
        if not called:
            return Answer(484, f"rule {name} leaves no digits of {number}", name, (), kind)
        steps = gateway_steps(self.table, rule, caller, called)
        if not steps:
            return Answer(503, f"rule {name} has no enabled gateway", name, (), kind)
        return Answer(200, f"rule {name}", name, (Leg(0.0, steps),), kind)

    def _pickup(self, rule: RuleEntry, actor: Actor, called: str) -> Answer:
        """A ringing call of one user, of a hunt group's members, or of whom one shares a group."""
        table = self.table
        target = table.numbers.get(called, "")
        group = table.group_numbers.get(called)
        if target:
            members: tuple[str, ...] = (target,)
        elif group is not None:
            members = table.hunt_groups[group].members
        elif called:
            return Answer(404, f"rule {rule.name} picks up for {called}, which is nobody")
        else:
            mine = set(actor.entry.groups)
            members = tuple(
                [id_ for id_, u in table.users.items() if not mine.isdisjoint(u.groups)]
            )
        members = tuple([id_ for id_ in members if id_ != actor.id])
        if not members:
            return Answer(404, f"{actor.id} is in no group with others to pick up for")
        step = Step("pickup", target, called, members=members)
        return Answer(200, f"pickup for {target or group or 'the groups of ' + actor.id}", None,
                      (Leg(0.0, (step,)),))  # fmt: skip

    # Destinations

    def destination(self, place: Place, actor: Actor, depth: int) -> Answer:
        """Where a rule, a fallback or a gateway leads to."""
        if depth > MAX_FORWARDS:
            return Answer(482, "the call was led on too many times")
        if place.kind == "user":
            return self.ring(place.name, depth)
        if place.kind == "hunt_group":
            return self.hunt(place.name, depth)
        if actor.entry is NOBODY:
            found = self.inside(place.name, depth)
            return found or Answer(404, f"{place.name} is nobody here")
        patterns = self.table.outgoing.index.matching(place.name)
        return self.reach(actor, place.name, patterns, depth)

    def ring(self, id_: str, depth: int) -> Answer:
        """A user and whom they forward to. Nobody is rung twice in a call, so loops end."""
        user = self.table.users[id_]
        if not user.enabled:  # 404 and not 480: the number is out of use, trying later is no help
            return Answer(404, f"{id_} is disabled")
        if depth and id_ == self.caller:  # who calls their own number wants their other phones
            return Answer(482, f"{id_} is the one who calls")
        if id_ in self.rung:
            return Answer(482, f"{id_} rings already")
        declined = self.declined(user, id_)
        if declined is not None:
            return declined
        self.rung.add(id_)
        rings = not self._wants_peace(user)
        legs = [Leg(0.0, (Step("user", id_, id_),))] if rings else []
        for forward in user.forwards:
            legs += self._forwarded(Actor(id_, user), forward, depth + 1, rings)
        if not legs:
            return Answer(480, f"{id_} is not to be disturbed")
        return Answer(200, f"user {id_}", None, tuple(legs))

    def _wants_peace(self, user: UserEntry) -> bool:
        """Whether the phones of a user are to stay silent now."""
        when = user.do_not_disturb
        return self.table.is_open(when, self.at, user.site) if isinstance(when, str) else when

    def declined(self, by: UserEntry | GatewayEntry, name: str) -> Answer | None:
        """The refusal of an outside caller whom a user or gateway does not let in, if it is one."""
        if self.outside is None:
            return None
        if not self.outside and not by.anonymous:
            return Answer(433, f"{name} takes no anonymous calls")  # RFC 5079
        if by.block and matches_any(by.block, self.outside):
            return Answer(603, f"{name} blocks {self.outside[0]}")
        return None

    def _forwarded(
        self, actor: Actor, forward: ForwardEntry, depth: int, rings: bool
    ) -> Iterator[Leg]:
        """A forwarding is a call of the user who forwards, and costs what they may spend."""
        label, to = f"users/{actor.id}", forward.to
        if forward.when and not self.table.is_open(forward.when, self.at, actor.entry.site):
            self.trace.note(label, False, f"forward to {to}: {forward.when} is closed")
            return
        if depth > MAX_FORWARDS:
            self.trace.note(label, False, f"forward to {to}: too many forwards in a row")
            return
        began = self.trace.here
        answer = self.reach(actor, to, self.table.outgoing.index.matching(to), depth)
        self.trace.note(label, answer.status == 200, f"forward to {to}: {answer.reason}", began)
        yield from _later(answer.legs, forward.after if rings else 0.0)

    # Hunt groups

    def hunt(self, id_: str, depth: int) -> Answer:
        """The members that can ring, then the fallback."""
        group = self.table.hunt_groups[id_]
        if not group.enabled:
            return Answer(404, f"hunt group {id_} is disabled")
        label = f"hunt_groups/{id_}"
        if label in self.rung:
            return Answer(482, f"hunt group {id_} rings already")
        self.rung.add(label)
        legs = tuple(self._members(group, id_, label))
        end = _end(group, legs)
        if group.fallback is not None:
            began = self.trace.here
            answer = self.destination(group.fallback, Actor(id_, group.caller), depth + 1)
            words = f"fallback to {group.fallback.kind} {group.fallback.name}: {answer.reason}"
            self.trace.note(label, answer.status == 200, words, began)
            legs += tuple(_later(answer.legs, end))
        if not legs:
            return Answer(480, f"nobody in hunt group {id_} can ring")
        return Answer(200, f"hunt group {id_}", None, legs)

    def _members(self, group: HuntGroupEntry, id_: str, label: str) -> Iterator[Leg]:
        if group.when and not self.table.is_open(group.when, self.at, group.caller.site):
            self.trace.note(label, False, f"{group.when} is closed")
            return
        free = [member for member in group.members if self._can_ring(member, label)]
        self.rung.update(free)
        if group.strategy == "simultaneous":
            yield from (Leg(0.0, (Step("user", each, each, pool=id_),)) for each in free)
            return
        order = "" if group.strategy == "sequential" else group.strategy
        for place, member in enumerate(free):
            start = place * group.ring
            if start < group.timeout:
                step = Step("user", member, member, pool=id_, strategy=order)  # type: ignore[arg-type]
                yield Leg(start, (step,))

    def _can_ring(self, member: str, label: str) -> bool:
        user = self.table.users[member]
        reason = ""
        if not user.enabled:
            reason = "is disabled"
        elif member == self.caller:
            reason = "is the one who calls"
        elif member in self.rung:
            reason = "rings already"
        elif self._wants_peace(user):
            reason = "is not to be disturbed"
        if reason:
            self.trace.note(label, False, f"{member} {reason}")
        return not reason


def _end(group: HuntGroupEntry, legs: tuple[Leg, ...]) -> float:
    """Seconds after which the fallback's turn comes."""
    if not legs:
        return 0.0
    if group.strategy == "simultaneous":
        return group.timeout
    return min(group.timeout, len(legs) * group.ring)


def _later(legs: Iterable[Leg], seconds: float) -> Iterator[Leg]:
    return (leg._replace(start=leg.start + seconds) for leg in legs)


def outcome(answer: Answer) -> str:
    """What came of a rule, in words."""
    if not answer.legs:
        return answer.reason
    first, *others = answer.legs[0].chain
    if first.kind == "gateway":
        return f"dials {first.number} via {', then '.join(s.target for s in (first, *others))}"
    if first.kind == "pickup":
        return answer.reason
    return f"rings {first.target}" if len(answer.legs) == 1 else f"rings {answer.reason}"
