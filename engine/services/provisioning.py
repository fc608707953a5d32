"""The provisioning server as a service, and the resync of phones whose profile changed."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from errno import EADDRINUSE
from ssl import SSLContext

from engine.desired import Desired
from engine.emergency.location import Locations
from engine.ports import holder
from engine.provision import HttpsCertificate, ListenError, ProvisionEvent, ProvisionServer
from engine.provision.secure import Renewal, SecureFiles, secure_context
from engine.secrets import Secrets
from engine.services import ApplyError
from engine.sip.errors import CertificateError
from renderers.devices import changed_phones
from schema.emergency import serves_http
from schema.models import System
from schema.models.node import HttpsListener

RESYNC_RATE = 20.0
"""Phones that are told to fetch per second: a fleet that fetches at once is an outage."""

Notify = Callable[[str, str], int]
"""Sends check-sync to a user's device; returns how many contacts it was sent to."""


class ProvisioningService:
    """Serves device files where the node has the role `provision`, and emergency locations where
    it is a router of located sites. Both by the same port."""

    def __init__(
        self,
        node: Callable[[System], str],
        secrets: Callable[[str], Secrets],
        sink: Callable[[ProvisionEvent], None],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._node = node
        self._secrets = secrets
        self._clock = clock
        self._sink = sink
        self.server = ProvisionServer(sink)
        self._running = False
        self._shown: tuple[str, HttpsListener] | None = None
        self._renewal: Renewal | None = None

    async def apply(self, desired: Desired) -> None:
        """Swap the files; listen where the node now says."""
        name = self._node(desired.system)
        node = desired.system.nodes[name]
        if not serves_http(node, desired.system.sites.values()):
            await self.stop()
            return
        serves = "provision" in node.roles
        await self._listen(name, node.address, node.http.port)
        secrets = self._secrets(desired.system.system.domain)
        self.server.access.trust(node.provision.networks)
        self.server.access.families = desired.families
        self.server.swap(desired.devices if serves else {}, secrets, self._clock())
        self.server.locate = Locations(desired.system, secrets.location_key()).find
        await self._listen_securely(name, node.address, node.http.tls if serves else None)

    async def _listen(self, node: str, host: str, port: int) -> None:
        try:
            if self._running:
                await self.server.rebind(host, port)
            else:
                await self.server.start(host, port)
        except ListenError as error:
            raise ApplyError(_taken(f"nodes.{node}.http.port", node, error)) from error
        self._running = True

    async def _listen_securely(self, node: str, host: str, tls: HttpsListener | None) -> None:
        if tls is None:
            await self._show_no_certificate()
            return
        if self._shown == (host, tls):
            return
        files = SecureFiles(tls.certificate.chain, tls.certificate.key, tls.clients)
        try:
            await self.server.secure(host, tls.port, secure_context(files))
        except CertificateError as error:
            raise ApplyError(_unusable(node, error)) from error
        except ListenError as error:
            raise ApplyError(_taken(f"nodes.{node}.http.tls.port", node, error)) from error
        await self._renew(files, host, tls.port)
        self._shown = host, tls

    async def _renew(self, files: SecureFiles, host: str, port: int) -> None:
        """Take up the files again when they change."""
        if self._renewal is not None:
            await self._renewal.stop()

        async def use(context: SSLContext) -> None:
            await self.server.secure(host, port, context)
            self._sink(HttpsCertificate(files.chain))

        def trouble(error: CertificateError) -> None:
            self._sink(HttpsCertificate(error.path, error.reason))

        self._renewal = Renewal(files, use, trouble)

    async def _show_no_certificate(self) -> None:
        self._shown = None
        if self._renewal is not None:
            await self._renewal.stop()
            self._renewal = None
        self.server.insecure()

    async def stop(self) -> None:
        """Close the listeners and all connections."""
        self._running = False
        await self._show_no_certificate()
        await self.server.stop()


def _taken(setting: str, node: str, error: ListenError) -> str:
    if error.errno == EADDRINUSE:
        return (
            f"{error.protocol} port {error.port} of {error.host} is in use by "
            f"{holder(error.protocol, error.host, error.port)}: stop it, or change {setting} "
            "and commit"
        )
    return (
        f"cannot listen on {error.protocol} {error.host}:{error.port}: {error.reason}; "
        f"see nodes.{node}.address and {setting}"
    )


def _unusable(node: str, error: CertificateError) -> str:
    place = "clients" if error.setting == "clients" else f"certificate.{error.setting}"
    return f"nodes.{node}.http.tls.{place}: {error.path} cannot be used: {error.reason}"


class Resync:
    """Tells phones, one after another and in the background, that their profile has changed."""

    def __init__(self, notify: Notify, told: Callable[[int, int], None]) -> None:
        self._notify = notify
        self._told = told
        self._task: asyncio.Task[None] | None = None
        self._waiting: dict[str, tuple[str, ...]] = {}

    async def changed(self, old: Desired, new: Desired, secrets: Secrets) -> frozenset[str]:
        """Find the phones that would read other bytes than before, and line them up."""
        if old.devices is new.devices:
            return frozenset()
        phones = await asyncio.to_thread(changed_phones, old.devices, new.devices, secrets)
        for mac in sorted(phones):
            # The old lines: the phone is registered as who it was.
            self._waiting[mac] = old.system.phones[mac].lines
        if self._waiting and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._tell_all(), name="resync phones")
        return phones

    async def _tell_all(self) -> None:
        reached = asked = 0
        while self._waiting:
            mac, lines = self._waiting.popitem()
            asked += 1
            reached += self._tell(mac, lines)
            await asyncio.sleep(1 / RESYNC_RATE)
        self._told(asked, reached)

    def _tell(self, mac: str, lines: Iterable[str]) -> bool:
        """One line that reaches the phone is enough: it fetches as a whole."""
        return any(self._notify(user, mac) for user in dict.fromkeys(lines))

    async def stop(self) -> None:
        """Forget who is still waiting: phones fetch at their own interval too."""
        self._waiting.clear()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
