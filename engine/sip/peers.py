"""What the operator is told of gateways and other nodes: their addresses and how they are."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from engine.sip.events import address_of
from engine.sip.flow import Flow
from engine.sip.probe import Probed, Standing, node_flow

if TYPE_CHECKING:
    from engine.sip.core import SipCore

State = Literal["up", "down", "degraded", "unknown", "unresolved"]


class AddressState(NamedTuple):
    """One address of a gateway or node."""

    address: str
    """"udp:192.0.2.1:5060"."""
    state: Literal["up", "down", "unknown"]
    """"unknown" where it is not probed, or was not yet."""
    since: float | None
    """Seconds since the epoch; None where it is not probed."""
    reason: str
    """Why the last probe failed; empty when it did not."""
    round_trip: float | None
    """Seconds that the last answer took."""
    avoided: float
    """Seconds for which it is tried last, after a call that failed there."""


class PeerState(NamedTuple):
    """A gateway or another node."""

    id: str
    state: State
    """"degraded" when some of its addresses are down, "unresolved" when it has none."""
    problem: str
    """What is wrong with its name; empty when nothing is."""
    stale: bool
    """No name server answers: the addresses are from the last time that one did."""
    addresses: tuple[AddressState, ...]


class Named(Protocol):
    """What is known of a name."""

    @property
    def problem(self) -> str:
        """What is wrong with it."""

    @property
    def stale(self) -> bool:
        """Whether its records have expired."""


def gateway_states(core: "SipCore", listing: Callable[[str], Named]) -> list[PeerState]:
    """Every gateway of the configuration."""
    domain = core.service.domain
    states = []
    for id_, peer in domain.config.peers.items():
        flows = (flow for choice in domain.ways_to(id_) for flow in choice.flows)
        found = [_address(core, Probed("gateway", id_, flow, peer.probe or 0.0)) for flow in flows]
        named = listing(id_)
        states.append(PeerState(id_, _sum(found), named.problem, named.stale, tuple(found)))
    return states


def node_states(core: "SipCore") -> list[PeerState]:
    """Every other router of the system."""
    domain = core.service.domain
    states = []
    for id_, node in domain.config.nodes.items():
        flow = node_flow(domain, node)
        wanted = [] if flow is None else [Probed("node", id_, flow, node.probe or 0.0)]
        found = [_address(core, probed) for probed in wanted]
        states.append(PeerState(id_, _sum(found), "", False, tuple(found)))
    return states


def _address(core: "SipCore", probed: Probed) -> AddressState:
    flow: Flow = probed.flow
    standing = core.prober.standing(probed) or Standing("unknown", None, "", None)
    return AddressState(address_of(flow), *standing, core.health.avoided(flow, core.now()))


def _sum(addresses: Iterable[AddressState]) -> State:
    states = {address.state for address in addresses}
    if not states:
        return "unresolved"
    if len(states) == 1:
        return states.pop()
    return "degraded" if "down" in states else "unknown"
