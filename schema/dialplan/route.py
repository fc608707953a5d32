"""Where a call goes: the route table's one interpreter.

Everybody who needs to know asks here: the proxy, `pbx route`, tests of dial plans. Standard
library only. Knows the table, not the tree, and nothing of SIP but status codes.

Order of a user's call: emergency rules, users, then the other rules, of which the first that
matches decides. A gateway's call reaches users only, so that nobody outside can use our trunks.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from schema.dialplan.decision import Caller, Decision, Step, Tried
from schema.dialplan.index import in_order
from schema.dialplan.pattern import parse_pattern
from schema.dialplan.table import ForwardEntry, RouteTable, RuleEntry, UserEntry
from schema.dialplan.timeline import Leg, in_time

MAX_FORWARDS = 5
"""How many forwardings may follow each other."""


def route(
    table: RouteTable, caller: Caller, number: str, at: datetime, *, explain: bool = False
) -> Decision:
    """Decide a call of `caller` to `number` at the moment `at` (aware, else ValueError).

    `explain` fills the decision's trace with every rule that was considered.
    """
    if at.tzinfo is None:
        raise ValueError("the moment of a call needs a time zone")
    search = _Search(table, at, [] if explain else None)
    answer = _from(search, caller, number)
    routed = answer.status == 200
    return Decision(
        "routed" if routed else "refused",
        answer.status,
        answer.reason,
        in_time(answer.legs) if routed else (),
        answer.rule,
        tuple(search.trace or ()),
    )


class _Answer(NamedTuple):
    status: int
    reason: str
    rule: str | None = None
    legs: tuple[Leg, ...] = ()


def _from(search: "_Search", caller: Caller, number: str) -> _Answer:
    if caller.kind == "user":
        return search.from_user(caller.id, number)
    if caller.kind == "gateway":
        return search.from_gateway(caller.id, number)
    return _Answer(403, "a stranger may not call")


class _Search:
    """One question to the table: the moment, what has been rung already, and the trace."""

    __slots__ = ("at", "caller", "rung", "table", "trace")

    def __init__(self, table: RouteTable, at: datetime, trace: list[Tried] | None) -> None:
        self.table = table
        self.at = at
        self.trace = trace
        self.rung: set[str] = set()
        self.caller = ""

    def from_user(self, id_: str, number: str) -> _Answer:
        user = self.table.users.get(id_)
        if user is None:
            return _Answer(403, f"{id_} is not a user")
        self.caller = id_
        patterns = self.table.index.matching(number)
        emergency = self._emergency(user, number, patterns)
        if emergency is not None:
            return emergency
        if not user.enabled:
            return _Answer(403, f"{id_} is disabled")
        return self._reach(id_, number, patterns, 0)

    def from_gateway(self, id_: str, number: str) -> _Answer:
        gateway = self.table.gateways.get(id_)
        if gateway is None or not gateway.enabled:
            return _Answer(403, f"{id_} is not an enabled gateway")
        for spelling in (number, *self.table.numbering.spellings(number)):
            callee = self.table.numbers.get(spelling)
            if callee is not None:
                self._note("users", True, f"{spelling} is {callee}")
                return self._ring(callee, 0)
        self._note("users", False, f"no user has the number {number}")
        return _Answer(404, f"{number} is nobody here, and gateways reach only users")

    def _reach(self, caller: str, number: str, patterns: int, depth: int) -> _Answer:
        """What `caller` reaches by `number`: a user, or else what the dial plan says."""
        callee = self._user_called(number)
        if callee is not None:
            return self._ring(callee, depth)
        for rule in self._matching(patterns, emergency=False):
            if self._is_open(rule, number):
                return self._decide(rule, caller, number, depth)
        return _Answer(404, f"{number} is neither a user nor matched by a rule")

    def _user_called(self, number: str) -> str | None:
        callee = self.table.numbers.get(number)
        if self.trace is not None:
            found = f"{number} is {callee}" if callee else f"no user has the number {number}"
            self._note("users", callee is not None, found)
        return callee

    def _emergency(self, user: UserEntry, number: str, patterns: int) -> _Answer | None:
        """Emergency rules ask for no permission and no schedule, and are tried on every gateway."""
        patterns &= self.table.emergency_patterns
        if not patterns and self.trace is None:
            return None
        refusal = None
        for rule in self._matching(patterns, emergency=True):
            answer = self._by_gateways(rule, user, number)
            self._decided(rule, number, answer)
            if answer.status == 200:
                return answer
            refusal = refusal or answer
        return refusal

    def _decide(self, rule: RuleEntry, caller: str, number: str, depth: int) -> _Answer:
        """The answer of the first rule that matches."""
        user = self.table.users[caller]
        missing = [name for name in rule.permissions if name not in user.permissions]
        if missing:
            reason = f"{caller} lacks the permission {' and '.join(missing)} of rule {rule.name}"
            answer = _Answer(403, reason, rule.name)
        elif rule.via:
            answer = self._by_gateways(rule, user, number)
        else:
            answer = self._inside(rule, number, depth)
        self._decided(rule, number, answer)
        return answer

    def _inside(self, rule: RuleEntry, number: str, depth: int) -> _Answer:
        """A rule without gateways leads to users."""
        called = rule.transform(number)
        callee = self.table.numbers.get(called)
        if callee is None:
            return _Answer(404, f"rule {rule.name} leads to {called}, which is nobody", rule.name)
        return self._ring(callee, depth)._replace(rule=rule.name)

    def _by_gateways(self, rule: RuleEntry, user: UserEntry, number: str) -> _Answer:
        called = rule.transform(number)
        if not called:
            return _Answer(484, f"rule {rule.name} leaves no digits of {number}", rule.name)
        steps = self._gateway_steps(rule, user, called)
        if not steps:
            return _Answer(503, f"rule {rule.name} has no enabled gateway", rule.name)
        return _Answer(200, f"rule {rule.name}", rule.name, (Leg(0.0, steps),))

    def _gateway_steps(self, rule: RuleEntry, user: UserEntry, called: str) -> tuple[Step, ...]:
        steps: list[Step] = []
        for id_ in rule.via:
            gateway = self.table.gateways[id_]
            if gateway.enabled:
                step = Step(
                    "gateway", id_, called,
                    caller_id=user.caller_id or gateway.caller_id,
                    answer_within=gateway.answer_within,
                    failover=len(steps) > 0,
                    emergency=rule.emergency,
                )  # fmt: skip
                steps.append(step)
        return tuple(steps)

    def _ring(self, id_: str, depth: int) -> _Answer:
        """A user and whom they forward to. Nobody is rung twice in a call, so loops end."""
        user = self.table.users[id_]
        if not user.enabled:  # 404 and not 480: the number is out of use, trying later is no help
            return _Answer(404, f"{id_} is disabled")
        if depth and id_ == self.caller:  # who calls their own number wants their other phones
            return _Answer(482, f"{id_} is the one who calls")
        if id_ in self.rung:
            return _Answer(482, f"{id_} rings already")
        self.rung.add(id_)
        legs = [Leg(0.0, (Step("user", id_, id_),))]
        for forward in user.forwards:
            legs += self._forwarded(id_, forward, depth + 1)
        return _Answer(200, f"user {id_}", None, tuple(legs))

    def _forwarded(self, id_: str, forward: ForwardEntry, depth: int) -> Iterator[Leg]:
        """A forwarding is a call of the user who forwards, and costs what they may spend."""
        label = f"users/{id_}"
        if forward.when and not self.table.schedules[forward.when].is_open(self.at):
            self._note(label, False, f"forward to {forward.to}: {forward.when} is closed")
            return
        if depth > MAX_FORWARDS:
            self._note(label, False, f"forward to {forward.to}: too many forwards in a row")
            return
        patterns = self.table.index.matching(forward.to)
        answer = self._reach(id_, forward.to, patterns, depth)
        self._note(label, answer.status == 200, f"forward to {forward.to}: {answer.reason}")
        for leg in answer.legs:
            yield leg._replace(start=leg.start + forward.after)

    def _matching(self, patterns: int, *, emergency: bool) -> Iterator[RuleEntry]:
        """Rules with a matching pattern, in order. Emergency rules apart from the others."""
        if self.trace is not None:
            yield from self._matching_explained(patterns, emergency)
            return
        wanted = patterns if emergency else patterns & ~self.table.emergency_patterns
        for pattern in in_order(wanted):
            yield self.table.rules[self.table.owners[pattern]]

    def _matching_explained(self, patterns: int, emergency: bool) -> Iterator[RuleEntry]:
        """The same rules, and a note for each that is passed over."""
        for rule, own in zip(self.table.rules, self.table.rule_patterns, strict=True):
            if rule.emergency is not emergency:
                continue
            if own & patterns:
                yield rule
            elif not rule.enabled:
                self._passed_over(rule, "the rule is disabled")
            else:
                self._passed_over(rule, _no_match(rule.patterns))

    def _is_open(self, rule: RuleEntry, number: str) -> bool:
        if rule.when is None or self.table.schedules[rule.when].is_open(self.at):
            return True
        if self.trace is not None:
            self._passed_over(rule, f"{_matched(rule, number)}, but {rule.when} is closed")
        return False

    def _note(self, label: str, matched: bool, reason: str) -> None:
        if self.trace is not None:
            self.trace.append(Tried(label, matched, reason))

    def _decided(self, rule: RuleEntry, number: str, answer: _Answer) -> None:
        if self.trace is not None:
            reason = f"{_matched(rule, number)}: {_outcome(answer)}"
            self.trace.append(Tried(rule.name, True, reason, rule.file, rule.line))

    def _passed_over(self, rule: RuleEntry, reason: str) -> None:
        if self.trace is not None:
            self.trace.append(Tried(rule.name, False, reason, rule.file, rule.line))


def _matched(rule: RuleEntry, number: str) -> str:
    pattern = next(text for text in rule.patterns if parse_pattern(text).matches(number))
    return f"pattern {pattern} matches"


def _outcome(answer: _Answer) -> str:
    if not answer.legs:
        return answer.reason
    first, *others = answer.legs[0].chain
    if first.kind == "user":
        return f"rings {first.target}"
    return f"dials {first.number} via {', then '.join(s.target for s in (first, *others))}"


def _no_match(patterns: tuple[str, ...]) -> str:
    if len(patterns) == 1:
        return f"pattern {patterns[0]} does not match"
    return f"none of the patterns {', '.join(patterns)} matches"
