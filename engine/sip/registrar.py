"""The registrar (RFC 3261 section 10.3): REGISTER of an authenticated user to bindings.

It trusts its caller on who sent the request. All contacts of a request are judged before any is
stored, so a request changes everything or nothing.
"""

from collections.abc import Callable, Iterable
from email.utils import formatdate
from sys import intern
from typing import Final, NamedTuple

from engine.sip.config import Account, SipConfig
from engine.sip.contact import LONGEST, Contact, read_contacts
from engine.sip.errors import Refused
from engine.sip.events import Registered, SipEvent, Unregistered, address_of
from engine.sip.flow import Flow, ListenAddress
from engine.sip.gruu import Gruus
from engine.sip.location import Binding, Location
from engine.sip.outbound import FLOW_TIMER, path_of, service_route, wants_flow
from engine.sip.wire import Request
from engine.sip.wire.uri import SipUri

_DIALLED: Final = ("udp", "tcp")
"""Transports over which a contact is believed about where it listens."""

Sink = Callable[[SipEvent], None]

UNDERSTOOD: Final = frozenset((b"path", b"outbound", b"gruu"))
"""Options that a REGISTER may require of us."""
SUPPORTED: Final = b"Supported: path, outbound, gruu"
"""What we can do for phones that register."""


class Registration(NamedTuple):
    """Who registers, from where, as established by the caller."""

    user: str
    device: str
    source: Flow
    """Where the request came from, as responses go there."""
    trusted: bool = False
    """It came from a gateway or another node, whose word on the path to the phone is good. Only of
    a request that may have a Path."""


class _Order(NamedTuple):
    """A REGISTER with what was found out about it."""

    request: Request
    who: Registration
    wall: float
    path: str
    keeps_flow: bool
    """Its contact is reached by its flow only (RFC 5626)."""
    origin: int
    """See Binding."""

    def extensions(self) -> list[bytes]:
        """Header lines of the 200 for who knows Path and outbound."""
        lines = [service_route(self.who.source.listener)]
        if self.path:
            lines.append(b"Path: " + self.path.encode("utf-8", "surrogateescape"))
        if self.keeps_flow:
            lines += (b"Require: outbound", FLOW_TIMER)
        return lines


class Registrar:
    """Executes REGISTER requests on a location table."""

    def __init__(self, config: SipConfig, location: Location, sink: Sink) -> None:
        self._location = location
        self._sink = sink
        self._date = 0, b""
        self._configured = 0
        self.configure(config, ())

    def configure(self, config: SipConfig, listeners: Iterable[ListenAddress]) -> None:
        """Take over a configuration."""
        self.config = config
        self._configured += 1
        self.listeners = tuple(listeners)
        self.gruus = Gruus(config.nonce_key, config.domain)

    def register(self, request: Request, who: Registration, wall: float) -> list[bytes]:
        """Change the bindings; header lines of the 200. Raises Refused and SipParseError."""
        origin = self._origin(request, who)
        if origin and self._prolong(request, who, wall, origin):
            return self._answer(request, who.user, wall)
        contacts = request.values(b"contact")
        if b"*" in contacts:
            self._remove_all(request, contacts, who, wall)
            return self._answer(request, who.user, wall)
        wanted = read_contacts(request, contacts, self.config)
        path = path_of(request, who.source, trusted=who.trusted) if request.value(b"path") else ""
        keeps_flow = wants_flow(request, wanted, path)
        alone = len(wanted) == 1 and not keeps_flow
        order = _Order(request, who, wall, path, keeps_flow, origin if alone else 0)
        self._update(wanted, order)
        lines = self._answer(request, who.user, wall)
        if path or order.keeps_flow:
            lines += order.extensions()
        return lines

    def _origin(self, request: Request, who: Registration) -> int:
        """See Binding; 0 for a request with anything unusual, such as a Path."""
        if request.below is None:
            return 0
        via, value = request.via, request.value
        said = tuple(request.occurrences(b"contact")), value(b"expires"), value(b"user-agent")
        way = who.source, via.sent_by, via.mentions(b"rport"), request.vias
        return hash((said, value(b"supported"), way, who.device, self._configured))

    def _prolong(self, request: Request, who: Registration, wall: float, origin: int) -> bool:
        """Refresh a user's only binding by what made it: then nothing has to be read of it again.

        That is nearly every REGISTER there is. False: it has to be read.
        """
        present = self._location.only(who.user)
        if present is None or present.origin != origin or present.expires <= wall:
            return False
        call_id, sequence = request.call_id.decode("utf-8", "replace"), request.cseq[0]
        if len(request.call_id) > LONGEST or _is_older(call_id, sequence, present):
            return False
        self._location.prolong(present.prolonged(wall, call_id, sequence))
        return True

    def _remove_all(
        self, request: Request, contacts: list[bytes], who: Registration, wall: float
    ) -> None:
        if len(contacts) != 1 or request.value(b"expires") != b"0":
            raise Refused(400, b"Contact * needs Expires 0 and nothing else")
        bindings = self._location.of(who.user, wall)
        for binding in bindings:
            _check_order(request, binding)
        for binding in bindings:
            self._remove(binding, "removed")

    def _update(self, wanted: list[Contact], order: "_Order") -> None:
        bindings = self._location.of(order.who.user, order.wall)
        changes = []
        for contact in wanted:
            if contact.flow_number and not order.keeps_flow:
                contact = contact._replace(flow_number=0)  # RFC 5626 section 6: ignored
            present = _present(contact, bindings)
            if present is not None:
                _check_order(order.request, present)
            changes.append((contact, present))
        for contact, present in changes:
            if contact.seconds:
                self._save(self._binding(contact, present, order), present)
            elif present is not None:
                self._remove(present, "removed")
        if len(bindings) + len(changes) > self.config.max_contacts:
            self._drop_surplus(order.who.user, order.wall)

    def _binding(self, contact: Contact, present: Binding | None, order: "_Order") -> Binding:
        request, who, wall = order.request, order.who, order.wall
        user_agent = request.value(b"user-agent") or b""
        as_it_came = contact.flow_number or order.path
        return Binding(
            who.user,
            who.device,
            contact.text,
            contact.parameters,
            contact.priority,
            wall + contact.seconds,
            request.call_id.decode("utf-8", "replace"),
            request.cseq[0],
            intern(user_agent[:128].decode("utf-8", "replace")),
            who.source if as_it_came else self._flow(request, contact.uri, who.source),
            wall if present is None else present.registered,
            contact.instance,
            contact.flow_number,
            order.path,
            contact.seconds,
            order.origin,
        )

    def _flow(self, request: Request, uri: SipUri, source: Flow) -> Flow:
        """Where to send requests for a contact.

        A contact that names the address it came from is believed about its port and transport:
        such a phone is not behind NAT, it only listens elsewhere than it sends from. Unless its
        Via shows that the port was changed on the way. Everybody else is reached the way they
        came, and whoever keeps a connection open is reached on it. Over TLS and WebSocket there
        is no other way: we could not tell who answers, and browsers do not listen.
        """
        if source.transport not in _DIALLED:
            return source
        transport = uri.transport.decode("ascii", "replace") or source.transport
        port = uri.port or 5060
        if transport not in _DIALLED or uri.scheme == b"sips" or uri.host != source.host:
            return source
        if source.reliable and transport == source.transport:
            return source
        via = request.via
        translated = via.mentions(b"rport") and via.port == port != source.port
        if transport == source.transport:
            return source if translated else source._replace(port=port)
        for listener in self.listeners:
            if listener.transport == transport and (":" in listener.host) == (":" in uri.host):
                return Flow(listener, uri.host, port)
        return source

    def _save(self, binding: Binding, present: Binding | None) -> None:
        self._location.save(binding, present)
        if present is None:
            self._sink(
                Registered(
                    user=binding.user,
                    device=binding.device,
                    contact=binding.contact,
                    source=address_of(binding.flow),
                    expires=binding.granted,
                    user_agent=binding.user_agent,
                )
            )

    def _remove(self, binding: Binding, reason: str) -> None:
        self._location.remove(binding)
        self._sink(Unregistered(binding.user, binding.device, binding.contact, reason))

    def _drop_surplus(self, user: str, wall: float) -> None:
        """Keep the contacts that were refreshed last: a phone that restarted leaves old ones."""
        bindings = sorted(self._location.of(user, wall), key=lambda binding: binding.expires)
        for binding in bindings[: max(len(bindings) - self.config.max_contacts, 0)]:
            self._remove(binding, "replaced")

    def expire(self, wall: float) -> None:
        """Remove what has expired."""
        for binding in self._location.expire(wall):
            self._sink(Unregistered(binding.user, binding.device, binding.contact, "expired"))

    def unregister_strangers(self, account: Callable[[str], Account | None]) -> None:
        """Remove bindings of accounts, and of their phones, that are no more."""
        for binding in self._location.all():
            known = account(binding.user)
            if known is None or binding.device not in known.devices:
                self._remove(binding, "account removed")

    def _answer(self, request: Request, user: str, wall: float) -> list[bytes]:
        lines = [self._date_line(wall)]
        supported = request.value(b"supported")
        if supported is not None:
            lines.append(SUPPORTED)
        gruu = supported is not None and b"gruu" in supported.lower()
        for binding in self._location.of(user, wall):
            line = b"Contact: <%s>%s;expires=%d" % (
                binding.contact.encode("utf-8", "surrogateescape"),
                binding.parameters.encode("utf-8", "surrogateescape"),
                max(round(binding.expires - wall), 0),
            )
            if binding.instance:
                line += self._about_phone(binding, gruu)
            lines.append(line)
        return lines

    def _about_phone(self, binding: Binding, gruu: bool) -> bytes:
        text = b';+sip.instance="%s"' % binding.instance.encode()
        if binding.flow_number:
            text += b";reg-id=%d" % binding.flow_number
        return text + self.gruus.parameters(binding) if gruu else text

    def _date_line(self, wall: float) -> bytes:
        """Phones set their clocks by it (section 10.3 step 8)."""
        if self._date[0] != int(wall):
            self._date = int(wall), b"Date: " + formatdate(int(wall), usegmt=True).encode()
        return self._date[1]


def _present(contact: Contact, bindings: list[Binding]) -> Binding | None:
    """The binding that a contact replaces (RFC 5626 section 6): the same flow of the same phone,
    else the same address."""
    for binding in bindings:
        if contact.flow_number != binding.flow_number:
            continue
        if contact.flow_number:
            if contact.instance == binding.instance:
                return binding
        elif contact.text == binding.contact or contact.uri.identity == binding.identity:
            return binding
    return None


def _check_order(request: Request, present: Binding) -> None:
    """Section 10.3 step 7: an older REGISTER of the same Call-ID must not undo a newer one."""
    if _is_older(request.call_id.decode("utf-8", "replace"), request.cseq[0], present):
        raise Refused(500, b"REGISTER out of order")


def _is_older(call_id: str, sequence: int, present: Binding) -> bool:
    return sequence <= present.sequence and call_id == present.call_id
