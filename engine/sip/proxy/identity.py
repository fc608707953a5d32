"""Who calls? The only place that decides whether somebody may send a request through us.

A gateway is known by its address. Everybody else proves to be one of our users, and may say in
From only what is theirs. Nobody else is served: there is no way to be let through as a stranger.
"""

from collections.abc import Callable, Sequence
from typing import Final

from engine.sip.config import Account, SipConfig
from engine.sip.digest import Authenticator, Rejected, Verified
from engine.sip.errors import Refused
from engine.sip.events import AuthenticationFailed, SipEvent, address_of
from engine.sip.flow import Flow
from engine.sip.guard import Guard
from engine.sip.guard.guesses import WINDOW
from engine.sip.location import Binding
from engine.sip.proxy.domain import Domain
from engine.sip.proxy.outside import UNNAMED_HOSTS, number_of
from engine.sip.wire import Request, SipParseError
from engine.sip.wire.uri import SipUri, parse_uri
from schema.dialplan.decision import Caller

PROXY: Final = b"proxy-authorization"

MD5_ONLY: Final = (b"baresip v0.", b"baresip v1.")
"""User agents that do not register at all when any of the challenges offered is another than MD5,
whatever the order. Debian 12's baresip 1.0.0 says "Function not implemented"."""

BROWSERS: Final = ("ws", "wss")
"""Transports of web pages. JsSIP 3.13 keeps the last WWW-Authenticate of several and knows MD5."""


class Gatekeeper:
    """Identifies senders."""

    def __init__(
        self,
        domain: Domain,
        authenticator: Authenticator,
        guard: Guard,
        bindings_of: Callable[[str], Sequence[Binding]],
        report: Callable[[SipEvent], None],
    ) -> None:
        self._domain = domain
        self._config: SipConfig = domain.config
        self._authenticator = authenticator
        self._guard = guard
        self._bindings_of = bindings_of
        self._report = report

    def caller(self, request: Request, source: Flow, wall: float) -> Caller:
        """Who sends this request. Raises Refused: 407 without proof, 403 for a foreign From."""
        peer = self._domain.peer_at(source)
        if peer is not None:
            return Caller("gateway", peer.id, number_of(request))
        sender = parse_uri(request.sender.uri)
        if not self._domain.is_own_host(sender.host) and sender.host not in UNNAMED_HOSTS:
            raise Refused(403, b"Not From This Domain")
        account = self._prove(request, source, PROXY, wall).account
        if not self._owns(sender, account):
            raise Refused(403, b"From Is Not Yours")
        return Caller("user", account.user)

    def subscriber(self, request: Request, source: Flow, wall: float) -> str:
        """Which user asks us, not somebody behind us. Raises Refused, as `caller`.

        403 for gateways and lent accounts: they have nobody's state to ask for or to tell.
        """
        caller = self.caller(request, source, wall)
        if caller.kind != "user" or caller.id not in self._config.accounts:
            raise Refused(403)
        return caller.id

    def participant(self, request: Request, source: Flow, wall: float) -> Caller:
        """Who sends this request within a dialog. Raises Refused: 407 where it cannot be seen.

        From says who they are in the dialog; that they are is seen by where it comes from.
        """
        peer = self._domain.peer_at(source)
        if peer is not None:
            return Caller("gateway", peer.id)
        name = parse_uri(request.sender.uri).user
        user = self._config.addresses.get(name, name)
        if self._is_reached_by(user, source):
            return Caller("user", user)
        return Caller("user", self._prove(request, source, PROXY, wall).account.user)

    def registrant(self, request: Request, source: Flow, wall: float) -> Verified:
        """Who registers. Raises Refused: 401 without proof, 403 for another's address of record."""
        verified = self._prove(request, source, b"authorization", wall)
        try:
            record = parse_uri(request.recipient.uri)
        except SipParseError:
            raise Refused(400, b"Address Of Record Is Not A SIP URI") from None
        if not (self._domain.is_own(record) and self._domain.owns(record, verified.account)):
            raise Refused(403, b"Address Of Record Is Not Yours")
        return verified

    def _prove(self, request: Request, source: Flow, header: bytes, wall: float) -> Verified:
        verdict = self._authenticator.verify(request, header, wall)
        if isinstance(verdict, Rejected) and verdict.failure == "none":
            raise self._challenge(request, source, header, wall)
        if self._guard.guesses:
            self._check_guesses(verdict, request, source, wall)
        if isinstance(verdict, Verified):
            self._guard.prove(source.host)
            return verdict
        if verdict.failure == "wrong":
            self._note_failure(verdict.username, request, source, wall)
        raise self._challenge(request, source, header, wall, verdict.failure == "stale")

    def challenge(self, request: Request, source: Flow, wall: float) -> Refused:
        """The 401 of a REGISTER without credentials."""
        return self._challenge(request, source, b"authorization", wall)

    def _check_guesses(
        self, verdict: Verified | Rejected, request: Request, source: Flow, wall: float
    ) -> None:
        """Refused, whatever the password, from elsewhere while somebody guesses it.

        Nobody is blamed for it: the owner neither, with the right password at a new address. In
        emergency calls the right one counts all the same, so there guessing it does as ever.
        """
        user = verdict.account.user if isinstance(verdict, Verified) else verdict.username
        if not self._guard.guesses.too_many(user, wall) or self._is_registered_at(
            user, source.host
        ):
            return
        if self._guard.is_emergency_call(request):
            if isinstance(verdict, Verified) or verdict.failure != "wrong":
                return
            self._guard.note_guess(source.host)
        raise Refused(503, b"Too Many Attempts", (b"Retry-After: %d" % WINDOW,))

    def _note_failure(self, user: str, request: Request, source: Flow, wall: float) -> None:
        exists = self._authenticator.account(user) is not None
        self._guard.guesses.add(user, exists, wall)
        self._report(AuthenticationFailed(user, address_of(source), request.method))
        self._guard.note_guess(source.host)

    def _challenge(
        self, request: Request, source: Flow, header: bytes, wall: float, stale: bool = False
    ) -> Refused:
        registering = header == b"authorization"
        name = b"WWW-Authenticate" if registering else b"Proxy-Authenticate"
        agent = request.value(b"user-agent") or b""
        claimed = _claimed(request, registering) if self._authenticator.differ else ""
        md5_only = source.transport in BROWSERS or agent.startswith(MD5_ONLY)
        lines = self._authenticator.challenge(name, wall, stale, md5_only, claimed)
        return Refused(401 if registering else 407, headers=tuple(lines))

    def _owns(self, sender: SipUri, account: Account) -> bool:
        """Unnamed is nobody's name; but another's number is the other's at any host."""
        return sender.user in ("", "anonymous") or self._domain.owns(sender, account)

    def _is_registered_at(self, user: str, host: str) -> bool:
        return any(binding.flow.host == host for binding in self._bindings_of(user))

    def _is_reached_by(self, user: str, source: Flow) -> bool:
        ends = (binding.flow for binding in self._bindings_of(user))
        return any((end.host, end.port) == (source.host, source.port) for end in ends)


def _claimed(request: Request, registering: bool) -> str:
    """Who the sender is by their own account."""
    try:
        return parse_uri((request.recipient if registering else request.sender).uri).user
    except SipParseError:
        return ""
