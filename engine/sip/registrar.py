"""The registrar (RFC 3261 section 10.3): REGISTER of an authenticated user to bindings.

It trusts its caller on who sent the request. All contacts of a request are judged before any is
stored, so a request changes everything or nothing.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from engine.sip.config import SipConfig
from engine.sip.errors import Refused
from engine.sip.events import Registered, SipEvent, Unregistered, address_of
from engine.sip.flow import Flow, ListenAddress
from engine.sip.location import Binding, Location
from engine.sip.wire import Request, SipParseError
from engine.sip.wire.fields import Address, parse_address, parse_number, unquote
from engine.sip.wire.uri import SipUri, parse_uri

_QVALUE: Final = re.compile(rb"0(\.\d{0,3})?|1(\.0{0,3})?")

_DIALLED: Final = ("udp", "tcp")
"""Transports over which a contact is believed about where it listens."""

Sink = Callable[[SipEvent], None]


@dataclass(frozen=True, slots=True)
class Registration:
    """Who registers, from where, as established by the caller."""

    user: str
    device: str
    source: Flow
    """Where the request came from, as responses go there."""


class Registrar:
    """Executes REGISTER requests on a location table."""

    def __init__(self, config: SipConfig, location: Location, sink: Sink) -> None:
        self.config = config
        self.listeners: tuple[ListenAddress, ...] = ()
        self._location = location
        self._sink = sink

    def register(self, request: Request, who: Registration, wall: float) -> list[bytes]:
        """Change the bindings; header lines of the 200. Raises Refused and SipParseError."""
        contacts = request.values(b"contact")
        if b"*" in contacts:
            self._remove_all(request, contacts, who, wall)
        else:
            self._update(request, contacts, who, wall)
        return self._answer(who.user, wall)

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

    def _update(
        self, request: Request, contacts: list[bytes], who: Registration, wall: float
    ) -> None:
        known = {binding.identity: binding for binding in self._location.of(who.user, wall)}
        wanted = [self._binding(request, value, who, wall) for value in contacts]
        for binding, _ in wanted:
            if (present := known.get(binding.identity)) is not None:
                _check_order(request, present)
        for binding, seconds in wanted:
            present = known.get(binding.identity)
            if seconds:
                self._save(binding, present, seconds)
            elif present is not None:
                self._remove(present, "removed")
        self._drop_surplus(who.user, wall)

    def _binding(
        self, request: Request, value: bytes, who: Registration, wall: float
    ) -> tuple[Binding, int]:
        address = parse_address(value)
        uri = _contact_uri(address)
        seconds = self._expiry(request, address)
        user_agent = request.value(b"user-agent") or b""
        return Binding(
            user=who.user,
            device=who.device,
            contact=address.uri.decode("utf-8", "surrogateescape"),
            identity=uri.identity,
            parameters=_kept_parameters(address),
            priority=_priority(address),
            expires=wall + seconds,
            call_id=request.call_id.decode("utf-8", "replace"),
            sequence=request.cseq[0],
            user_agent=user_agent[:128].decode("utf-8", "replace"),
            flow=self._flow(request, uri, who.source),
            registered=wall,
        ), seconds

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

    def _expiry(self, request: Request, address: Address) -> int:
        """Seconds granted (section 10.3 step 6), shortened to what we allow. 423 when too short."""
        config = self.config
        text = address.parameters.get(b"expires") or request.value(b"expires")
        try:
            seconds = config.default_expires if text is None else parse_number(unquote(text))
        except SipParseError:
            seconds = config.default_expires  # section 20.19: malformed is as if not there
        if 0 < seconds < config.min_expires:
            raise Refused(423, headers=(b"Min-Expires: %d" % config.min_expires,))
        return min(seconds, config.max_expires)

    def _save(self, binding: Binding, present: Binding | None, seconds: int) -> None:
        if present is not None:
            binding = replace(binding, registered=present.registered)
        self._location.save(binding)
        self._sink(
            Registered(
                user=binding.user,
                device=binding.device,
                contact=binding.contact,
                source=address_of(binding.flow),
                expires=seconds,
                user_agent=binding.user_agent,
                refreshed=present is not None,
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

    def _answer(self, user: str, wall: float) -> list[bytes]:
        return [
            b"Contact: <%s>%s;expires=%d"
            % (
                binding.contact.encode("utf-8", "surrogateescape"),
                binding.parameters.encode("utf-8", "surrogateescape"),
                max(round(binding.expires - wall), 0),
            )
            for binding in self._location.of(user, wall)
        ]


def _contact_uri(address: Address) -> SipUri:
    try:
        return parse_uri(address.uri)
    except SipParseError as error:
        raise Refused(400, b"Contact is not a SIP URI") from error


def _check_order(request: Request, present: Binding) -> None:
    """Section 10.3 step 7: an older REGISTER of the same Call-ID must not undo a newer one."""
    same = present.call_id == request.call_id.decode("utf-8", "replace")
    if same and request.cseq[0] <= present.sequence:
        raise Refused(500, b"REGISTER out of order")


def _priority(address: Address) -> float:
    text = address.parameters.get(b"q")
    return float(text) if text and _QVALUE.fullmatch(text) else 1.0


def _kept_parameters(address: Address) -> str:
    kept = [
        b";" + name + (b"=" + value if value is not None else b"")
        for name, value in address.parameters.items()
        if name != b"expires"
    ]
    return b"".join(kept).decode("utf-8", "surrogateescape")
