"""`hunt_groups:` one number that rings several users."""

from typing import Literal

from pydantic import Field

from schema.models.base import E164, Digits, Duration, Entry, Identifier, Listed
from schema.models.destination import Destination

Strategy = Literal["simultaneous", "sequential", "round_robin", "longest_idle"]


class HuntGroup(Entry):
    """One entry of `hunt_groups`. Members ring; what they forward to does not."""

    name: str | None = None
    extension: Digits | None = None
    did: E164 | Listed[E164] | None = Field(None, description="Direct inward dialling number(s)")
    aliases: Listed[Identifier] = Field((), description="Other names for the same group")
    members: Listed[str] = Field(min_length=1, description="Users, in order")
    strategy: Strategy = Field(
        "simultaneous",
        description="Who rings: all at once; one after the other from the first on; from the one "
        "after who rang first last time on; or from who has been off the phone longest on",
    )
    ring: Duration = Field(
        20.0, description="How long each member rings before the next one does; not simultaneous"
    )
    timeout: Duration = Field(60.0, description="How long the group rings before `fallback`")
    fallback: Destination | None = Field(None, description="Where a call goes that nobody took")
    when: str | None = Field(
        None, description="Schedule in which it rings; outside of it a call goes to `fallback`"
    )
    site: str | None = None
    permissions: Listed[str] = Field(
        (), description="What a `fallback` number may cost: the group calls it, not the caller"
    )
    enabled: bool = True

    @property
    def dids(self) -> tuple[str, ...]:
        """All DIDs, however they were written."""
        if self.did is None:
            return ()
        return (self.did,) if isinstance(self.did, str) else self.did
