"""Where something leads inside: one of the things that can be called."""

from typing import Final

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from schema.models.base import Dialable, Entry

RESERVED: Final = ("voicemail", "attendant", "conference", "park", "queue", "paging")
"""Words for services that are not there yet. `schema.checks.destinations` says so."""


class Destination(Entry):
    """A target by its kind: exactly one key."""

    user: str | None = Field(None, description="A user's id")
    hunt_group: str | None = Field(None, description="A hunt group's id")
    number: Dialable | None = Field(None, description="A number, as if it were dialled from here")
    voicemail: str | None = Field(None, description="Reserved")
    attendant: str | None = Field(None, description="Reserved")
    conference: str | None = Field(None, description="Reserved")
    park: str | None = Field(None, description="Reserved")
    queue: str | None = Field(None, description="Reserved")
    paging: str | None = Field(None, description="Reserved")

    @model_validator(mode="after")
    def _one_kind(self) -> "Destination":
        if len(self.model_fields_set) != 1 or None in self.model_dump(exclude_unset=True).values():
            raise PydanticCustomError(
                "one_kind", "a destination is exactly one of user, hunt_group, number"
            )
        return self

    @property
    def kind(self) -> str:
        """Its one key."""
        (kind,) = self.model_fields_set
        return kind

    @property
    def name(self) -> str:
        """What stands behind the key."""
        name: str = getattr(self, self.kind)
        return name
