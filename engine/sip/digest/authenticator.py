"""Who sent this request? Digest authentication as a server and as a proxy (RFC 7616, RFC 8760).

An unknown user, a wrong password and a forged nonce get the same answer after the same work. A
user has several devices with a password each: all are tried, always, and the one that fits is
told to the registrar.
"""

import hmac
from dataclasses import dataclass
from typing import Final, Literal

from engine.sip.config import Account, SipConfig
from engine.sip.digest.credentials import (
    WIRE_NAMES,
    Credentials,
    expected_response,
    parse_credentials,
    secret_hash,
)
from engine.sip.digest.nonce import Nonces, ReplayGuard
from engine.sip.digest.order import Orders
from engine.sip.wire import Request, SipParseError
from engine.sip.wire.uri import parse_uri

Failure = Literal["none", "wrong", "stale"]


@dataclass(frozen=True, slots=True)
class Verified:
    """The password fits: whose it is, and which device's."""

    account: Account
    device: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """No credentials, wrong ones, or good ones with a nonce that is too old or was used."""

    failure: Failure
    username: str = ""


_NOBODY: Final = Account("", "")
_UNKNOWN: Final = b"0" * 64
"""Secrets of nobody: what an unknown user's answer is compared with."""


class Authenticator:
    """Challenges and verdicts for one realm. Bounded memory whatever arrives."""

    def __init__(self, config: SipConfig, wall: float) -> None:
        """`wall` is now: the nonces of a node that ran before may have been used there."""
        self._secrets: dict[str, dict[str, bytes]] = {name: {} for name in WIRE_NAMES}
        """By algorithm and user, H(A1) of each of their devices in turn: one text for all."""
        self._lent: dict[str, tuple[Account, str]] = {}
        self._configure(config)
        self._replays = ReplayGuard(config.nonce_lifetime, wall)

    def reconfigure(self, config: SipConfig, wall: float) -> None:
        """Take over a new configuration; nonces already issued stay good if the key is the same."""
        if config is self._config:
            return
        if config.nonce_lifetime != self._config.nonce_lifetime:
            self._replays = ReplayGuard(config.nonce_lifetime, wall)
        self._configure(config)

    def _configure(self, config: SipConfig) -> None:
        self._config = config
        self._realm = config.domain.encode()
        self._nonces = Nonces(config.nonce_key, config.nonce_lifetime)
        self._orders = Orders(config)
        for secrets in self._secrets.values():
            secrets.clear()

    def lend(self, account: Account, password: str) -> None:
        """Add an account that is not in the configuration."""
        self._lent[account.user] = account, password

    def take_back(self, user: str) -> None:
        """End a lent account."""
        self._lent.pop(user, None)
        for secrets in self._secrets.values():
            secrets.pop(user, None)

    def is_lent(self, user: str) -> bool:
        """Whether that user is a lent account."""
        return user in self._lent

    def account(self, user: str) -> Account | None:
        """The account of that id, configured or lent."""
        lent = self._lent.get(user)
        return lent[0] if lent else self._config.accounts.get(user)

    @property
    def differ(self) -> bool:
        """Whether it depends on the user what is offered."""
        return self._orders.differ

    def challenge(
        self, header: bytes, wall: float, stale: bool, md5_only: bool = False, claimed: str = ""
    ) -> list[bytes]:
        """One header line per algorithm, in the order of whom the sender claims to be.

        `md5_only`: for programs that others lock out; without effect where MD5 is not allowed.
        """
        nonce = self._nonces.issue(wall)
        tail = b', qop="auth"' + (b", stale=true" if stale else b"")
        return [
            b'%s: Digest realm="%s", nonce="%s", algorithm=%s%s'
            % (header, self._realm, nonce, WIRE_NAMES[algorithm], tail)
            for algorithm in self._offered(md5_only, claimed)
        ]

    def _offered(self, md5_only: bool, claimed: str) -> tuple[str, ...]:
        algorithms = self._orders.of(self._user_named(claimed))
        if md5_only and "md5" in algorithms:
            return ("md5",)
        return algorithms

    def _user_named(self, name: str) -> str:
        """The user id that somebody means: phones may log in by an extension or a whole address."""
        user, at, domain = name.partition("@")
        if at and domain.lower() != self._config.domain.lower():
            return name
        return self._config.addresses.get(user, user)

    def verify(self, request: Request, header: bytes, wall: float) -> Verified | Rejected:
        """Judge the credentials in `header` (authorization or proxy-authorization)."""
        credentials = self._credentials(request, header)
        if credentials is None:
            return Rejected("none")
        username = credentials.username.decode("utf-8", "replace")
        user = username if username in self._config.accounts else self._user_named(username)
        if credentials.algorithm not in self._orders.of(user):
            return Rejected("none")
        account = self.account(user)
        device = self._matching_device(credentials, request.method, account)
        issued = self._nonces.issued_at(credentials.nonce)
        if account is None or device is None or issued is None:
            return Rejected("wrong", user)
        if not self._same_target(credentials.uri, request.uri):
            return Rejected("wrong", user)
        if not self._nonces.is_fresh(issued, wall) or not self._first_use(
            credentials, issued, wall
        ):
            return Rejected("stale", user)
        return Verified(account, device)

    def _credentials(self, request: Request, header: bytes) -> Credentials | None:
        for value in request.occurrences(header):
            credentials = parse_credentials(value)
            if credentials is not None and self._acceptable(credentials):
                return credentials
        return None

    def _acceptable(self, credentials: Credentials) -> bool:
        return credentials.realm == self._realm

    def _matching_device(
        self, credentials: Credentials, method: str, account: Account | None
    ) -> str | None:
        found: str | None = None
        secrets = self._secrets_of(account, credentials)
        length = len(secrets) // len((account or _NOBODY).devices)
        for place, device in enumerate((account or _NOBODY).devices):
            secret = secrets[place * length : (place + 1) * length]
            expected = expected_response(credentials, method, secret)
            if hmac.compare_digest(expected, credentials.response):
                found = device
        return found if account is not None else None

    def _secrets_of(self, account: Account | None, credentials: Credentials) -> bytes:
        if account is None:
            return _UNKNOWN
        known = self._secrets[credentials.algorithm]
        secrets = known.get(account.user)
        name = credentials.username
        if secrets is None or name != account.user.encode():
            secrets = b"".join(
                self._secret(account, device, credentials.algorithm, name)
                for device in account.devices
            )
            if name == account.user.encode():
                known[account.user] = secrets
        return secrets

    def _secret(self, account: Account, device: str, algorithm: str, name: bytes) -> bytes:
        lent = self._lent.get(account.user)
        password = lent[1] if lent else self._config.password(account, device)
        return secret_hash(algorithm, name, self._realm, password)

    def _same_target(self, written: bytes, actual: bytes) -> bool:
        """Whether the credentials were made for this request (RFC 7616 section 3.4.6).

        Clients disagree on the form: many name the registrar or the proxy without a user. So what
        must agree is the user, when there is one; the nonce serves once only in any case.
        """
        if written == actual:
            return True
        try:
            user = parse_uri(written).user
            return not user or user == parse_uri(actual).user
        except SipParseError:
            return False

    def _first_use(self, credentials: Credentials, issued: float, wall: float) -> bool:
        count = credentials.nonce_count if credentials.qop else 1
        if count == 0:
            return False
        return self._replays.accept(credentials.nonce, count, issued, wall)
