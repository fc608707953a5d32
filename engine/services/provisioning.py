"""Serving phones as a service: which ports a node opens for them, and what the store remembers."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import UTC, datetime
from errno import EADDRINUSE
from pathlib import Path
from ssl import SSLContext
from typing import TYPE_CHECKING

from engine.desired import Desired
from engine.emergency.location import Locations
from engine.ports import holder
from engine.provision import (
    Fetch,
    HttpsCertificate,
    ListenError,
    ProvisionEvent,
    ProvisionServer,
)
from engine.provision.enrolment import Enrolment
from engine.provision.secure import Renewal, SecureFiles, secure_context
from engine.provision.server import Door
from engine.provision.sightings import Sighted
from engine.provision.tftp import TftpServer
from engine.secrets import Secrets
from engine.services import ApplyError
from engine.sip.errors import CertificateError
from engine.store.phones import PhoneChanges
from schema.emergency import serves_http
from schema.models import Node, System
from schema.models.node import HttpsListener

if TYPE_CHECKING:
    from engine.provision.ftp import FtpServer


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
        self._tftp: TftpServer | None = None
        self._ftp: FtpServer | None = None
        self._ports: dict[str, tuple[str, int]] = {}

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
        self.server.access.holding = node.provision.holding
        folder = node.provision.firmware if serves else None
        self.server.firmware.folder = Path(folder) if folder is not None else None
        self.server.access.families = desired.families
        devices = desired.devices if serves else {}
        self.server.swap(devices, secrets, self._clock(), desired.books)
        self.server.locate = Locations(desired.system, secrets.location_key()).find
        await self._listen_securely(name, node.address, node.http.tls if serves else None)
        await self._listen_for_tftp(name, node if serves else None)
        await self._listen_for_ftp(name, node if serves else None)

    def take_changes(self) -> PhoneChanges | None:
        """What the store is to remember since the last call; None: nothing."""
        access, web = self.server.access, self.server.web
        sightings = access.sightings.take_changes()
        changes = PhoneChanges(
            [{"mac": mac, **asdict(fetch)} for mac, fetch in web.take_changes()],
            [asdict(enrolment) for enrolment in access.enrolments.take_changes()],
            {mac: asdict(seen) if seen else None for mac, seen in sightings.items()},
            [sent._asdict() for sent in web.uploads.take_changes()],
        )
        return changes if any(changes) else None

    def restore(self, kept: PhoneChanges) -> None:
        """What the store remembers from before this node was started."""
        access = self.server.access
        access.enrolments.restore([Enrolment(**row) for row in kept.enrolments])
        access.sightings.restore([Sighted(**row) for row in kept.sightings.values() if row])
        for row in kept.fetches:
            mac = row.pop("mac")
            self.server.web.restore(mac, Fetch(**row))

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
        try:
            await self._open_doors(node, host, tls)
        except CertificateError as error:
            raise ApplyError(_unusable(node, error)) from error
        await self._renew(node, host, tls)
        self._shown = host, tls

    async def _open_doors(self, node: str, host: str, tls: HttpsListener) -> None:
        """Read the files and show the certificate at the ports. Raises CertificateError."""
        files = _secure_files(tls)
        asking = secure_context(files)
        if tls.clients_port is None:
            await self._open(node, host, tls.port, "https", asking)
            self.server.insecure("clients")
        else:
            plain = secure_context(files._replace(clients=()))
            await self._open(node, host, tls.port, "https", plain)
            await self._open(node, host, tls.clients_port, "clients", asking)

    async def _open(self, node: str, host: str, port: int, door: Door, context: SSLContext) -> None:
        try:
            await self.server.secure(host, port, context, door)
        except ListenError as error:
            setting = "port" if door == "https" else "clients_port"
            raise ApplyError(_taken(f"nodes.{node}.http.tls.{setting}", node, error)) from error

    async def _renew(self, node: str, host: str, tls: HttpsListener) -> None:
        """Take up the files again when they change."""
        if self._renewal is not None:
            await self._renewal.stop()
        files = _secure_files(tls)

        async def renew() -> None:
            await self._open_doors(node, host, tls)
            self._sink(HttpsCertificate(files.chain))

        def trouble(error: CertificateError) -> None:
            self._sink(HttpsCertificate(error.path, error.reason))

        self._renewal = Renewal(files, renew, trouble)

    async def _listen_for_tftp(self, name: str, node: Node | None) -> None:
        wanted = (node.address, node.tftp.port) if node is not None and node.tftp else None
        if wanted == self._ports.get("tftp"):
            return
        if self._tftp is not None:
            await self._tftp.stop()
            self._tftp = None
            del self._ports["tftp"]
        if wanted is not None:
            server = TftpServer(self.server.access)
            await self._start(server.start(*wanted), name, "tftp.port")
            self._tftp, self._ports["tftp"] = server, wanted

    async def _listen_for_ftp(self, name: str, node: Node | None) -> None:
        wanted = (node.address, node.ftp.port) if node is not None and node.ftp else None
        if wanted == self._ports.get("ftp"):
            return
        if self._ftp is not None:
            await self._ftp.stop()
            self._ftp = None
            del self._ports["ftp"]
        if wanted is not None:
            from engine.provision.ftp import FtpServer  # the few nodes that need it load it

            server = FtpServer(self.server.access, self.server.web)
            await self._start(server.start(*wanted), name, "ftp.port")
            self._ftp, self._ports["ftp"] = server, wanted

    async def _start(self, starting: Awaitable[None], node: str, setting: str) -> None:
        try:
            await starting
        except ListenError as error:
            raise ApplyError(_taken(f"nodes.{node}.{setting}", node, error)) from error

    async def _show_no_certificate(self) -> None:
        self._shown = None
        if self._renewal is not None:
            await self._renewal.stop()
            self._renewal = None
        self.server.insecure()

    async def stop(self) -> None:
        """Close the listeners and all connections."""
        self._running = False
        await self._listen_for_tftp("", None)
        await self._listen_for_ftp("", None)
        await self._show_no_certificate()
        await self.server.stop()


def _secure_files(tls: HttpsListener) -> SecureFiles:
    return SecureFiles(tls.certificate.chain, tls.certificate.key, tls.clients)


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
