"""The servers of all gateways, each resolved again when its records expire.

When no name server answers, the last answer goes on being served, and the listing says so.
"""

import asyncio
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from engine.sip.config import Peer
from engine.sip.proxy.ways import Server
from engine.sip.resolve.inquiry import Inquiry, NameServers, ResolverError
from engine.sip.resolve.locate import Located, literal, locate, locate_without_dns

SHORTEST: Final = 5.0
"""Seconds that an answer holds at least, whatever its time to live."""
LONGEST: Final = 3600.0
RETRY: Final = 15.0
"""Seconds until a name without servers, or a silent resolver, is asked again."""
AT_ONCE: Final = 16
"""Gateways resolved at the same time."""
FIRST_WITHIN: Final = 5.0
"""Seconds that a new configuration waits for the names in it; they may come later."""

_Key = tuple[Peer, frozenset[str]]
"""A gateway, and the transports that we speak."""

NO_ANSWER: Final = "no name server answers"
NO_ADDRESS: Final = "the name has no address"


class Listing(NamedTuple):
    """What is known of one gateway's name."""

    servers: tuple[Server, ...]
    problem: str = ""
    """Why there is nothing, or nothing newer; empty when all is well."""
    stale: bool = False
    """The records have expired, and no name server says anything new."""


class Directory:
    """Follows the names of a configuration. `changed` is called when servers have changed."""

    def __init__(self, changed: Callable[[], None], servers: NameServers | None = None) -> None:
        self._changed = changed
        self._name_servers = servers
        self._followed: dict[_Key, _Followed] = {}
        self._by_id: dict[str, _Followed] = {}
        self._limit = asyncio.Semaphore(AT_ONCE)

    async def prepare(self, peers: Iterable[Peer], spoken: frozenset[str]) -> None:
        """Begin to look after these gateways, and wait a little for names that are new.

        `spoken` are the transports that the node listens on. Nothing that `servers` says changes
        yet: see `settle`.
        """
        keys = [(peer, spoken) for peer in peers]
        new = [self._begin(key) for key in dict.fromkeys(keys) if key not in self._followed]
        if new:
            waits = [asyncio.ensure_future(followed.first.wait()) for followed in new]
            _, late = await asyncio.wait(waits, timeout=FIRST_WITHIN)
            for wait in late:
                wait.cancel()

    def settle(self, peers: Iterable[Peer], spoken: frozenset[str]) -> None:
        """From now on these gateways, which were prepared, and no others."""
        wanted = {peer.id: (peer, spoken) for peer in peers}
        for key in self._followed.keys() - set(wanted.values()):
            self._followed.pop(key).task.cancel()
        self._by_id = {id_: self._followed[key] for id_, key in wanted.items()}

    def servers(self) -> dict[str, tuple[Server, ...]]:
        """Servers of each gateway by its id; empty where there are none."""
        return {id_: followed.listing.servers for id_, followed in self._by_id.items()}

    def listing(self, id_: str) -> Listing:
        """What is known of a gateway's name."""
        followed = self._by_id.get(id_)
        return Listing(()) if followed is None else followed.listing

    def stop(self) -> None:
        """Ask no more."""
        self.settle((), frozenset())

    def _begin(self, key: _Key) -> "_Followed":
        self._followed[key] = followed = _Followed()
        followed.task = asyncio.get_running_loop().create_task(self._refresh(key, followed))
        return followed

    async def _refresh(self, key: _Key, followed: "_Followed") -> None:
        """Resolve whenever the last answer has expired. Addresses need it once."""
        servers = literal(key[0])
        if servers is not None:
            followed.listing = Listing(servers)
            followed.first.set()
            return
        while True:
            async with self._limit:
                pause = await self._resolve(key, followed)
            followed.first.set()
            await asyncio.sleep(pause)

    async def _resolve(self, key: _Key, followed: "_Followed") -> float:
        """Bring one listing up to date; seconds that it holds."""
        (peer, spoken), old = key, followed.listing
        try:
            located = await locate(peer, spoken, Inquiry(self._name_servers))
        except ResolverError:
            if old.servers:
                followed.listing = Listing(old.servers, NO_ANSWER, stale=True)
                return RETRY
            located = await locate_without_dns(peer, Inquiry(self._name_servers))
            followed.listing = Listing(located.servers, NO_ANSWER)
        else:
            problem = "" if located.servers else NO_ADDRESS
            followed.listing = Listing(located.servers, problem)
        announced = self._by_id.get(peer.id) is followed
        if announced and not _same(old.servers, located.servers):
            self._changed()
        return _holds(located)


class _Followed:
    """A gateway that is looked after."""

    task: asyncio.Task[None]

    def __init__(self) -> None:
        self.listing = Listing(())
        self.first = asyncio.Event()


def _holds(located: Located) -> float:
    return min(max(located.ttl, SHORTEST), LONGEST) if located.servers else RETRY


def _same(old: Iterable[Server], new: Iterable[Server]) -> bool:
    """Whether only the order of addresses differs, in which DNS takes turns."""
    return _unordered(old) == _unordered(new)


def _unordered(servers: Iterable[Server]) -> set[tuple[Server, frozenset[str]]]:
    return {(server._replace(hosts=()), frozenset(server.hosts)) for server in servers}
