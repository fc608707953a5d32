"""`users:` people (and rooms) that can be called."""

from pydantic import Field

from schema.models.base import E164, Dialable, Digits, Duration, Entry, Identifier, Importer, Listed
from schema.models.settings import Settings


class Forward(Entry):
    """Ring somewhere else instead, after a time; at once and together with 0s."""

    to: Dialable
    after: Duration = Field(
        20.0, description="Seconds after the call began to ring; 0s rings at once"
    )
    when: str | None = Field(None, description="Schedule in which this forwarding holds")


class User(Entry):
    """One entry of `users`. The key is the user part of the address of record."""

    name: str = Field(min_length=1, max_length=128, description="Shown to the people they call")
    extension: Digits | None = None
    did: E164 | Listed[E164] | None = Field(None, description="Direct inward dialling number(s)")
    aliases: Listed[Identifier] = Field((), description="Other names for the same person")
    email: str | None = None
    groups: Listed[str] = ()
    site: str | None = None
    permissions: Listed[str] = ()
    forward: Listed[Forward] = ()
    do_not_disturb: bool | str = Field(
        False,
        description="true, or the schedule in which it holds: the phones stay silent, and "
        "forwardings ring at once",
    )
    block: Listed[str] = Field(
        (), description='Patterns of outside callers who are declined, such as "+1900."'
    )
    anonymous: bool = Field(
        True, description="Whether outside callers without a number reach this user"
    )
    caller_id: E164 | None = Field(None, description="Shown to the outside; default: the first DID")
    enabled: bool = True
    credential_epoch: int = Field(1, ge=1, description="Raise to rotate this user's password")
    managed_by: Importer | None = Field(
        None, description="The import that keeps this entry: ldap/<directory> or csv/<name>"
    )
    managed_id: str | None = Field(
        None, min_length=1, max_length=256,
        description="What the source knows this person by, where that is not the id",
    )  # fmt: skip
    settings: Settings = Settings()

    @property
    def dids(self) -> tuple[str, ...]:
        """All DIDs, however they were written."""
        if self.did is None:
            return ()
        return (self.did,) if isinstance(self.did, str) else self.did
