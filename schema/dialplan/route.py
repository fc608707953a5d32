"""Where a call goes: the route table's one interpreter.

Everybody who needs to know asks here: the proxy, `pbx route`, tests and proofs of dial plans.
Standard library only. Knows the table, not the tree, and nothing of SIP but status codes.

Order of a user's call: emergency rules, users and hunt groups, then the other rules, of which the
first that matches and is open decides. A gateway's call is asked of the rules that are for it,
then reaches users and hunt groups, then what the gateway falls back to: it never leaves by a
gateway on its own account, so that nobody outside can use our trunks.
"""

from datetime import datetime

from schema.dialplan.decision import Caller, Decision
from schema.dialplan.rows import GatewayEntry, RuleEntry, UserEntry
from schema.dialplan.search import NOBODY, Actor, Answer, Search, outcome
from schema.dialplan.table import RouteTable, matches_any
from schema.dialplan.timeline import in_time

OUTSIDE = Actor("a caller from outside", NOBODY)


def route(
    table: RouteTable, caller: Caller, number: str, at: datetime, *, explain: bool = False
) -> Decision:
    """Decide a call of `caller` to `number` at the moment `at` (aware, else ValueError).

    `explain` fills the decision's trace with every rule that was considered.
    """
    if at.tzinfo is None:
        raise ValueError("the moment of a call needs a time zone")
    search = Search(table, at, explain)
    site = ""
    if caller.kind == "user":
        answer = _from_user(search, caller.id, number)
        user = table.users.get(caller.id)
        site = (user.site if user is not None else None) or ""
    elif caller.kind == "gateway":
        answer = _from_gateway(search, caller, number)
    else:
        answer = Answer(403, "a stranger may not call")
    routed = answer.status == 200
    return Decision(
        "routed" if routed else "refused",
        answer.status,
        answer.reason,
        in_time(answer.legs) if routed else (),
        answer.rule,
        tuple(search.trace.notes),
        answer.type,
        site,
    )


def _from_user(search: Search, id_: str, number: str) -> Answer:
    user = search.table.users.get(id_)
    if user is None:
        return Answer(403, f"{id_} is not a user")
    search.caller = id_
    patterns = search.table.outgoing.index.matching(number)
    emergency = _emergency(search, user, number, patterns)
    if emergency is not None:
        return emergency
    if not user.enabled:
        return Answer(403, f"{id_} is disabled")
    return search.reach(Actor(id_, user), number, patterns, 0)


def _emergency(search: Search, user: UserEntry, number: str, patterns: int) -> Answer | None:
    """Emergency rules ask for no permission and no schedule, and are tried on every gateway."""
    rules = search.table.outgoing
    if not patterns & rules.emergency and not search.trace.on:
        return None
    refusal = None
    for rule in search.matching(rules, patterns, emergency=True):
        answer = search.by_gateways(rule, user, number)
        if search.trace.on:
            search.trace.decided(rule, number, outcome(answer), search.trace.here)
        if answer.status == 200:
            return answer
        refusal = refusal or answer
    return refusal


def _from_gateway(search: Search, caller: Caller, number: str) -> Answer:
    table = search.table
    gateway = table.gateways.get(caller.id)
    if gateway is None or not gateway.enabled:
        return Answer(403, f"{caller.id} is not an enabled gateway")
    numbering = table.numbering_of(gateway.site)
    if caller.number is not None:
        own = caller.number
        search.outside = (own, *numbering.spellings(own)) if own else ()
    declined = _not_let_in(search, gateway, caller.id)
    if declined is not None:
        return declined
    readings = (number, *numbering.spellings(number))
    for rule in _for_gateway(search, caller.id, readings):
        dialled = next(each for each in readings if _takes(rule, each))
        if search.is_open(rule, dialled, gateway.site):
            answer = search.decide(rule, OUTSIDE, dialled, 0)
            return _fall_back(search, caller.id, gateway) or answer if answer.nobody else answer
    for reading in readings:
        if reading in table.numbers or reading in table.group_numbers:
            found = search.inside(reading, 0)
            if found is not None:
                return found
    search.trace.note("users", False, f"no user has the number {number}")
    nobody = Answer(404, f"{number} is nobody here, and gateways reach only users")
    return _fall_back(search, caller.id, gateway) or nobody


def _fall_back(search: Search, id_: str, gateway: GatewayEntry) -> Answer | None:
    """Where calls to nobody go that come in by a gateway."""
    if gateway.fallback is None:
        return None
    words = f"falls back to {gateway.fallback.kind} {gateway.fallback.name}"
    search.trace.note(f"gateways/{id_}", True, words)
    return search.destination(gateway.fallback, OUTSIDE, 0)


def _not_let_in(search: Search, gateway: GatewayEntry, id_: str) -> Answer | None:
    """What the system and the gateway say of the caller."""
    if search.outside is None:
        return None
    inward = search.table.inward
    if not search.outside and not inward.anonymous:
        return Answer(433, "anonymous callers are not let in")
    if inward.block and matches_any(inward.block, search.outside):
        return Answer(603, f"{search.outside[0]} is blocked")
    return search.declined(gateway, id_)


def _for_gateway(search: Search, gateway: str, readings: tuple[str, ...]) -> list[RuleEntry]:
    """Rules for calls by that gateway that match one of the readings, in order."""
    rules = search.table.incoming
    if not rules.rules:
        return []
    patterns = 0
    for reading in readings:
        patterns |= rules.index.matching(reading)
    mine = []
    for rule in dict.fromkeys(search.matching(rules, patterns, emergency=False)):
        if gateway in rule.sources:
            mine.append(rule)
        elif search.trace.on:
            search.trace.passed_over(rule, f"it is for calls by {', '.join(rule.sources)}")
    return mine


def _takes(rule: RuleEntry, number: str) -> bool:
    return matches_any(rule.patterns, (number,))
