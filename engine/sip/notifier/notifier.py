"""SUBSCRIBE: who may watch what, and the table of subscriptions (RFC 6665 section 4.2.1).

Policy: every user of the system may watch the dialogs and the presence of every other, as lamps
and buddy lists are for; message counts and registrations are only the user's own; a list of users
is only its owner's. Strangers and gateways watch nobody.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, Final

from engine.sip.config import SipConfig
from engine.sip.errors import Refused
from engine.sip.flow import Flow
from engine.sip.notifier import asking
from engine.sip.notifier.dialog_info import DialogPackage
from engine.sip.notifier.journal import (
    MESSAGES,
    PUBLICATION,
    SUBSCRIPTION,
    Journal,
    Kept,
    record_of,
    terms_of,
)
from engine.sip.notifier.message_summary import MessagePackage, Messages
from engine.sip.notifier.package import CALLS, REGISTRATION, Package, Resource
from engine.sip.notifier.package import MESSAGES as MESSAGE_COUNTS
from engine.sip.notifier.package import PUBLICATION as PUBLISHED
from engine.sip.notifier.presence import PresencePackage
from engine.sip.notifier.publications import Publications
from engine.sip.notifier.registration_info import RegistrationPackage
from engine.sip.notifier.subscription import Key, Subscription, Terms
from engine.sip.notifier.view import Body, ListView, Member, UserView, View
from engine.sip.notifier.watchers import Watchers
from engine.sip.notifier.writing import contact, notification
from engine.sip.proxy.domain import Domain
from engine.sip.randomness import random_hex
from engine.sip.transaction import COOKIE, ClientTransaction, ServerTransaction
from engine.sip.transaction.machine import ClientUser
from engine.sip.wire import Request
from engine.sip.wire.build import response
from engine.sip.wire.uri import SipUri, escape_user, parse_uri

if TYPE_CHECKING:
    from engine.sip.core import SipCore

MAX_SUBSCRIPTIONS: Final = 100_000
MAX_PER_USER: Final = 500
"""An attendant's console has a lamp for everybody, and forgets to unsubscribe when it restarts."""

SAVED_EVERY: Final = 64
"""NOTIFYs after which a subscription is written down again."""
BACK: Final = 2 * SAVED_EVERY
"""What CSeq and version go up by at a restart: more than was sent since it was written down."""
RESTORED_AT_ONCE: Final = 0.005
"""Seconds between the NOTIFYs to two subscribers after a restart."""


class Notifier:
    """All subscriptions of a node, and what they show."""

    def __init__(self, core: "SipCore", config: SipConfig) -> None:
        self._core = core
        self.wheel = core.wheel
        self.wall = core.wall
        self.journal = Journal()
        self.watchers = Watchers(core.calls, core.location)
        self.publications = Publications(core.wheel, core.wall, self.journal, self._published)
        self._messages: dict[str, Messages] = {}
        self._subscriptions: dict[Key, Subscription] = {}
        self._per_user: Counter[str] = Counter()
        core.calls.changed = self._calls_changed
        core.location.changed = self._registration_changed
        self._config = config

    def configure(self, config: SipConfig, domain: Domain) -> None:
        """Take over a configuration. Subscriptions that it does not allow any more end."""
        before, self._config, self._domain = self._config, config, domain
        calls, location = self._core.calls, self._core.location
        packages: Iterable[Package] = (
            DialogPackage(calls, config.domain),
            MessagePackage(self._messages),
            PresencePackage(self.publications, calls, location, self.wall),
            RegistrationPackage(location, self.wall),
        )
        self._packages = {package.name: package for package in packages}
        self.allowed = b"Allow-Events: " + ", ".join(self._packages).encode()
        if (
            config.accounts is not before.accounts
            or config.resource_lists is not before.resource_lists
        ):
            for subscription in list(self._subscriptions.values()):
                self._review(subscription, self._core.now())

    # Requests

    def serves(self, request: Request, uri: SipUri) -> bool:
        """Whether a SUBSCRIBE is for us to answer. Of other packages phones know better."""
        name = asking.package_name(request)
        return bool(request.recipient.tag) or name in self._packages or not (name and uri.user)

    def subscribe(
        self, server: ServerTransaction, flow: Flow, uri: SipUri, subscriber: str, now: float
    ) -> None:
        """A SUBSCRIBE of a user. Raises Refused and SipParseError for the answer it gets."""
        request = server.request
        package = self._packages.get(asking.package_name(request))
        if package is None:
            raise Refused(489, headers=(self.allowed,))
        if request.recipient.tag:
            self._resubscribe(server, flow, subscriber, now)
        else:
            self._begin(server, flow, uri, subscriber, package, now)

    def _begin(
        self, server: ServerTransaction, flow: Flow, uri: SipUri, subscriber: str,
        package: Package, now: float,
    ) -> None:  # fmt: skip
        request = server.request
        resource, listed = self._resource(request, uri, subscriber, package)
        if not listed and not asking.accepts(request, package.content_type):
            raise Refused(406)
        seconds = asking.seconds_wanted(request)
        self._check_room(subscriber)
        tag = self._core.new_tag()
        entity = f"sip:{escape_user(uri.user).decode()}@{self._config.domain}"
        terms = asking.terms_of_request(
            request, tag, flow, subscriber, resource, listed, entity, self.wall() + seconds
        )
        subscription = Subscription(self, terms, self._view(terms))
        self._add(subscription)
        self._accept(server, terms, seconds, tag, now)
        self._tell(subscription, seconds, now)

    def _resubscribe(
        self, server: ServerTransaction, flow: Flow, subscriber: str, now: float
    ) -> None:
        request = server.request
        key = (request.call_id, request.recipient.tag, request.sender.tag)
        subscription = self._subscriptions.get(key)
        if subscription is None or subscription.terms.package != asking.package_name(request):
            raise Refused(481)
        terms = subscription.terms
        if terms.subscriber != subscriber:
            raise Refused(403)
        if request.cseq[0] <= terms.sequence:
            raise Refused(500, b"SUBSCRIBE out of order")
        seconds = asking.seconds_wanted(request)
        target = (
            asking.contact_of(request) if request.value(b"contact") is not None else terms.contact
        )
        subscription.terms = replace(
            terms,
            contact=target,
            flow=flow,
            sequence=request.cseq[0],
            expires=self.wall() + seconds,
        )
        self._accept(server, subscription.terms, seconds, b"", now)
        self._tell(subscription, seconds, now)

    def _accept(
        self, server: ServerTransaction, terms: Terms, seconds: int, tag: bytes, now: float
    ) -> None:
        request = server.request
        lines = [b"Expires: %d" % seconds, contact(terms.flow.listener)]
        lines += [b"Record-Route: " + route for route in request.values(b"record-route")]
        if terms.listed:
            lines.append(b"Require: eventlist")
        server.respond(200, response(request, 200, tag=tag, headers=lines), now)

    def _tell(self, subscription: Subscription, seconds: int, now: float) -> None:
        """The NOTIFY that follows every SUBSCRIBE at once; the last one when it asked for none."""
        if not seconds:
            subscription.end(b"timeout", now)
            return
        subscription.renew(now)
        self._save(subscription)

    def publish(self, request: Request, uri: SipUri, user: str, now: float) -> tuple[bytes, ...]:
        """A PUBLISH of a user, who speaks for nobody else; header lines of the 200."""
        if self._config.addresses.get(uri.user, uri.user) != user:
            raise Refused(403, b"Not Yours To Publish")
        return self.publications.publish(request, user, now)

    # What may be watched

    def _resource(
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
        user = self._config.addresses.get(uri.user, uri.user)
        if user not in self._config.accounts:
            raise Refused(404)
        if package.private and user != subscriber:
            raise Refused(403, b"Not Yours To Watch")
        return user, False

    def _check_room(self, subscriber: str) -> None:
        if self._per_user[subscriber] >= MAX_PER_USER:
            raise Refused(403, b"Too Many Subscriptions")
        if len(self._subscriptions) >= MAX_SUBSCRIPTIONS:
            raise Refused(503, headers=(b"Retry-After: 300",))

    def _view(self, terms: Terms) -> View:
        package = self._packages[terms.package]
        if not terms.listed:
            own = terms.resource == terms.subscriber
            return UserView(package, Resource(terms.resource, terms.entity, own))
        accounts = self._config.accounts
        members = {
            user: self._member(user, accounts[user].name, terms.subscriber)
            for user in self._config.resource_lists[terms.resource].members
            if user in accounts
        }
        return ListView(package, terms.entity, members, self._config.domain)

    def _member(self, user: str, name: str, subscriber: str) -> Member:
        entity = f"sip:{escape_user(user).decode()}@{self._config.domain}"
        return Member(Resource(user, entity, user == subscriber), name)

    def _allowed(self, terms: Terms) -> bool:
        config = self._config
        if terms.subscriber not in config.accounts or terms.package not in self._packages:
            return False
        if not terms.listed:
            return terms.resource in config.accounts
        watched = config.resource_lists.get(terms.resource)
        return watched is not None and terms.subscriber in watched.owners

    def _review(self, subscription: Subscription, now: float) -> None:
        """The configuration changed: end it, or show the list as it is now."""
        if not self._allowed(subscription.terms):
            subscription.end(b"noresource", now)
        elif subscription.terms.listed:
            view = self._view(subscription.terms)
            if view.users != subscription.view.users:
                self._unwatch(subscription)
                view.version = subscription.view.version
                subscription.view = view
                self._watch(subscription)
                subscription.touch(now)

    # The table

    def _add(self, subscription: Subscription) -> None:
        self._subscriptions[subscription.terms.key] = subscription
        self._per_user[subscription.terms.subscriber] += 1
        self._watch(subscription)
        subscription.start(self._core.now())

    def forget(self, subscription: Subscription) -> None:
        """It has ended."""
        terms = subscription.terms
        if self._subscriptions.pop(terms.key, None) is None:
            return
        self._per_user[terms.subscriber] -= 1
        if not self._per_user[terms.subscriber]:
            del self._per_user[terms.subscriber]
        self._unwatch(subscription)
        self.journal.note(SUBSCRIPTION, _name(terms), None)

    def _watch(self, subscription: Subscription) -> None:
        for user in subscription.view.users:
            self.watchers.add(user, subscription)

    def _unwatch(self, subscription: Subscription) -> None:
        for user in subscription.view.users:
            self.watchers.remove(user, subscription)

    def counts(self) -> dict[str, int]:
        """Sizes for the status: subscriptions of each package that has any, publications."""
        packages = Counter(each.terms.package for each in self._subscriptions.values())
        return {
            "subscriptions": len(self._subscriptions),
            **{f"subscriptions {name}": count for name, count in sorted(packages.items())},
            "publications": len(self.publications),
        }

    # Telling

    def send(
        self, subscription: Subscription, body: Body, user: ClientUser, now: float
    ) -> ClientTransaction:
        """Send a NOTIFY of that subscription."""
        terms = subscription.terms
        flow = self._domain.current(self._flow(terms))
        branch = COOKIE + random_hex()
        left = terms.expires - self.wall()
        data = notification(subscription, body, flow, branch, left, self._domain)
        if subscription.sequence % SAVED_EVERY == 0:
            self._save(subscription)
        self._core.counts["notifications"] += 1
        return self._core.transactions.send(flow, data, branch, b"NOTIFY", user, now)

    def _flow(self, terms: Terms) -> Flow:
        """Where the subscriber's contact is registered now, else the way the SUBSCRIBE came."""
        if not terms.routes:
            binding = self._core.location.at(parse_uri(terms.contact).identity)
            if binding is not None and binding.user == terms.subscriber:
                return binding.flow
        return terms.flow

    def _calls_changed(self, user: str) -> None:
        self.watchers.changed(user, CALLS, self._core.now())

    def _registration_changed(self, user: str) -> None:
        self.watchers.changed(user, REGISTRATION, self._core.now())

    def _published(self, user: str) -> None:
        self.watchers.changed(user, PUBLISHED, self._core.now())

    def set_messages(self, user: str, messages: Messages) -> None:
        """How many voice messages wait for a user, from now on."""
        if self._messages.get(user) == messages:
            return
        self._messages[user] = messages
        self.journal.note(MESSAGES, user, {"user": user, "counts": asdict(messages)})
        self.watchers.changed(user, MESSAGE_COUNTS, self._core.now())

    # Restarts

    def _save(self, subscription: Subscription) -> None:
        terms = subscription.terms
        record = record_of(terms, subscription.sequence, subscription.view.version)
        self.journal.note(SUBSCRIPTION, _name(terms), record, terms.expires)

    def restore(self, kept: Iterable[Kept]) -> None:
        """Put back what the store kept, and tell every subscriber what is true now."""
        by_kind: dict[str, list[Mapping[str, Any]]] = {}
        for each in kept:
            if each.record is not None and (each.expires or self.wall() + 1) > self.wall():
                by_kind.setdefault(each.kind, []).append(each.record)
        for record in by_kind.get(MESSAGES, ()):
            self._messages[record["user"]] = Messages(**record["counts"])
        now = self._core.now()
        self.publications.restore(by_kind.get(PUBLICATION, ()), now)
        for position, record in enumerate(by_kind.get(SUBSCRIPTION, ())):
            self._restore(record, now + position * RESTORED_AT_ONCE)

    def _restore(self, record: Mapping[str, Any], at: float) -> None:
        terms = terms_of(record)
        if not self._allowed(terms):
            return
        subscription = Subscription(self, terms, self._view(terms), record["sequence"] + BACK)
        subscription.view.version = record["version"] + BACK
        self._add(subscription)
        self._save(subscription)
        subscription.touch(at)


def _name(terms: Terms) -> str:
    """In the journal: our tag, which is random."""
    return terms.key[1].decode("ascii")
