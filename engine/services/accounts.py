"""Who may register and call: the SIP engine's accounts of one system after another."""

from collections.abc import Iterable, Mapping

from engine.desired import Desired
from engine.sip import Account
from schema.change import changed
from schema.models import System, User
from schema.settings import resolve


class Accounts:
    """Remembers the accounts of the last system: most commits leave most users alone."""

    def __init__(self) -> None:
        self._accounts: dict[str, Account] = {}
        self._users: Mapping[str, User] = {}
        self._lines: Mapping[str, tuple[str, ...]] = {}

    def of(self, desired: Desired) -> Mapping[str, Account]:
        """By user id, the enabled ones; each from a softphone ("") and from their phones.

        A mapping that was given out never changes.
        """
        users, lines = desired.system.users, desired.lines
        stale = {*changed(self._users, users), *changed(self._lines, lines)}
        self._users, self._lines = users, lines
        if stale:
            self._accounts = dict(self._accounts)
        for name in stale:
            self._accounts.pop(name, None)
            user = users.get(name)
            if user is not None and user.enabled:
                devices = ("", *lines.get(name, ()))
                account = Account(name, user.name, devices, user.credential_epoch)
                self._accounts[name] = account
        return self._accounts


def own_algorithms(system: System) -> dict[str, tuple[str, ...]]:
    """By user id, the digest algorithms of those whom a setting gives others than the system's."""
    usual = system.system.auth.algorithms
    shared = [system.system.settings]
    shared += [group.settings for group in system.groups.values()]
    shared += [site.settings for site in system.sites.values()]
    if any(settings.digest for settings in shared):
        asked: Iterable[str] = system.users
    else:
        asked = [name for name, user in system.users.items() if user.settings.digest]
    found = {name: resolve(system, name).digest or usual for name in asked}
    return {name: order for name, order in found.items() if order != usual}
