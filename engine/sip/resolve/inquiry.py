"""Questions to DNS for one resolution, and for how long all of its answers together hold."""

import asyncio
import socket
from typing import Final, NamedTuple

from dns.asyncresolver import Resolver
from dns.exception import DNSException
from dns.name import Name, from_text
from dns.rdata import Rdata
from dns.rdtypes.IN.NAPTR import NAPTR
from dns.rdtypes.IN.SRV import SRV
from dns.resolver import NXDOMAIN

ANSWER_WITHIN: Final = 3.0
"""Seconds for one answer, all name servers tried."""
HOSTS_WITHIN: Final = 5.0
"""Seconds for the system's own look-up."""
HOSTS_TTL: Final = 60.0
"""Seconds that an answer of the system's own look-up holds, which says no time itself."""
MOST_RECORDS: Final = 16
"""Records that are used of one answer: whoever answers must not make us hold or try more."""


class ResolverError(Exception):
    """No name server gave an answer, which says nothing about the name."""


class NameServers(NamedTuple):
    """Whom to ask in place of the system's name servers."""

    addresses: tuple[str, ...]
    """IP addresses."""
    port: int = 53


class Inquiry:
    """Asks for records; `ttl` is the shortest time to live among all answers, in seconds."""

    def __init__(self, servers: NameServers | None) -> None:
        self.ttl = float("inf")
        self._servers = servers
        self._resolver: Resolver | None = None

    async def services(self, domain: str) -> list[NAPTR]:
        """NAPTR records of a domain, best first; those that lead to SRV records (flag "s")."""
        found = [each for each in await self._records(domain, "NAPTR") if isinstance(each, NAPTR)]
        usable = [each for each in found if each.flags.lower() == b"s"]
        return sorted(usable, key=lambda each: (each.order, each.preference))[:MOST_RECORDS]

    async def servers(self, service: str) -> list[SRV]:
        """SRV records of a service, such as "_sip._udp.example.net", best first."""
        found = [each for each in await self._records(service, "SRV") if isinstance(each, SRV)]
        order = sorted(found, key=lambda each: (each.priority, -each.weight, each.target))
        return order[:MOST_RECORDS]

    async def addresses(self, host: str) -> tuple[str, ...]:
        """IP addresses of a host, of both families: of DNS, else of the system (/etc/hosts).

        A name without a dot is the system's alone: `localhost`, or a machine nearby.
        """
        if "." not in host.rstrip("."):
            return await self.system_addresses(host)
        answers = await asyncio.gather(self._records(host, "A"), self._records(host, "AAAA"))
        found = tuple(record.to_text() for answer in answers for record in answer)
        return found[:MOST_RECORDS] or await self.system_addresses(host)

    async def system_addresses(self, host: str) -> tuple[str, ...]:
        """What the operating system says; nothing where it says nothing."""
        loop = asyncio.get_running_loop()
        self.ttl = min(self.ttl, HOSTS_TTL)
        try:
            async with asyncio.timeout(HOSTS_WITHIN):
                records = await loop.getaddrinfo(host, None, type=socket.SOCK_DGRAM)
        except OSError:  # TimeoutError is one
            return ()
        return tuple(dict.fromkeys(str(record[4][0]) for record in records))[:MOST_RECORDS]

    async def _records(self, name: str, kind: str) -> list[Rdata]:
        """Records of a name; none when it has none. Raises ResolverError."""
        try:
            answer = await self._asked().resolve(
                _absolute(name), kind, raise_on_no_answer=False, lifetime=ANSWER_WITHIN
            )
        except NXDOMAIN:
            return []
        except (DNSException, OSError) as error:
            raise ResolverError(str(error)) from error
        if answer.rrset is None:
            return []
        self.ttl = min(self.ttl, answer.chaining_result.minimum_ttl)
        return list(answer.rrset)

    def _asked(self) -> Resolver:
        """Made for each resolution: /etc/resolv.conf may have changed since the last."""
        if self._resolver is None:
            self._resolver = Resolver(configure=self._servers is None)
            if self._servers is not None:
                self._resolver.nameservers = list(self._servers.addresses)
                self._resolver.port = self._servers.port
        return self._resolver


def _absolute(name: str) -> Name:
    """The name as it stands: no search list may turn it into another."""
    return from_text(name if name.endswith(".") else name + ".")
