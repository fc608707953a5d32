"""SUBSCRIBE and PUBLISH of our users, and the life of subscriptions (RFC 6665 section 4.2)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from engine.sip.config import SipConfig
from engine.sip.errors import Refused
from engine.sip.flow import Flow
from engine.sip.notifier import asking, journal, package
from engine.sip.notifier.dialog_info import DialogPackage
from engine.sip.notifier.journal import Journal, Kept
from engine.sip.notifier.message_summary import MessagePackage, Messages
from engine.sip.notifier.offer import Offer
from engine.sip.notifier.package import Package
from engine.sip.notifier.presence import PresencePackage
from engine.sip.notifier.publications import Publications
from engine.sip.notifier.registration_info import RegistrationPackage
from engine.sip.notifier.subscription import Subscription, Terms
from engine.sip.notifier.table import Table
from engine.sip.notifier.view import Body
from engine.sip.notifier.watchers import Watchers
from engine.sip.notifier.writing import contact, notification
from engine.sip.proxy.domain import Domain
from engine.sip.proxy.place import place_of
from engine.sip.randomness import random_hex
from engine.sip.transaction import COOKIE, ClientTransaction, ServerTransaction
from engine.sip.transaction.machine import ClientUser
from engine.sip.wire import Request
from engine.sip.wire.build import response
from engine.sip.wire.uri import SipUri, parse_uri

if TYPE_CHECKING:
    from engine.sip.core import SipCore

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
        self._watchers = Watchers(core.calls, core.location)
        self._table = Table(self._watchers)
        self._messages: dict[str, Messages] = {}
        self._publications = Publications(
            core.wheel, core.wall, self.journal, self._announcer(package.PUBLICATION)
        )
        core.calls.changed = self._announcer(package.CALLS)
        core.location.changed = self._announcer(package.REGISTRATION)
        self._config = config

    def configure(self, config: SipConfig, domain: Domain) -> None:
        """Take over a configuration. Subscriptions that it does not allow any more end."""
        before, self._config, self._domain = self._config, config, domain
        self._offer = Offer(config, self._packages(config.domain))
        if (
            config.accounts is not before.accounts
            or config.resource_lists is not before.resource_lists
        ):
            for subscription in self._table:
                self._review(subscription, self._core.now())

    def _packages(self, domain: str) -> Iterable[Package]:
        calls, location = self._core.calls, self._core.location
        return (
            DialogPackage(calls, domain),
            MessagePackage(self._messages),
            PresencePackage(self._publications, calls, location, self.wall),
            RegistrationPackage(location, self.wall),
        )

    def _review(self, subscription: Subscription, now: float) -> None:
        """The configuration changed: end it, or show the list as it is now."""
        if not self._offer.allows(subscription.terms):
            subscription.end(b"noresource", now)
        elif subscription.terms.listed:
            view = self._offer.view(subscription.terms)
            if view.users != subscription.view.users:
                self._table.unwatch(subscription)
                view.version = subscription.view.version
                subscription.view = view
                self._table.watch(subscription)
                subscription.touch(now)

    # Requests

    @property
    def allowed(self) -> bytes:
        """Our Allow-Events line."""
        return self._offer.line

    def serves(self, request: Request, uri: SipUri) -> bool:
        """Whether a SUBSCRIBE is for us to answer. Of other packages phones know better."""
        name = asking.package_name(request)
        ours = self._offer.package(name) is not None
        return ours or bool(request.recipient.tag) or not (name and uri.user)

    def subscribe(
        self, server: ServerTransaction, flow: Flow, uri: SipUri, subscriber: str, now: float
    ) -> None:
        """A SUBSCRIBE of a user. Raises Refused and SipParseError for the answer it gets."""
        request = server.request
        wanted = self._offer.package(asking.package_name(request))
        if wanted is None:
            raise Refused(489, headers=(self.allowed,))
        if request.recipient.tag:
            self._resubscribe(server, flow, subscriber, now)
        else:
            self._begin(server, flow, uri, subscriber, wanted, now)

    def _begin(
        self, server: ServerTransaction, flow: Flow, uri: SipUri, subscriber: str,
        wanted: Package, now: float,
    ) -> None:  # fmt: skip
        request = server.request
        resource, listed = self._offer.resource(request, uri, subscriber, wanted)
        if not listed and not asking.accepts(request, wanted.content_type):
            raise Refused(406)
        seconds = asking.seconds_wanted(request)
        self._table.check_room(subscriber)
        tag, expires = self._core.new_tag(), self.wall() + seconds
        entity = self._offer.entity(uri.user)
        terms = asking.terms_of_request(
            request, tag, flow, subscriber, resource, listed, entity, expires
        )
        subscription = Subscription(self, terms, self._offer.view(terms))
        self._add(subscription)
        self._accept(server, terms, seconds, tag, now)
        self._answer(subscription, seconds, now)

    def _resubscribe(
        self, server: ServerTransaction, flow: Flow, subscriber: str, now: float
    ) -> None:
        request = server.request
        key = (request.call_id, request.recipient.tag, request.sender.tag)
        subscription = self._table.get(key)
        if subscription is None or subscription.terms.package != asking.package_name(request):
            raise Refused(481)
        terms = subscription.terms
        if terms.subscriber != subscriber:
            raise Refused(403)
        if request.cseq[0] <= terms.sequence:
            raise Refused(500, b"SUBSCRIBE out of order")
        seconds = asking.seconds_wanted(request)
        moved = request.value(b"contact") is not None
        subscription.terms = terms._replace(
            contact=asking.contact_of(request) if moved else terms.contact,
            flow=flow,
            sequence=request.cseq[0],
            expires=self.wall() + seconds,
        )
        self._accept(server, subscription.terms, seconds, b"", now)
        self._answer(subscription, seconds, now)

    def _accept(
        self, server: ServerTransaction, terms: Terms, seconds: int, tag: bytes, now: float
    ) -> None:
        request = server.request
        lines = [b"Expires: %d" % seconds, contact(terms.flow.listener)]
        lines += [b"Record-Route: " + route for route in request.values(b"record-route")]
        if terms.listed:
            lines.append(b"Require: eventlist")
        server.respond(200, response(request, 200, tag=tag, headers=lines), now)

    def _answer(self, subscription: Subscription, seconds: int, now: float) -> None:
        """The NOTIFY that follows every SUBSCRIBE at once; the last one when it asked for none."""
        if seconds:
            subscription.renew(now)
            self._save(subscription)
            self._trust(subscription.terms)
        else:
            subscription.end(b"timeout", now)

    def publish(self, request: Request, uri: SipUri, user: str, now: float) -> tuple[bytes, ...]:
        """A PUBLISH of a user, who speaks for nobody else; header lines of the 200."""
        if self._offer.user(uri) != user:
            raise Refused(403, b"Not Yours To Publish")
        return self._publications.publish(request, user, now)

    # Life

    def _add(self, subscription: Subscription) -> None:
        self._table.add(subscription)
        subscription.start(self._core.now())

    def _trust(self, terms: Terms) -> None:
        """Its answers come from there as long as it lasts: they are no stranger's flood."""
        self._core.guard.prove(terms.flow.host, terms.expires - self.wall())

    def forget(self, subscription: Subscription) -> None:
        """It has ended."""
        if self._table.remove(subscription):
            self.journal.note_end(journal.SUBSCRIPTION, subscription.terms.name)

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
        location, gruus = self._core.location, self._core.service.registrar.gruus
        place = place_of(parse_uri(terms.contact), self._domain, gruus, location)
        if place is not None and place.user == terms.subscriber and not terms.routes:
            for binding in location.of(place.user, self.wall()):
                if place.fits(binding) and not binding.path:
                    return binding.flow
        return terms.flow

    def await_return(self, subscription: Subscription) -> None:
        """Its subscriber's connection is gone; perhaps they come back."""
        self._table.lose(subscription)

    def returned(self, user: str, now: float) -> None:
        """A user has registered, perhaps from elsewhere: tell what could not be told."""
        for subscription in self._table.found(user):
            subscription.renew(now)

    def _announcer(self, topic: str) -> Callable[[str], None]:
        """Tells the watchers of a user that something of that kind changed."""
        return lambda user: self._watchers.changed(user, topic, self._core.now())

    def set_messages(self, user: str, messages: Messages) -> None:
        """How many voice messages wait for a user, from now on."""
        if self._messages.get(user) == messages:
            return
        self._messages[user] = messages
        record = {"user": user, "counts": asdict(messages)}
        self.journal.note(journal.MESSAGES, user, lambda: record)
        self._watchers.changed(user, package.MESSAGES, self._core.now())

    def counts(self) -> dict[str, int]:
        """Sizes for the status."""
        return {**self._table.counts(), "publications": len(self._publications)}

    # Restarts

    def _save(self, subscription: Subscription) -> None:
        terms = subscription.terms
        record = partial(journal.record_of, subscription)
        self.journal.note(journal.SUBSCRIPTION, terms.name, record, terms.expires)

    def restore(self, kept: Iterable[Kept]) -> None:
        """Put back what the store kept, and tell every subscriber what is true now."""
        by_kind: dict[str, list[Mapping[str, Any]]] = {}
        for each in kept:
            if each.record is not None and (each.expires is None or each.expires > self.wall()):
                by_kind.setdefault(each.kind, []).append(each.record)
        for record in by_kind.get(journal.MESSAGES, ()):
            self._messages[record["user"]] = Messages(**record["counts"])
        now = self._core.now()
        self._publications.restore(by_kind.get(journal.PUBLICATION, ()), now)
        for position, record in enumerate(by_kind.get(journal.SUBSCRIPTION, ())):
            self._restore(record, now + position * RESTORED_AT_ONCE)

    def _restore(self, record: Mapping[str, Any], at: float) -> None:
        terms = journal.terms_of(record)
        if not self._offer.allows(terms):
            return
        view = self._offer.view(terms)
        view.version = record["version"] + BACK
        subscription = Subscription(self, terms, view, record["sequence"] + BACK)
        self._add(subscription)
        self._save(subscription)
        self._trust(terms)
        subscription.touch(at)
