"""From the dial plan's decision to targets: who is rung, and where."""

from collections.abc import Callable, Iterable
from random import Random
from typing import Protocol

from engine.sip.health import Health
from engine.sip.location import Binding, Location
from engine.sip.proxy.branch import Target
from engine.sip.proxy.domain import Domain
from engine.sip.proxy.fork import ForkObserver, Group
from engine.sip.proxy.order import Groups
from engine.sip.proxy.ways import in_order
from engine.sip.wire.fields import split_list
from schema.dialplan.decision import Step


class Known(Protocol):
    """What the router asks of the node it runs in."""

    location: Location
    health: Health
    chance: Random

    def now(self) -> float:
        """Seconds of the monotonic clock."""

    def wall(self) -> float:
        """Seconds since the epoch."""


class Router:
    """Turns steps into groups of targets. Contacts are looked up when a group's turn comes."""

    def __init__(self, domain: Domain, known: Known) -> None:
        self._domain = domain
        self._known = known

    def groups(self, order: Groups, observer: ForkObserver) -> list[Group]:
        """What a fork tries, in that order. `observer` says whether gateways are full."""
        return [
            Group(
                self._finder(steps, observer), _timeout(steps), _absence(steps), steps[0].failover
            )
            for steps in order
        ]

    def _finder(self, steps: list[Step], observer: ForkObserver) -> Callable[[], list[Target]]:
        first = steps[0]
        if len(steps) == 1 and first.channels is None:
            return lambda: self._targets(first)
        return lambda: [
            target
            for step in steps
            if step.channels is None or step.emergency or observer.admits(step)
            for target in self._targets(step)
        ]

    def _targets(self, step: Step) -> list[Target]:
        if step.kind == "gateway":
            return self._gateway(step)
        if step.kind == "pickup":  # for who dials it, not for whom a call is led on to: see Outset
            return []
        bindings = self._bindings(step.target)
        if len(bindings) == 1 and not bindings[0].flow_number:  # the usual case, at once
            return [self._contact(bindings[0], step)]
        return self._phones(bindings, step)

    def phones(self, step: Step, chosen: Callable[[Binding], bool]) -> Group:
        """Only some of a user's contacts, and nobody in their place."""
        return Group(lambda: self._phones(filter(chosen, self._bindings(step.target)), step))

    def _bindings(self, user: str) -> list[Binding]:
        return self._known.location.of(user, self._known.wall())

    def _phones(self, bindings: Iterable[Binding], step: Step) -> list[Target]:
        """A target for each contact; one for all flows of a phone, the others behind it.

        Bindings come with the preferred ones first. Each lower q is a rank of its own.
        """
        targets = []
        flows: dict[str, list[Binding]] = {}
        ranks: dict[str, int] = {}
        rank, priority = 0, -1.0
        for binding in bindings:
            if binding.priority < priority:
                rank += 1
            priority = binding.priority
            if binding.flow_number:
                flows.setdefault(binding.instance, []).append(binding)
                ranks.setdefault(binding.instance, rank)
            else:
                targets.append(_ranked(self._contact(binding, step), rank))
        for instance, each in flows.items():
            targets.append(_ranked(self._by_flows(each, step), ranks[instance]))
        return targets

    def _by_flows(self, bindings: list[Binding], step: Step) -> Target:
        """The flow that was heard of last comes first (RFC 5626 section 7)."""
        health, now = self._known.health, self._known.now()
        bindings.sort(key=lambda each: (health.good(each.flow, now), each.expires))
        target = None
        for binding in bindings:
            target = self._contact(binding, step)._replace(instead=target)
        assert target is not None  # noqa: S101  there is one flow at least
        return target

    def _contact(self, binding: Binding, step: Step) -> Target:
        uri = binding.contact.partition("?")[0].encode("utf-8", "surrogateescape")
        flow = self._domain.current(binding.flow)
        target = Target(uri, flow, step.target, False, step.emergency, step.answer_within)
        if not binding.path:
            return target
        path = binding.path.encode("utf-8", "surrogateescape")
        return target._replace(routes=tuple(split_list(path)))

    def _gateway(self, step: Step) -> list[Target]:
        """One target: the first way, behind which the others wait for their turn."""
        known = self._known
        choices = self._domain.ways_to(step.target)
        if not choices:
            return []
        flows = in_order(choices, known.health, known.chance, known.now())
        uri = self._domain.uri_for(self._domain.config.peers[step.target], step.number)
        target = None
        for flow in reversed(flows):
            target = Target(
                uri, flow, step.target, True, step.emergency, step.answer_within,
                step.caller_id, target,
            )  # fmt: skip
            if not step.emergency and (step.anonymous or step.fails_on is not None):
                target = target._replace(anonymous=step.anonymous, fails_on=step.fails_on)
        return [target] if target is not None else []


def _ranked(target: Target, rank: int) -> Target:
    return target._replace(rank=rank) if rank else target


def _timeout(steps: list[Step]) -> float | None:
    """A group rings as long as its most patient step."""
    timeouts = [step.timeout for step in steps]
    if None in timeouts:
        return None
    return max(timeout for timeout in timeouts if timeout is not None)


def _absence(steps: list[Step]) -> int:
    """What a group without any target amounts to: nobody registered, or no way to the gateway."""
    return 503 if all(step.kind == "gateway" for step in steps) else 480
