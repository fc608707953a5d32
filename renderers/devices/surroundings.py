"""What phones of one system share, worked out once: inherited settings and the nearest nodes.

Thousands of users stand in the same groups and at the same site, so thousands of answers are one
object. Pure functions of the system, remembered as long as this object lives.
"""

from dataclasses import dataclass, field

from renderers.devices.place import base_url, provisioner_for, router_for
from schema.models import Node, Phone, Settings, System
from schema.settings import resolve


@dataclass(slots=True)
class Surroundings:
    """One system, as its phones see it."""

    system: System
    _inherited: dict[tuple[tuple[str, ...], str | None], Settings] = field(default_factory=dict)
    _routers: dict[str | None, Node] = field(default_factory=dict)
    _urls: dict[str | None, str] = field(default_factory=dict)

    def settings(self, phone: Phone) -> Settings:
        """The phone's own settings over those of the user on its first line."""
        inherited = self._of_user(phone.lines[0])
        if not phone.settings.model_fields_set:
            return inherited
        return inherited.model_copy(update=phone.settings.model_dump(exclude_none=True))

    def router(self, site: str | None) -> Node:
        """The node that phones at `site` register with."""
        if site not in self._routers:
            self._routers[site] = router_for(self.system, site)
        return self._routers[site]

    def provisioning(self, site: str | None) -> str:
        """The base URL from which phones at `site` fetch, without a token."""
        if site not in self._urls:
            self._urls[site] = base_url(provisioner_for(self.system, site))
        return self._urls[site]

    def _of_user(self, user_id: str) -> Settings:
        user = self.system.users[user_id]
        if user.settings.model_fields_set:
            return resolve(self.system, user_id)
        inherits = (user.groups, user.site)
        if inherits not in self._inherited:
            self._inherited[inherits] = resolve(self.system, user_id)
        return self._inherited[inherits]
