"""By which gateways a call leaves, in which order, and whose number each of them shows.

Knows the table's rows and steps. Standard library only.
"""

from collections.abc import Iterable, Iterator, Sequence

from schema.dialplan.decision import Step
from schema.dialplan.rows import GatewayEntry, RuleEntry, UserEntry
from schema.dialplan.table import RouteTable


def gateway_steps(
    table: RouteTable, rule: RuleEntry, caller: UserEntry, called: str
) -> tuple[Step, ...]:
    """A step for each enabled gateway of the rule; an emergency call's for every one that can."""
    if rule.emergency:
        return tuple(_emergency_steps(table, rule, caller, called))
    steps = _nearest_first(table, rule.via, caller.site)
    made = [_step(table.gateways[id_], id_, rule, caller, called) for id_ in steps]
    if rule.balance and len(made) > 1:
        made[: _as_near(table, steps, caller.site)] = [
            step._replace(weight=table.gateways[step.target].weight)
            for step in made[: _as_near(table, steps, caller.site)]
        ]
    return tuple(
        [step if place == 0 else step._replace(failover=True) for place, step in enumerate(made)]
    )


def _nearest_first(table: RouteTable, via: Iterable[str], site: str | None) -> list[str]:
    """Enabled gateways: those of the caller's site, then those of none, then those of others."""
    gateways = table.gateways
    enabled = [id_ for id_ in via if gateways[id_].enabled]
    if site is not None and len(enabled) > 1:
        enabled.sort(key=lambda id_: _distance(gateways[id_], site))
    return enabled


def _distance(gateway: GatewayEntry, site: str | None) -> int:
    if gateway.site == site:
        return 0
    return 1 if gateway.site is None else 2


def _as_near(table: RouteTable, ordered: Sequence[str], site: str | None) -> int:
    """How many from the first on are as near: only among them the load is shared."""
    if site is None:
        return len(ordered)
    distances = [_distance(table.gateways[id_], site) for id_ in ordered]
    return distances.count(distances[0])


def _step(gateway: GatewayEntry, id_: str, rule: RuleEntry, caller: UserEntry, called: str) -> Step:
    return Step(
        "gateway", id_, gateway.prefix + called,
        caller_id=_caller_id(gateway, caller),
        answer_within=gateway.answer_within,
        fails_on=gateway.fails_on,
        anonymous=gateway.show == "anonymous",
        channels=gateway.channels,
    )  # fmt: skip


def _emergency_steps(
    table: RouteTable, rule: RuleEntry, caller: UserEntry, called: str
) -> Iterator[Step]:
    """The rule's gateways, then all others: neither load nor limits count (RFC 6881 ED-63)."""
    others = [id_ for id_ in table.emergency_gateways if id_ not in rule.via]
    ordered = _nearest_first(table, rule.via, caller.site)
    ordered += _nearest_first(table, others, caller.site)
    site = table.sites.get(caller.site) if caller.site else None
    callback = caller.caller_id or (site.callback if site is not None else None)
    for place, id_ in enumerate(ordered):
        gateway = table.gateways[id_]
        yield Step(
            "gateway", id_, gateway.prefix + called,
            caller_id=callback or gateway.caller_id,
            answer_within=gateway.answer_within,
            failover=place > 0,
            emergency=True,
        )  # fmt: skip


def _caller_id(gateway: GatewayEntry, caller: UserEntry) -> str | None:
    """The user's own number, one made of the extension, or the gateway's."""
    if gateway.show == "gateway":
        return gateway.caller_id
    if caller.caller_id is not None:
        return caller.caller_id
    if gateway.from_extension is not None and caller.extension is not None:
        before, keep = gateway.from_extension
        return before + caller.extension[-keep:]
    return gateway.caller_id
