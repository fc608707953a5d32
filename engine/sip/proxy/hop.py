"""The copy of a request that goes to the next hop (RFC 3261 section 16.6)."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from engine.sip.digest.credentials import parse_credentials
from engine.sip.flow import Flow
from engine.sip.nat.treatment import ALONE, marked
from engine.sip.proxy.assertion import HIDING, REVEALING, anonymity, privacy_of
from engine.sip.proxy.branch import Target
from engine.sip.proxy.dialog import Dialog, DialogRoutes
from engine.sip.proxy.domain import Domain, record_route
from engine.sip.proxy.help import REWRITTEN, location_lines
from engine.sip.proxy.pickup import REPLACING, replacing
from engine.sip.randomness import random_hex
from engine.sip.transaction import COOKIE
from engine.sip.wire import Request
from engine.sip.wire.build import forwarded_lines, forwarded_request, via_lines
from engine.sip.wire.fields import parse_address

if TYPE_CHECKING:
    from engine.sip.nat.path import MediaPath

DIALOG_FORMING: Final = frozenset(("INVITE", "SUBSCRIBE", "REFER"))
"""Requests whose dialogs we stay in the way of."""

_NOTHING: Final[frozenset[bytes]] = frozenset()
_ASSERTED: Final = frozenset((b"p-asserted-identity", b"remote-party-id"))
_IDENTITY: Final = _ASSERTED | {b"p-preferred-identity"}
_FROM_USERS: Final = _IDENTITY | {b"proxy-authorization"}
"""Not passed on from anybody but a gateway: who they say they are, and what proves it to us."""
NOT_FOR_HELP: Final = _FROM_USERS | REWRITTEN
"""The same in an emergency call, where no privacy holds and we say where the caller is."""


@dataclass(slots=True)
class Hop:
    """Writes copies of one request."""

    domain: Domain
    dialogs: DialogRoutes
    request: Request
    mark: bytes
    """Loop mark of the request as it came in, for its branches; empty within a dialog."""
    trusted: bool
    """It came from a gateway."""
    caller: Flow | None = None
    """Where requests to the caller go, when we are to record the route; else None."""
    asserted: bytes = b""
    """P-Asserted-Identity line for phones: which user of ours calls."""
    routes: list[bytes] = field(default_factory=list)
    """Route values that are left, after ours were taken off."""
    media: "MediaPath | None" = None
    """None: media is left alone."""
    place: bytes = b""
    """URI of where an emergency call comes from; empty when it is not known, or is no such."""

    def copy(self, target: Target) -> tuple[bytes, bytes]:
        """Branch and message for a target."""
        request = self.request
        suffix = random_hex() + b"." + self.mark
        further = target.routes or self.routes
        uri, routes = _loose(target.uri, further) if further else (target.uri, ())
        top = [self.domain.via(target.flow.listener) + suffix, *via_lines(request)]
        if self.caller is not None:
            top += self._record(self.caller, target)
        top += routes
        dropped, hidden = self._dropped(target), target.anonymous and not target.emergency
        lines = forwarded_lines(request, dropped | REVEALING if hidden else dropped)
        if target.emergency and target.gateway:
            place = self.place if target.located else b""
            lines += location_lines(request, place, self.domain.name)
        if not self.trusted and request.value(b"proxy-authorization") is not None:
            lines += self._proofs_for_others()
        if target.caller_id and target.gateway:
            lines.append(self.domain.identity(target.caller_id))
        elif self.asserted and not target.gateway:
            lines.append(self.asserted)
        if hidden:
            lines.append(anonymity(request))
        if target.replaces:
            lines += replacing(request, target.replaces)
        message = forwarded_request(request.method, uri, top, lines, request.body)
        return COOKIE + suffix, message

    def _dropped(self, target: Target) -> frozenset[bytes]:
        if target.replaces:
            return _FROM_USERS | REPLACING
        if not self.trusted:
            return NOT_FOR_HELP if target.emergency and target.gateway else _FROM_USERS
        if target.gateway:
            return _IDENTITY if target.caller_id else _NOTHING
        return _ASSERTED if privacy_of(self.request) & HIDING else _NOTHING  # RFC 3325 section 7

    def _proofs_for_others(self) -> list[bytes]:
        """Credentials for another realm go on, to the proxy that asked (section 22.3)."""
        found = self.request.occurrences(b"proxy-authorization")
        others = (value for value in found if self.domain.realm not in value)
        return [
            b"Proxy-Authorization: " + value
            for value in others
            if (proof := parse_credentials(value))
            and proof.realm != self.domain.config.domain.encode()
        ]

    def _record(self, caller: Flow, target: Target) -> list[bytes]:
        """One Record-Route; two where the transport changes, each side's own on its side.

        For a sips: request they are sips: (RFC 3261 section 16.6 step 4).
        """
        request, callee = self.request, target.flow
        treatment = ALONE if self.media is None else self.media.treatment(target)
        call_id = marked(request.call_id, treatment)
        token = self.dialogs.token(Dialog(caller, callee), call_id, request.sender.tag)
        token += treatment.encode()
        scheme = b"sips" if request.uri[:5].lower() == b"sips:" else b"sip"
        lines = [record_route(callee.listener, token, scheme)]
        if caller.listener != callee.listener:
            lines.append(record_route(caller.listener, token, scheme))
        return lines


def _loose(uri: bytes, routes: Sequence[bytes]) -> tuple[bytes, list[bytes]]:
    """Request-URI and Route lines for the routes left: a strict router wants to be the URI."""
    first = parse_address(routes[0]).uri
    if b";lr" not in first.lower():
        routes = [*routes[1:], b"<" + uri + b">"]
        uri = first
    return uri, [b"Route: " + route for route in routes]


def loop_mark(request: Request) -> bytes:
    """Hash of all that decides where a request goes (section 16.6 step 8).

    The same request here again with the same mark is in a loop; with another, it spirals.
    """
    deciding = [request.uri, request.call_id, request.from_text, request.to_text]
    deciding.append(b"%d" % request.cseq[0])
    deciding += request.occurrences(b"route")
    deciding += request.values(b"proxy-require")
    return b"%08x" % zlib.crc32(b"\0".join(deciding))


def in_loop(request: Request, mark: bytes, own: frozenset[bytes]) -> bool:
    """Whether one of the Vias is ours with the same mark (section 16.3 step 4)."""
    vias = request.further_vias()
    if not vias:
        return False
    ending = b"." + mark
    return any(
        ending in via and any(b" " + sent_by + b";" in via for sent_by in own) for via in vias
    )
