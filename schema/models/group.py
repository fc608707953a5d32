"""`groups:` sets of users that share permissions and settings."""

from pydantic import Field

from schema.models.base import Entry, Importer, Listed
from schema.models.settings import Settings


class Group(Entry):
    """One entry of `groups`."""

    name: str | None = None
    permissions: Listed[str] = ()
    managed_by: Importer | None = Field(
        None, description="The import that made this group: ldap/<directory> or csv/<name>"
    )
    settings: Settings = Settings()
