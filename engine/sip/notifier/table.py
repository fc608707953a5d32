"""All subscriptions: found by their dialogs, counted by their subscribers, bounded."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from engine.sip.errors import Refused
from engine.sip.notifier.subscription import Key, Subscription
from engine.sip.notifier.watchers import Watchers

MAX_SUBSCRIPTIONS: Final = 100_000
MAX_PER_USER: Final = 500
"""An attendant's console has a lamp for everybody, and forgets to unsubscribe when it restarts."""


class Table:
    """Subscriptions that are active."""

    def __init__(self, watchers: Watchers) -> None:
        self._watchers = watchers
        self._subscriptions: dict[Key, Subscription] = {}
        self._per_user: Counter[str] = Counter()
        self._lost: dict[str, dict[Subscription, None]] = {}

    def __iter__(self) -> Iterator[Subscription]:
        """All of them; it may be changed meanwhile."""
        return iter(list(self._subscriptions.values()))

    def get(self, key: Key) -> Subscription | None:
        """The subscription of that dialog."""
        return self._subscriptions.get(key)

    def check_room(self, subscriber: str) -> None:
        """Whether that user may have one more. Raises Refused."""
        if self._per_user[subscriber] >= MAX_PER_USER:
            raise Refused(403, b"Too Many Subscriptions")
        if len(self._subscriptions) >= MAX_SUBSCRIPTIONS:
            raise Refused(503, headers=(b"Retry-After: 300",))

    def add(self, subscription: Subscription) -> None:
        """It is active, and told of changes."""
        self._subscriptions[subscription.terms.key] = subscription
        self._per_user[subscription.terms.subscriber] += 1
        self.watch(subscription)

    def remove(self, subscription: Subscription) -> bool:
        """It has ended. Whether it was here."""
        terms = subscription.terms
        if self._subscriptions.pop(terms.key, None) is None:
            return False
        self._per_user[terms.subscriber] -= 1
        if not self._per_user[terms.subscriber]:
            del self._per_user[terms.subscriber]
        self.unwatch(subscription)
        if subscription in (lost := self._lost.get(terms.subscriber, {})):
            del lost[subscription]
            if not lost:
                del self._lost[terms.subscriber]
        return True

    def lose(self, subscription: Subscription) -> None:
        """Its subscriber cannot be reached at present."""
        if subscription.terms.key in self._subscriptions:
            self._lost.setdefault(subscription.terms.subscriber, {})[subscription] = None

    def found(self, subscriber: str) -> Iterable[Subscription]:
        """Those of a user who is back. One look-up for users of whom none was lost."""
        return self._lost.pop(subscriber, ())

    def watch(self, subscription: Subscription) -> None:
        """Tell it of changes of what it shows."""
        for user in subscription.view.users:
            self._watchers.add(user, subscription)

    def unwatch(self, subscription: Subscription) -> None:
        """Tell it no more."""
        for user in subscription.view.users:
            self._watchers.remove(user, subscription)

    def counts(self) -> dict[str, int]:
        """How many, in all and of each package that has any."""
        packages = Counter(each.terms.package for each in self._subscriptions.values())
        by_package = {f"subscriptions {name}": count for name, count in sorted(packages.items())}
        return {"subscriptions": len(self._subscriptions), **by_package}
