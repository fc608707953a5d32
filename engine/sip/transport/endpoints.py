"""All sockets of a node: opened together or not at all, found by their listener."""

import asyncio
import os
from collections.abc import Iterable, Sequence

from engine.sip.config import SipConfig
from engine.sip.errors import ListenError
from engine.sip.flow import SECURE, Flow, ListenAddress
from engine.sip.transaction import Transaction
from engine.sip.transport.admission import Admission
from engine.sip.transport.certificates import Certificates, Loaded, load, trusting
from engine.sip.transport.stream import StreamEndpoint
from engine.sip.transport.udp import UdpEndpoint
from engine.sip.transport.user import TransportUser
from engine.sip.transport.websocket import WebSocketEndpoint

Endpoint = UdpEndpoint | StreamEndpoint | WebSocketEndpoint


class Endpoints:
    """What a node listens on at present."""

    def __init__(self, user: TransportUser, certificates: Certificates) -> None:
        self._user = user
        self._certificates = certificates
        self._admission = Admission(user.ignores)
        self._wanted: dict[ListenAddress, Endpoint] = {}
        """By the address that was asked for, in which the port may be 0."""
        self._by_listener: dict[ListenAddress, Endpoint] = {}

    @property
    def listening(self) -> list[ListenAddress]:
        """Addresses in use; where port 0 was asked for, the port that was given."""
        return [endpoint.listener for endpoint in self._wanted.values()]

    @property
    def connections(self) -> int:
        """Open connections of all stream transports."""
        return self._admission.connections.total

    async def change(self, config: SipConfig, addresses: Sequence[ListenAddress]) -> list[Endpoint]:
        """Go over to other addresses; gives what is to be closed once the core knows of it.

        New sockets are opened first. On ListenError or CertificateError nothing has changed.
        """
        loaded = await asyncio.to_thread(_load, config)
        opened = await self._open(each for each in addresses if each not in self._wanted)
        if loaded is not None:
            self._certificates.use(loaded)
        closing = [self._wanted.pop(old) for old in set(self._wanted) - set(addresses)]
        present = self._wanted | opened
        self._wanted = {address: present[address] for address in addresses}
        self._by_listener = {each.listener: each for each in self._wanted.values()}
        for endpoint in self._wanted.values():
            if isinstance(endpoint, WebSocketEndpoint):
                endpoint.policy = config.websocket
        return closing

    async def _open(self, addresses: Iterable[ListenAddress]) -> dict[ListenAddress, Endpoint]:
        opened: dict[ListenAddress, Endpoint] = {}
        for address in addresses:
            try:
                endpoint = self._endpoint(address)
                await endpoint.open()
            except OSError as error:
                for other in opened.values():
                    await other.close()
                reason = os.strerror(error.errno) if error.errno else str(error)
                raise ListenError(*address, reason, error.errno or 0) from None
            opened[address] = endpoint
        return opened

    def _endpoint(self, address: ListenAddress) -> Endpoint:
        transport = address.transport
        if transport == "udp":
            return UdpEndpoint(address, self._user.receive, self._user.drained, self._user.lost)
        kind = WebSocketEndpoint if transport in ("ws", "wss") else StreamEndpoint
        certificates = self._certificates if transport in SECURE else None
        return kind(address, self._user, self._admission, certificates)

    def send(self, flow: Flow, data: bytes, sender: Transaction | None) -> bool:
        """Send. False: it cannot be; else `sender` may still be told so later."""
        endpoint = self._by_listener.get(flow.listener)
        if isinstance(endpoint, UdpEndpoint):
            return endpoint.send(data, flow)
        return endpoint is not None and endpoint.send(data, flow, sender)

    def reaches(self, flow: Flow) -> bool:
        """Whether that way is open: its listener, and for streams a connection or the right to
        make one."""
        endpoint = self._by_listener.get(flow.listener)
        if endpoint is None or isinstance(endpoint, UdpEndpoint):
            return endpoint is not None
        return endpoint.is_connected(flow) or not flow.accepted

    def sweep(self, now: float) -> None:
        """Close connections that are late, and see to the certificate. About once a second."""
        self._certificates.check(now)
        for endpoint in self._wanted.values():
            if not isinstance(endpoint, UdpEndpoint):
                endpoint.sweep(now)

    async def close(self) -> None:
        """Close everything."""
        for endpoint in self._wanted.values():
            await endpoint.close()
        self._wanted = {}
        self._by_listener = {}


def _load(config: SipConfig) -> Loaded | None:
    """The certificate; and whether what is to be trusted can be read. Raises CertificateError."""
    for peer in config.peers.values():
        if peer.transport == "tls" and peer.authority:
            trusting(peer.authority)
    return None if config.certificate is None else load(config.certificate)
