"""The SIP router as a service: what `Desired` means to `engine.sip`."""

import asyncio
from collections.abc import Callable, Mapping
from errno import EADDRINUSE
from functools import cache
from typing import Any

from engine.desired import Desired
from engine.emergency.location import Locations, base_of
from engine.gates.vitals import Vitals
from engine.ports import holder
from engine.secrets import Secrets
from engine.services import ApplyError
from engine.services.accounts import Accounts, own_algorithms
from engine.services.deciding import decider
from engine.services.lamps import LampLists
from engine.services.registrations import Changes, binding_of, changes_of
from engine.sip import (
    Account,
    CertificateError,
    CertificateFiles,
    Kept,
    ListenAddress,
    ListenError,
    Peer,
    Protection,
    RelayAddress,
    ResourceList,
    SipConfig,
    SipEvent,
    SipServer,
    WebSocketPolicy,
)
from engine.store import EventState
from schema.address import host_and_port, ip_address
from schema.models import Gateway, Node, System
from schema.models import Protection as ProtectionLimits
from schema.settings import resolve

CALL_LIMIT = 10
"""Calls of a user at a time where no setting says otherwise."""

NODE_PROBE = 30.0
"""Seconds between OPTIONS to another router of the system."""


class RouterService:
    """Registrar and proxy of one node. Runs only where the node has the role `router`."""

    def __init__(
        self,
        node: Callable[[System], str],
        secrets: Callable[[str], Secrets],
        sink: Callable[[SipEvent], None],
        remembered: Callable[[], tuple[list[dict[str, Any]], list[EventState]]],
    ) -> None:
        """`node` says which node of a system this is; `remembered` gives what the store has of
        registrations and of subscriptions."""
        self._node = node
        self._secrets = secrets
        self._sink = sink
        self._remembered = remembered
        self._accounts = Accounts()
        self._lamps = LampLists()
        self.server: SipServer | None = None

    async def apply(self, desired: Desired) -> None:
        """Swap accounts, gateways and route table; listen where the node now says."""
        name = self._node(desired.system)
        node = desired.system.nodes[name]
        if "router" not in node.roles:
            await self.stop()
            return
        secrets = self._secrets(desired.system.system.domain)
        lamps = self._lamps.of(desired.system)
        config = sip_config(desired, name, self._accounts.of(desired), lamps, secrets)
        try:
            await self._run(config, listen_addresses(node))
        except ListenError as error:
            raise ApplyError(_taken(name, error)) from error
        except CertificateError as error:
            raise ApplyError(_unusable(name, desired.system, error)) from error

    async def _run(self, config: SipConfig, addresses: list[ListenAddress]) -> None:
        if self.server is not None:
            await self.server.reconfigure(config, addresses)
            return
        server = SipServer(config, self._sink)
        records, states = await asyncio.to_thread(self._remembered)
        await server.start(addresses)
        server.restore([binding_of(record) for record in records])
        server.restore_events(Kept(*state) for state in states)
        self.server = server

    async def stop(self) -> None:
        """Close all sockets."""
        if self.server is not None:
            server, self.server = self.server, None
            await server.stop()

    def take_changes(self) -> Changes:
        """Registrations that were made and removed since the last call, for the store."""
        return (
            changes_of(self.server.take_changes()) if self.server is not None else Changes([], [])
        )

    def registered(self) -> set[tuple[str, str]]:
        """User and contact of every registration."""
        server = self.server
        return {(b.user, b.contact) for b in server.registrations()} if server else set()

    def users_in_calls(self) -> frozenset[str]:
        """Users who call, whom phones ring for, or who talk."""
        calls = self.server.calls() if self.server is not None else ()
        return frozenset(
            user for call in calls for user in (call.user, *(leg.user for leg in call.legs)) if user
        )

    def vitals(self) -> Vitals:
        """Who is registered and can be reached now, and how the gateways are."""
        if self.server is None:
            return Vitals()
        registered = frozenset(
            (each.user, each.device)
            for each in self.server.registrations()
            if self.server.reaches(each)
        )
        return Vitals(registered, {peer.id: peer.state for peer in self.server.gateways()})

    def take_event_changes(self) -> list[EventState]:
        """Subscriptions, publications and message counts that changed, for the store."""
        return [*self.server.take_event_changes()] if self.server is not None else []


def listen_addresses(node: Node) -> list[ListenAddress]:
    """The sockets of a node's router: each transport on each address."""
    hosts = dict.fromkeys(str(ip_address(host)) for host in node.sip_addresses)
    ports = node.sip.ports.items()
    return [ListenAddress(transport, host, port) for host in hosts for transport, port in ports]


def sip_config(
    desired: Desired,
    name: str,
    accounts: Mapping[str, Account],
    lamps: Mapping[str, ResourceList],
    secrets: Secrets,
) -> SipConfig:
    """What the SIP engine of a node is told of the system."""
    system, node = desired.system, desired.system.nodes[name]
    policy = system.system
    return SipConfig(
        domain=policy.domain,
        hosts=frozenset(host for each in system.nodes.values() for host in each.sip_addresses),
        accounts=accounts,
        peers={
            name: _peer(name, gateway)
            for name, gateway in system.gateways.items()
            if gateway.enabled
        },
        nodes=_other_routers(system, name),
        decide=decider(desired.table),
        addresses=desired.table.numbers,
        resource_lists=lamps,
        password=lambda account, device: secrets.sip_password(account.user, device, account.epoch),
        algorithms=policy.auth.algorithms,
        own_algorithms=own_algorithms(system),
        nonce_lifetime=policy.auth.nonce_lifetime,
        nonce_key=secrets.nonce_key(),
        min_expires=int(policy.registration.min_expires),
        default_expires=int(policy.registration.default_expires),
        max_expires=int(policy.registration.max_expires),
        max_contacts=policy.registration.max_contacts,
        protection=_protection(policy.protection),
        is_emergency=desired.table.is_emergency,
        locate=_locator(system, node, secrets),
        emergency_number=desired.table.emergency_number(),
        call_limit=_call_limits(system),
        keep_alive=policy.nat.keep_alive,
        media_relays=tuple(RelayAddress(*host_and_port(each)) for each in node.rtpengine),
        relay_always=policy.nat.relay == "always",
        certificate=_certificate(node),
        websocket=WebSocketPolicy(node.sip.websocket.path, frozenset(node.sip.websocket.origins)),
    )


def _locator(system: System, node: Node, secrets: Secrets) -> Callable[[str], str]:
    locations, base = Locations(system, secrets.location_key()), base_of(node)
    return lambda site: locations.issue(site, base)


def _protection(limits: ProtectionLimits) -> Protection:
    return Protection(
        limits.stranger_requests, limits.known_requests, limits.wrong_passwords, limits.ban,
        limits.trusted, limits.scanners,
    )  # fmt: skip


def _call_limits(system: System) -> Callable[[str], int]:
    """Calls that a user may have placed at a time, worked out once for each who calls."""

    @cache
    def limit(user: str) -> int:
        return (resolve(system, user).call_limit if user in system.users else None) or CALL_LIMIT

    return limit


def _certificate(node: Node) -> CertificateFiles | None:
    files = node.sip.certificate
    return None if files is None else CertificateFiles(files.chain, files.key)


def _peer(name: str, gateway: Gateway) -> Peer:
    host, port = host_and_port(gateway.address, 0)
    authority = gateway.ca or ""
    return Peer(name, host, port or None, gateway.transport, gateway.probe, authority)


def _other_routers(system: System, own: str) -> dict[str, Peer]:
    """The routers that this one watches, each at its first address of a plain transport."""
    others: dict[str, Peer] = {}
    for name, node in system.nodes.items():
        if name != own and "router" in node.roles:
            for transport, host, port in listen_addresses(node):
                if transport in ("udp", "tcp"):
                    others.setdefault(name, Peer(name, host, port, transport, NODE_PROBE))
    return others


def _taken(node: str, error: ListenError) -> str:
    program = holder("udp" if error.transport == "udp" else "tcp", error.host, error.port)
    setting = f"nodes.{node}.sip.{error.transport}"
    if error.errno == EADDRINUSE:
        return (
            f"{error.transport} port {error.port} of {error.host} is in use by {program}: "
            f"stop it, or change {setting} and commit"
        )
    return (
        f"cannot listen on {error.transport} {error.host}:{error.port}: {error.reason}; "
        f"see nodes.{node}.address and {setting}"
    )


def _unusable(node: str, system: System, error: CertificateError) -> str:
    setting = f"nodes.{node}.sip.certificate.{error.setting}"
    if error.setting == "ca":
        names = (name for name, each in system.gateways.items() if each.ca == error.path)
        setting = f"gateways.{next(names)}.ca"
    return f"{setting}: {error.path} cannot be used: {error.reason}"
