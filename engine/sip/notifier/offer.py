"""What may be watched by whom, under one configuration.

Every user of the system may watch the dialogs and the presence of every other, as lamps and buddy
lists are for; message counts and registrations are only the user's own; a list of users is only
its owners'. Strangers and gateways do not get here.
"""

from collections.abc import Iterable

from engine.sip.config import SipConfig
from engine.sip.errors import Refused
from engine.sip.notifier.package import Package, Resource
from engine.sip.notifier.subscription import Terms
from engine.sip.notifier.view import ListView, Member, UserView, View
from engine.sip.wire import Request
from engine.sip.wire.uri import SipUri, escape_user


class Offer:
    """Packages, and the users and lists that they show."""

    def __init__(self, config: SipConfig, packages: Iterable[Package]) -> None:
        self._config = config
        self._packages = {package.name: package for package in packages}
        self.line = b"Allow-Events: " + ", ".join(self._packages).encode()

    def package(self, name: str) -> Package | None:
        """The package of that name, if we serve it."""
        return self._packages.get(name)

    def user(self, uri: SipUri) -> str:
        """Whose address that is, in any of its spellings; perhaps nobody's."""
        return self._config.addresses.get(uri.user, uri.user)

    def resource(
        self, request: Request, uri: SipUri, subscriber: str, package: Package
    ) -> tuple[str, bool]:
        """User id or name of a list, and whether it is a list. Raises Refused."""
        watched = self._config.resource_lists.get(uri.user) if package.listed else None
        if watched is not None:
            if subscriber not in watched.owners:
                raise Refused(403, b"Not Your List")
            if b"eventlist" not in request.values(b"supported"):  # RFC 4662 section 4.2
                raise Refused(421, headers=(b"Require: eventlist",))
            return uri.user, True
        user = self.user(uri)
        if user not in self._config.accounts:
            raise Refused(404)
        if package.private and user != subscriber:
            raise Refused(403, b"Not Yours To Watch")
        return user, False

    def allows(self, terms: Terms) -> bool:
        """Whether a subscription that was granted would be granted now."""
        config = self._config
        if terms.subscriber not in config.accounts or terms.package not in self._packages:
            return False
        if not terms.listed:
            return terms.resource in config.accounts
        watched = config.resource_lists.get(terms.resource)
        return watched is not None and terms.subscriber in watched.owners

    def view(self, terms: Terms) -> View:
        """What a subscription shows."""
        package = self._packages[terms.package]
        if not terms.listed:
            own = terms.resource == terms.subscriber
            return UserView(package, Resource(terms.resource, terms.entity, own))
        accounts = self._config.accounts
        members = {
            user: Member(self._resource(user, terms.subscriber), accounts[user].name)
            for user in self._config.resource_lists[terms.resource].members
            if user in accounts
        }
        return ListView(package, terms.entity, members, self._config.domain)

    def _resource(self, user: str, subscriber: str) -> Resource:
        return Resource(user, self.entity(user), user == subscriber)

    def entity(self, user: str) -> str:
        """The address of a user, or of a list, in our domain."""
        return f"sip:{escape_user(user).decode()}@{self._config.domain}"
