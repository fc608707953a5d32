"""What is remembered of one source, and a bounded table of all of them.

A source is an IPv4 address or an IPv6 network of 64 bits, which is what one customer gets.
"""

import math
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_network
from socket import AF_INET, inet_pton
from typing import Final

STRANGERS: Final = 32_768
"""Sources remembered beside those where somebody registered; then strangers are forgotten.

To a forger of addresses it makes no difference: each of them is new in any case.
"""
HOSTS: Final = 65_536
"""Addresses kept beside their sources: they save working out what source an address belongs to."""


class Standing:
    """One source. `left` is what each message costs one of; below zero it is looked at."""

    __slots__ = (
        "blame", "blamed_since", "exempt", "guesses", "left", "name", "proofs", "proved_until",
        "refused", "since", "stranger", "strikes",
    )  # fmt: skip

    def __init__(self, name: str, exempt: bool) -> None:
        self.name = name
        self.exempt = exempt
        """A gateway, ourselves, or trusted: never limited."""
        self.stranger = not exempt
        """Nobody has proved to be a user from there of late."""
        self.left: float = math.inf if exempt else 0
        self.since = -math.inf
        """When the budget was given."""
        self.refused = 0
        """Messages over the budget since then."""
        self.proofs = 0
        """Messages with credentials that are let through over the budget."""
        self.strikes = 0
        """Budgets overrun one after another."""
        self.proved_until = -math.inf
        self.blame = self.guesses = 0
        """Points for misbehaviour, and wrong passwords, since `blamed_since`."""
        self.blamed_since = 0.0


class Standings:
    """Sources by name, and by each address that was seen. Bounded."""

    def __init__(self) -> None:
        self.by_host: dict[str, Standing] = {}
        """For the look-up on the way of each message. Never another object."""
        self._sources: dict[str, Standing] = {}
        self._most = STRANGERS
        self._networks: tuple[IPv4Network | IPv6Network, ...] = ()
        self._masks: tuple[tuple[int, int], ...] = ()
        """Those of IPv4: address and netmask."""

    def __len__(self) -> int:
        """Sources remembered."""
        return len(self._sources)

    def exempt(self, networks: Iterable[str]) -> None:
        """Which addresses and networks are never limited, from now on. Names are left out."""
        wanted = tuple(found for text in networks if (found := _network(text)) is not None)
        if wanted == self._networks:
            return
        self._networks = wanted
        self._masks = tuple(
            (int(each.network_address), int(each.netmask)) for each in wanted if each.version == 4
        )
        self.by_host.clear()
        self._sources = {
            name: standing
            for name, standing in self._sources.items()
            if not standing.exempt and not self._is_exempt(name)
        }

    def meet(self, host: str) -> Standing:
        """The standing of an address that `by_host` does not know."""
        if len(self.by_host) >= HOSTS:
            self.by_host.clear()
        name = self.source_of(host)
        exempt = self._is_exempt(host)
        key = host if exempt else name  # a gateway's neighbours are not the gateway
        standing = self._sources.get(key)
        if standing is None:
            if len(self._sources) >= self._most:
                self._forget_strangers()
            standing = self._sources[key] = Standing(key, exempt)
        self.by_host[host] = standing
        return standing

    def find(self, address: str) -> Standing | None:
        """The standing of an address, or of a source by its name, if there is one."""
        return self._sources.get(address) or self._sources.get(self.source_of(address))

    @staticmethod
    def source_of(host: str) -> str:
        """The name of the source that an address belongs to."""
        if ":" not in host or "/" in host:
            return host
        network = _network(host.partition("%")[0] + "/64")
        return host if network is None else str(network)

    def _is_exempt(self, name: str) -> bool:
        try:  # an IPv4 address, which is what forgers have most of: each is met once
            number = int.from_bytes(inet_pton(AF_INET, name))
        except OSError:
            return self._is_exempt_network(name)
        return any(number & mask == address for address, mask in self._masks)

    def _is_exempt_network(self, name: str) -> bool:
        network = _network(name)
        return network is not None and any(
            network.version == each.version and network.subnet_of(each)  # type: ignore[arg-type]
            for each in self._networks
        )

    def _forget_strangers(self) -> None:
        """Make room. Those who are known are as many as there are users, and stay."""
        self._sources = {
            name: standing for name, standing in self._sources.items() if not standing.stranger
        }
        self._most = max(STRANGERS, 2 * len(self._sources))
        self.by_host.clear()


def within(host: str, networks: Iterable[str]) -> bool:
    """Whether an address is in one of the networks."""
    address = _network(host)
    found = [_network(text) for text in networks]
    return address is not None and any(
        address.network_address in network for network in found if network is not None
    )


def _network(text: str) -> IPv4Network | IPv6Network | None:
    """A network, or an address as one; None for what is neither, such as a name."""
    try:
        return ip_network(text.partition("%")[0].strip("[]"), strict=False)
    except ValueError:
        return None
