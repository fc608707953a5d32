"""`sites:` places: what a user or a gateway inherits from where it stands."""

from pydantic import Field

from schema.models.base import Entry, Listed
from schema.models.settings import Settings


class Site(Entry):
    """One entry of `sites`."""

    name: str | None = None
    emergency_location: str | None = Field(
        None, description="Address that emergency services are told"
    )
    timezone: str | None = Field(None, description="IANA time zone; default: the system's")
    permissions: Listed[str] = ()
    settings: Settings = Settings()
