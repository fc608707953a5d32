"""`prove:` what an admin wants to be true of every number that can be dialled."""

from typing import Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from schema.models.base import Entry, Identifier

NumberClass = Literal[
    "emergency", "international", "premium", "toll_free", "shared_cost", "mobile", "national"
]


class People(Entry):
    """Some users: all of them, those of a site or a group, or one."""

    site: str | None = None
    group: str | None = None
    user: str | None = None
    all: bool | None = Field(None, description="true: everybody")

    @model_validator(mode="after")
    def _one_kind(self) -> "People":
        if len(self.model_fields_set) != 1 or self.all is False:
            raise PydanticCustomError("one_kind", "write exactly one of site, group, user, all")
        return self


class Proof(Entry):
    """One entry of `prove`. Proved for all numbers, at every moment, or refuted by a witness."""

    proof: Identifier = Field(description="The proof's name")
    nobody: People | None = Field(None, description="None of these users …")
    everybody: People | None = Field(None, description="Each of these users …")
    reaches: NumberClass | str = Field(
        description="… reaches a number of this class, or one that matches this pattern, as it "
        'leaves by a gateway, such as "+1900."; for `everybody`: every number of it'
    )
    via: str | None = Field(None, description="… by this gateway")
    description: str | None = None

    @model_validator(mode="after")
    def _one_claim(self) -> "Proof":
        if (self.nobody is None) == (self.everybody is None):
            raise PydanticCustomError("one_kind", "a proof is about nobody or about everybody")
        return self
