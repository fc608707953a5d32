"""What is ours: our names and addresses, our lines in messages, and the gateways we trust.

One immutable object per configuration, with everything prepared that each message would
otherwise have to build.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from engine.sip.config import Account, Peer, SipConfig
from engine.sip.flow import Flow, ListenAddress
from engine.sip.proxy.ways import Choice, Server
from engine.sip.transaction import COOKIE
from engine.sip.wire.uri import SipUri, bracketed, escape_user

PeerServers = Mapping[str, tuple[Server, ...]]
"""The servers of each gateway, by its id: what its name resolved to."""


class Domain:
    """The node as others see it."""

    def __init__(
        self, config: SipConfig, listeners: Sequence[ListenAddress], peers: PeerServers
    ) -> None:
        self.config = config
        self.listeners = tuple(listeners)
        self._listener_set = frozenset(listeners)
        names = {config.domain, *config.hosts, *(listener.host for listener in listeners)}
        self._names = frozenset(name.strip("[]").lower() for name in names)
        self._ports = frozenset(listener.port for listener in listeners) | {0}
        self.name = config.domain.lower()
        self.registrar = b"sip:" + config.domain.encode()
        """The Request-URI of a REGISTER, as it is usually written."""
        self.realm = b'realm="%s"' % config.domain.encode()
        """As it stands in credentials for us."""
        self.sent_bys = frozenset(sent_by(listener) for listener in listeners)
        self._via = {listener: _via(listener) for listener in listeners}
        self.route_endings = frozenset(map(own_route, listeners))
        """What follows the token in the Record-Route values that we write."""
        self._ways = {id_: self._choices(peers.get(id_, ())) for id_ in config.peers}
        self._nodes = frozenset(node.host for node in config.nodes.values())
        self._datagram_ways: set[tuple[str, int]] = set()
        self._sources: dict[tuple[str, int], Peer] = {}
        self._stream_sources: dict[tuple[str, str], Peer] = {}
        for id_, peer in config.peers.items():
            self._note_sources(peer, self._ways[id_])

    def _choices(self, servers: Iterable[Server]) -> tuple[Choice, ...]:
        """The ways to a gateway. One to ourselves would be a circle, and we trust gateways."""
        choices = []
        for server in servers:
            flows = [
                Flow(listener, host, server.port)
                for host in server.hosts
                if (listener := self.listener_for(server.transport, host)) is not None
                and ListenAddress(server.transport, host, server.port) not in self._listener_set
            ]
            if flows:
                choices.append(Choice(server, tuple(flows)))
        return tuple(choices)

    def _note_sources(self, peer: Peer, choices: Iterable[Choice]) -> None:
        """Every address of a gateway is one that its calls may come from."""
        for flow in (flow for choice in choices for flow in choice.flows):
            self._sources.setdefault((flow.host, flow.port), peer)
            if flow.reliable:
                self._stream_sources.setdefault((flow.transport, flow.host), peer)
            else:
                self._datagram_ways.add((flow.host, flow.port))

    def listener_for(self, transport: str, host: str) -> ListenAddress | None:
        """Our listener from which that host is reached: of its family, and local as it is."""
        six, local = ":" in host, _is_local(host)
        fitting = None
        for listener in self.listeners:
            if listener.transport == transport and (":" in listener.host) == six:
                if _is_local(listener.host) == local:
                    return listener
                fitting = fitting or listener
        return fitting

    def is_own(self, uri: SipUri) -> bool:
        """Whether a URI names this system: its domain, or an address and port we listen on."""
        if uri.host == self.name:
            return True
        return uri.host in self._names and uri.port in self._ports

    def owns(self, uri: SipUri, account: Account) -> bool:
        """Whether the user part of a URI is one of the account's addresses."""
        user = uri.user
        return user == account.user or self.config.addresses.get(user) == account.user

    def is_own_host(self, host: str) -> bool:
        """Whether a host is the domain or one of our addresses, whatever the port."""
        return host in self._names

    def peer_at(self, flow: Flow) -> Peer | None:
        """The gateway that a message came from.

        Its port must be right as well, except over a stream from a gateway that speaks streams:
        those connections have any port.
        """
        peer = self._sources.get((flow.host, flow.port))
        if flow.listener.transport == "udp":
            return peer if (flow.host, flow.port) in self._datagram_ways else None
        return peer or self._stream_sources.get((flow.transport, flow.host))

    def is_peer_or_node(self, flow: Flow) -> bool:
        """Whether a message came from a gateway, or from another node of the system."""
        return flow.host in self._nodes or self.peer_at(flow) is not None

    def ways_to(self, gateway: str) -> tuple[Choice, ...]:
        """The ways to a gateway; none when its name does not resolve or no listener fits."""
        return self._ways.get(gateway, ())

    def stream_to(self, flow: Flow) -> Flow | None:
        """TCP to where that UDP leads, for what is too big for a datagram.

        Only to gateways: they are servers, which listen on both (RFC 3261 section 18.1.1). A
        phone that registered over UDP has no port open for us, least of all behind NAT.
        """
        if (flow.host, flow.port) not in self._datagram_ways:
            return None
        listener = self.listener_for("tcp", flow.host)
        return None if listener is None else flow._replace(listener=listener)

    def is_guess(self, flow: Flow) -> bool:
        """Whether a flow is one of `stream_to`, which nobody said is there."""
        return flow.listener.transport == "tcp" and (flow.host, flow.port) in self._datagram_ways

    def current(self, flow: Flow) -> Flow:
        """The same way through a listener that still exists."""
        if flow.listener in self._listener_set:
            return flow
        listener = self.listener_for(flow.transport, flow.host)
        return flow if listener is None else flow._replace(listener=listener)

    def via(self, listener: ListenAddress) -> bytes:
        """Our Via line, up to and including the magic cookie of the branch."""
        try:
            return self._via[listener]
        except KeyError:  # a transport that was turned off: what is sent there ends as a 503
            return _via(listener)

    def uri_for(self, peer: Peer, number: str) -> bytes:
        """Request-URI for a number at a gateway: as it is configured, not as it resolved."""
        uri = b"sip:%s@%s" % (escape_user(number), peer.place.encode())
        return uri + transport_parameter(peer.transport or "udp")

    def identity(self, number: str) -> bytes:
        """P-Asserted-Identity of one of our callers (RFC 3325 section 9.1)."""
        user, host = escape_user(number), self.config.domain.encode()
        return b"P-Asserted-Identity: <sip:%s@%s>" % (user, host)


def record_route(listener: ListenAddress, token: bytes, scheme: bytes = b"sip") -> bytes:
    """Our Record-Route line towards that side (RFC 3261 section 16.6 step 4)."""
    return b"Record-Route: <%s:%s@%s" % (scheme, token, own_route(listener))


@cache
def own_route(listener: ListenAddress) -> bytes:
    """Our URI for Route headers, from the host on, and the closing bracket."""
    return b"%s%s;lr>" % (sent_by(listener), transport_parameter(listener.transport))


def transport_parameter(transport: str) -> bytes:
    """What a URI needs to name that transport; both WebSockets are "ws" (RFC 7118 section 5.4)."""
    if transport == "udp":
        return b""
    return b";transport=" + (b"ws" if transport == "wss" else transport.encode())


def _is_local(host: str) -> bool:
    return host == "::1" or host.startswith("127.")


def _via(listener: ListenAddress) -> bytes:
    transport = listener.transport.upper().encode()
    return b"Via: SIP/2.0/%s %s;branch=%s" % (transport, sent_by(listener), COOKIE)


def sent_by(listener: ListenAddress) -> bytes:
    """Our host and port as they stand in Via and URIs."""
    return f"{bracketed(listener.host)}:{listener.port}".encode()
