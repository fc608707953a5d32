"""`groups:` sets of users that share permissions and settings."""

from schema.models.base import Entry, Listed
from schema.models.settings import Settings


class Group(Entry):
    """One entry of `groups`."""

    name: str | None = None
    permissions: Listed[str] = ()
    settings: Settings = Settings()
