"""Our own values taken off the Route of a request (RFC 3261 section 16.4)."""

from typing import Final

from engine.sip.flow import Flow
from engine.sip.nat.treatment import ALONE, MARKS, Treatment, marked
from engine.sip.proxy.dialog import DialogRoutes
from engine.sip.proxy.domain import Domain
from engine.sip.wire import Request
from engine.sip.wire.fields import parse_address
from engine.sip.wire.uri import parse_uri, unescape

NEVER_IN_DIALOGS: Final = frozenset(("REGISTER", "PUBLISH"))
ONLY_IN_DIALOGS: Final = frozenset(("ACK", "BYE", "PRACK", "UPDATE", "INFO"))
"""No To tag makes a new request of these, so ends without tags (RFC 2543) may send them."""


class RouteSet:
    """A request's Request-URI and Route after ours were removed.

    `uri` (parsed: `target`) is the Request-URI to go on with, `rest` the Route values that
    remain, `destination` where the dialog's token says that the request goes: None when there was
    no valid token. `token` is it, and `treatment` what it says of media.
    """

    __slots__ = (
        "_dialogs",
        "_domain",
        "_request",
        "_source",
        "destination",
        "rest",
        "target",
        "token",
        "treatment",
        "uri",
    )

    def __init__(
        self, request: Request, source: Flow, domain: Domain, dialogs: DialogRoutes
    ) -> None:
        self._request = request
        self._source = source
        self._domain = domain
        self._dialogs = dialogs
        self.uri = request.uri
        self.target = request.target
        self.rest = request.values(b"route")
        self.destination: Flow | None = None
        self.treatment: Treatment = ALONE
        self.token = ""
        if self.rest:
            self._undo_strict_routing()
            self._take_off_ours()

    def _undo_strict_routing(self) -> None:
        """A strict router put our Record-Route into the Request-URI and the URI at the end."""
        if self._domain.is_own(self.target) and self._dialog(self.target.user):
            last = parse_address(self.rest.pop()).uri
            self.rest.insert(0, b"<" + self.uri + b">")
            self.uri, self.target = last, parse_uri(last)

    def _take_off_ours(self) -> None:
        """One value, or two of the same token where the route changes transport."""
        first = self._own(self.rest[0])
        if first is None:
            return
        del self.rest[0]
        self.destination = self._dialog(first)
        if self.rest and self._own(self.rest[0]) == first:
            del self.rest[0]

    def _own(self, route: bytes) -> str | None:
        """The user part, which is the token, of a value that names us; None for another's."""
        user, _, rest = route.partition(b"@")
        if rest in self._domain.route_endings and user[:5] == b"<sip:":  # just as we wrote it
            return unescape(user[5:])
        uri = parse_uri(parse_address(route).uri)
        return uri.user if self._domain.is_own(uri) else None

    def _dialog(self, token: str) -> Flow | None:
        request = self._request
        if not _is_within_dialog(request):
            return None
        call_id = request.call_id
        if token[-2:] in MARKS:
            self.treatment, token = token[-2:], token[:-2]
            call_id = marked(call_id, self.treatment)
        self.token = token
        return self._dialogs.destination(
            token, call_id, request.sender.tag, request.recipient.tag, self._source
        )


def _is_within_dialog(request: Request) -> bool:
    """Whether a token counts at all. A token is all that a dialog proves itself by, and leads to a
    gateway that trusts us: what could begin something there has to be asked for as everything new.
    """
    if request.method in NEVER_IN_DIALOGS:
        return False
    return bool(request.recipient.tag) or request.method in ONLY_IN_DIALOGS
