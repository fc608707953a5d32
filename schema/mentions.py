"""The names that the entries of one file use, gathered once and remembered with the file.

With them a check over 10,000 users is a comparison of a few sets: only when those show that
something is wrong somewhere are the entries looked at one by one. May know: the models of one file.
May not: other files, or what is wrong.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from schema.models import Phone, User

Names = frozenset[str]
GRANTING = ("users", "groups", "sites", "hunt_groups")
"""Sections whose entries are granted permissions."""


@dataclass(frozen=True, slots=True)
class Mentions:
    """Of one file, or of several together. All that stands in valid entries."""

    groups: Names = frozenset()
    sites: Names = frozenset()
    populated_sites: Names = frozenset()
    schedules: Names = frozenset()
    """Of users; those of rules and hunt groups are few enough to be looked up."""
    timezones: Names = frozenset()
    transports: Names = frozenset()
    permissions: Names = frozenset()
    """Granted ones."""
    phone_users: Names = frozenset()
    """On lines and keys."""
    phone_models: Names = frozenset()
    disabled_users: Names = frozenset()
    caller_ids: Names = frozenset()
    unusual: Names = frozenset()
    """Ids of users and phones that need a look by themselves: see `_is_unusual_…`."""
    names: tuple[str, ...] = ()
    """Ids, extensions and aliases of users; each user's own without repetition."""
    dids: tuple[str, ...] = ()


def together(parts: Iterable[Mentions]) -> Mentions:
    """Return what several files mention."""
    listed = list(parts)
    joined: dict[str, Any] = {}
    for field in fields(Mentions):
        values = [getattr(part, field.name) for part in listed]
        if field.name in ("names", "dids"):
            joined[field.name] = tuple([name for value in values for name in value])
        else:
            joined[field.name] = frozenset().union(*values)
    return Mentions(**joined)


def mentions_of(entries: Mapping[str, Mapping[str, Any]]) -> Mentions:
    """Gather what the entries of one file mention; `entries` are models by section and id."""
    users: Mapping[str, User] = entries["users"]
    phones: Mapping[str, Phone] = entries["phones"]
    sited = [
        entry
        for s in ("users", "hunt_groups", "phones", "gateways", "nodes")
        for entry in entries[s].values()
    ]
    granting = [entry for s in GRANTING for entry in entries[s].values()]
    populated = frozenset(user.site for user in users.values() if user.site is not None)
    return Mentions(
        groups=frozenset(group for user in users.values() for group in user.groups),
        sites=frozenset(entry.site for entry in sited if entry.site is not None),
        populated_sites=populated,
        schedules=frozenset(name for user in users.values() for name in _schedules(user)),
        permissions=frozenset(word for entry in granting for word in entry.permissions),
        phone_users=frozenset(user for phone in phones.values() for user in _users_on(phone)),
        phone_models=frozenset(phone.model for phone in phones.values()),
        disabled_users=frozenset(id_ for id_, user in users.items() if not user.enabled),
        caller_ids=frozenset(user.caller_id for user in users.values() if user.caller_id),
        unusual=frozenset(
            [id_ for id_, user in users.items() if _is_unusual_user(id_, user)]
            + [mac for mac, phone in phones.items() if _is_unusual_phone(phone)]
        ),
        names=tuple(name for id_, user in users.items() for name in _names(id_, user)),
        dids=tuple(did for user in users.values() for did in user.dids),
        **_of_settings(entries),
    )


def _of_settings(entries: Mapping[str, Mapping[str, Any]]) -> dict[str, Names]:
    inheriting = ("sites", "groups", "users", "phones")
    settings = [entry.settings for section in inheriting for entry in entries[section].values()]
    own = [entry.timezone for s in ("sites", "schedules") for entry in entries[s].values()]
    zones = {*own, *(each.timezone for each in settings)}
    transports = {each.transport for each in settings}
    return {"timezones": frozenset(zones - {None}), "transports": frozenset(transports - {None})}


def _schedules(user: User) -> Iterable[str]:
    for forward in user.forward:
        if forward.when is not None:
            yield forward.when
    if isinstance(user.do_not_disturb, str):
        yield user.do_not_disturb


def _names(id_: str, user: User) -> set[str]:
    names = {id_, *user.aliases}
    return names if user.extension is None else names | {user.extension}


def _users_on(phone: Phone) -> Iterable[str]:
    yield from phone.lines
    for key in phone.keys:
        if key.blf is not None:
            yield key.blf


def _is_unusual_user(id_: str, user: User) -> bool:
    """Whether nobody can dial the user, or a forwarding leads back to them."""
    if user.extension is None and not user.dids:
        return True
    return any(forward.to in (*_names(id_, user), *user.dids) for forward in user.forward)


def _is_unusual_phone(phone: Phone) -> bool:
    """Whether a user is on two lines, or a key is for a line that there is not."""
    lines = len(phone.lines)
    return lines > len(set(phone.lines)) or any((key.line or 0) > lines for key in phone.keys)
