"""What phones of one system share, worked out once: inherited settings and the nearest nodes.

Thousands of users stand in the same groups and at the same site, so thousands of answers are one
object. Pure functions of the system, remembered as long as this object lives.
"""

from collections.abc import Hashable
from dataclasses import dataclass, field

from renderers.devices.context import Neutral, Server
from renderers.devices.neutral import neutral_of, servers_of
from renderers.devices.place import base_url, provisioner_for
from schema.managed import Provisioned
from schema.models import Settings, System
from schema.settings import resolve


@dataclass(frozen=True, slots=True)
class Told:
    """What phones with the same settings at the same site are told alike."""

    settings: Settings
    neutral: Neutral
    servers: tuple[Server, ...]


@dataclass(slots=True)
class Surroundings:
    """One system, as its phones see it."""

    system: System
    _inherited: dict[Hashable, Settings] = field(default_factory=dict)
    _told: dict[Hashable, Told] = field(default_factory=dict)
    _urls: dict[str | None, str] = field(default_factory=dict)

    def phone(self, phone: Provisioned, site: str | None) -> Told:
        """The phone's own settings over those of the user on its first line."""
        inherited = self._of_user(phone.lines[0]) if phone.lines else self.shared(site).settings
        if not phone.settings.model_fields_set:
            return self._shared(inherited, site)
        return self._tell(_over(phone.settings, inherited), site)

    def shared(self, site: str | None) -> Told:
        """The site's settings over the system's: what a file knows that is no single phone's."""
        key = ("shared", site)
        if key not in self._told:
            settings = self.system.system.settings
            if site is not None:
                entry = self.system.sites[site]
                zone = {"timezone": entry.timezone} if entry.timezone is not None else {}
                settings = _over(entry.settings, settings.model_copy(update=zone))
            self._told[key] = self._tell(settings, site)
        return self._told[key]

    def provisioning(self, site: str | None) -> str:
        """The base URL from which phones at `site` fetch, without a token."""
        if site not in self._urls:
            self._urls[site] = base_url(provisioner_for(self.system, site))
        return self._urls[site]

    def _shared(self, settings: Settings, site: str | None) -> Told:
        """By identity: inherited settings live as long as this object."""
        key = (id(settings), site)
        if key not in self._told:
            self._told[key] = self._tell(settings, site)
        return self._told[key]

    def _tell(self, settings: Settings, site: str | None) -> Told:
        servers = servers_of(self.system, settings, site)
        return Told(settings, neutral_of(self.system, settings, site, servers), servers)

    def _of_user(self, user_id: str) -> Settings:
        user = self.system.users[user_id]
        inherits: Hashable = (user.groups, user.site)
        if user.settings.model_fields_set:
            inherits = user_id
        if inherits not in self._inherited:
            self._inherited[inherits] = resolve(self.system, user_id)
        return self._inherited[inherits]


def _over(own: Settings, inherited: Settings) -> Settings:
    said = {
        name: value for name in own.model_fields_set if (value := getattr(own, name)) is not None
    }
    return inherited.model_copy(update=said)
