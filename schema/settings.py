"""What holds for a user once all levels are counted in, and which level said so.

Settings: user ← groups in the listed order ← site ← system; the nearest that says something wins.
Permissions: what the user, the groups and the site grant, together. May know: a valid system, and
where its values stand. May not: files.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from schema.diagnostics import SourceRange
from schema.models import Settings, System, User
from schema.origins import Origins
from schema.source import Path

_FIELDS = tuple(Settings.model_fields)


@dataclass(frozen=True, slots=True)
class Level:
    """One place that settings come from: an entry, and what it says."""

    section: str
    id: str
    settings: Settings
    timezone: str | None = None
    """What the entry's own key `timezone` says, outside of its settings."""

    @property
    def name(self) -> str:
        """For people: "group sales", "system"."""
        kinds = {"users": "user", "phones": "phone", "groups": "group", "sites": "site"}
        return f"{kinds[self.section]} {self.id}" if self.section in kinds else "system"

    def value(self, key: str) -> Any:
        """What this level says about a setting, or None."""
        value = getattr(self.settings, key)
        return self.timezone if value is None and key == "timezone" else value

    def place(self, origins: Origins, key: str) -> SourceRange | None:
        """Where this level says it; None when it is a default of the models."""
        path: Path = ("settings", key)
        if getattr(self.settings, key) is None and key == "timezone":
            path = ("timezone",)
        if self.section == "system":
            return origins.at("system", str(path[0]), *path[1:])
        return origins.at(self.section, self.id, *path)


def levels(system: System, user_id: str) -> list[Level]:
    """Return the levels of a user, nearest first. KeyError for an unknown user."""
    user = system.users[user_id]
    groups = ((group, system.groups[group]) for group in user.groups)
    found = [
        Level("users", user_id, user.settings),
        *(Level("groups", id_, group.settings) for id_, group in groups),
    ]
    if user.site is not None:
        site = system.sites[user.site]
        found.append(Level("sites", user.site, site.settings, site.timezone))
    found.append(Level("system", "", system.system.settings, system.system.timezone))
    return found


def resolve(system: System, user_id: str) -> Settings:
    """Return what holds for a user. `timezone` is never None. KeyError for an unknown user."""
    values: dict[str, Any] = {}
    for level in levels(system, user_id):
        if level.settings.model_fields_set or level.timezone is not None:
            for key in _FIELDS:
                if values.get(key) is None:
                    values[key] = level.value(key)
    return Settings.model_construct(**{key: v for key, v in values.items() if v is not None})


def permissions_of(system: System, user_id: str) -> frozenset[str]:
    """Return all that a user may do. KeyError for an unknown user."""
    return frozenset(word for word, _ in grants(system, user_id))


def grants(system: System, user_id: str) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield each permission of a user with section and id of the entry that grants it."""
    user: User = system.users[user_id]
    for word in user.permissions:
        yield word, ("users", user_id)
    for group in user.groups:
        for word in system.groups[group].permissions:
            yield word, ("groups", group)
    if user.site is not None:
        for word in system.sites[user.site].permissions:
            yield word, ("sites", user.site)
