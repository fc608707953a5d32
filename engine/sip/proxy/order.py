"""In which order the steps of a call are taken: settled when it begins.

The dial plan says who stands in for whom. Here is what it cannot know: whose turn it is in a hunt
group, how the draw among weighted gateways falls, and which gateways are down.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from random import Random

from engine.sip.calls import Key
from engine.sip.health import Health
from engine.sip.proxy.domain import Domain
from engine.sip.proxy.pools import Pools
from schema.dialplan.decision import Step

Groups = list[list[Step]]
"""Steps that are taken together, in the order of the call."""


class Order:
    """Groups the steps of a call and puts the groups in order."""

    def __init__(self, domain: Domain, health: Health, chance: Random, pools: Pools) -> None:
        self._domain = domain
        self._health = health
        self._chance = chance
        self._pools = pools

    def of(self, steps: Sequence[Step], key: Key | None) -> Groups:
        """The groups of a request; `key` is that of the call that it begins."""
        if len(steps) == 1:
            return [[steps[0]]]
        if key is not None and any(step.pool for step in steps):
            steps = self._pools.in_turn(steps, key)
        gathered = _gathered(steps)
        if any(step.weight for step in steps):
            gathered = _rearranged(gathered, _is_weighted, self._drawn)
        if self._health.troubled:
            gathered = _rearranged(gathered, _is_any, self._lame_last)
        return gathered

    def _drawn(self, run: Groups) -> Groups:
        """Each place is drawn in proportion to the weights of those left (as RFC 2782)."""
        left, order = list(run), []
        while left:
            drawn = self._chance.randint(1, sum(group[0].weight for group in left))
            for place, group in enumerate(left):
                drawn -= group[0].weight
                if drawn <= 0:
                    order.append(left.pop(place))
                    break
        return order

    def _lame_last(self, run: Groups) -> Groups:
        """Gateways that are down behind those that stand in for them: last, but not left out."""
        return sorted(run, key=lambda group: self._is_lame(group[0]))

    def _is_lame(self, step: Step) -> bool:
        """Whether a gateway is down at every one of its addresses."""
        flows = [flow for choice in self._domain.ways_to(step.target) for flow in choice.flows]
        return bool(flows) and all(map(self._health.down, flows))


def _gathered(steps: Iterable[Step]) -> Groups:
    """Groups in the order of the steps; a parallel step joins the group before it."""
    gathered: Groups = []
    for step in steps:
        if step.parallel and gathered:
            gathered[-1].append(step)
        else:
            gathered.append([step])
    return gathered


def _rearranged(
    gathered: Groups, belongs: Callable[[Step], bool], arrange: Callable[[Groups], Groups]
) -> Groups:
    """The groups with each run of gateways put in another order. The first of a run is what the
    first was before; those behind it stand in for it."""
    order: Groups = []
    for run in _runs(gathered, belongs):
        if len(run) > 1:
            first = run[0][0].failover
            run = arrange(run)
            for place, group in enumerate(run):
                group[0] = group[0]._replace(failover=place > 0 or first)
        order += run
    return order


def _runs(gathered: Groups, belongs: Callable[[Step], bool]) -> Iterator[Groups]:
    """Gateways in each other's stead that belong together; anything else by itself."""
    run: Groups = []
    for group in gathered:
        step = group[0]
        alone = len(group) == 1 and step.kind == "gateway" and belongs(step)
        if run and not (alone and step.failover):
            yield run
            run = []
        run.append(group)
        if not alone:
            yield run
            run = []
    if run:
        yield run


def _is_weighted(step: Step) -> bool:
    return step.weight > 0 and not step.emergency


def _is_any(_step: Step) -> bool:
    return True
