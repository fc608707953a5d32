"""From the dial plan's decision to targets: who is rung, where, and in which order."""

from collections.abc import Callable, Iterable

from engine.sip.flow import Flow
from engine.sip.location import Binding, Location
from engine.sip.proxy.branch import Target
from engine.sip.proxy.domain import Domain
from engine.sip.proxy.fork import Group
from schema.dialplan.decision import Step


class Router:
    """Turns steps into groups of targets. Contacts are looked up when a group's turn comes."""

    def __init__(self, domain: Domain, location: Location, wall: Callable[[], float]) -> None:
        self._domain = domain
        self._location = location
        self._wall = wall

    def groups(self, steps: Iterable[Step]) -> list[Group]:
        """Groups in the order of the steps; a parallel step joins the group before it."""
        gathered: list[list[Step]] = []
        for step in steps:
            if step.parallel and gathered:
                gathered[-1].append(step)
            else:
                gathered.append([step])
        return [
            Group(self._finder(tuple(group)), _timeout(group), _absence(group), group[0].failover)
            for group in gathered
        ]

    def _finder(self, steps: tuple[Step, ...]) -> Callable[[], list[Target]]:
        return lambda: [target for step in steps for target in self._targets(step)]

    def _targets(self, step: Step) -> list[Target]:
        if step.kind == "gateway":
            return self._gateway(step)
        return [self._contact(binding, step) for binding in self._bindings(step.target)]

    def _bindings(self, user: str) -> list[Binding]:
        return self._location.of(user, self._wall())

    def _contact(self, binding: Binding, step: Step) -> Target:
        uri = binding.contact.partition("?")[0].encode("utf-8", "surrogateescape")
        flow = self._domain.current(binding.flow)
        return Target(uri, flow, step.target, False, step.emergency, step.answer_within)

    def _gateway(self, step: Step) -> list[Target]:
        flow: Flow | None = self._domain.flow_to(step.target)
        if flow is None:
            return []
        uri = self._domain.uri_for(self._domain.config.peers[step.target], step.number)
        return [
            Target(uri, flow, step.target, True, step.emergency, step.answer_within, step.caller_id)
        ]


def _timeout(steps: list[Step]) -> float | None:
    """A group rings as long as its most patient step."""
    timeouts = [step.timeout for step in steps]
    if None in timeouts:
        return None
    return max(timeout for timeout in timeouts if timeout is not None)


def _absence(steps: list[Step]) -> int:
    """What a group without any target amounts to: nobody registered, or no way to the gateway."""
    return 480 if any(step.kind == "user" for step in steps) else 503
