"""From a user whose state changed to the subscriptions that show it.

The call path asks here for every user of every call, so a user whom nobody watches costs one
look-up in a dictionary.
"""

from typing import TYPE_CHECKING, Final

from engine.sip.calls import Calls
from engine.sip.location import Location
from engine.sip.notifier.package import CALLS, REGISTRATION

if TYPE_CHECKING:
    from engine.sip.notifier.subscription import Subscription

SETTLE: Final = 0.1
"""Seconds from a change to the NOTIFY: what changes together is told together."""
AT_ONCE: Final = 50
"""Watchers of one user who are told in one turn; the next ones follow a turn later, so that a
change that a thousand lamps show does not hold up the calls."""
TURN: Final = 0.02
"""Seconds between two turns."""


class Watchers:
    """Subscriptions by the users that they show."""

    def __init__(self, calls: Calls, location: Location) -> None:
        self._calls = calls
        self._location = location
        self._by_user: dict[str, dict[Subscription, None]] = {}

    def add(self, user: str, subscription: "Subscription") -> None:
        """Tell that subscription of changes of that user."""
        self._by_user.setdefault(user, {})[subscription] = None
        topics = subscription.view.package.topics
        if CALLS in topics:
            self._calls.watch(user)
        if REGISTRATION in topics:
            self._location.watched.add(user)

    def remove(self, user: str, subscription: "Subscription") -> None:
        """Tell it no more."""
        watchers = self._by_user.get(user, {})
        watchers.pop(subscription, None)
        topics = {topic for each in watchers for topic in each.view.package.topics}
        if CALLS not in topics:
            self._calls.unwatch(user)
        if REGISTRATION not in topics:
            self._location.watched.discard(user)
        if not watchers:
            self._by_user.pop(user, None)

    def changed(self, user: str, topic: str, now: float) -> None:
        """Something of that kind changed about a user."""
        watchers = self._by_user.get(user)
        if watchers is None:
            return
        interested = [each for each in watchers if topic in each.view.package.topics]
        for position, subscription in enumerate(interested):
            at = now + SETTLE + position // AT_ONCE * TURN
            subscription.view.touch(user)
            subscription.touch(at)
