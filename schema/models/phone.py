"""`phones:` devices that are provisioned. The key is the MAC address, 12 hexadecimal digits."""

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from schema.models.base import Dialable, Entry, Listed
from schema.models.settings import Settings


class Key(Entry):
    """A programmable key: exactly one of blf, speed_dial, line."""

    blf: str | None = Field(None, description="User whose state the lamp shows")
    speed_dial: Dialable | None = Field(None, description="Number to dial")
    line: int | None = Field(None, ge=1, description="Which of this phone's lines, from 1")
    label: str | None = Field(None, max_length=64)

    @model_validator(mode="after")
    def _one_kind(self) -> "Key":
        if sum(kind is not None for kind in (self.blf, self.speed_dial, self.line)) != 1:
            raise PydanticCustomError("one_kind", "a key is exactly one of blf, speed_dial, line")
        return self


class Phone(Entry):
    """One entry of `phones`."""

    model: str
    lines: Listed[str] = Field(min_length=1, description="Users, line 1 first")
    keys: Listed[Key] = ()
    description: str | None = None
    site: str | None = Field(None, description="Default: the first line's user's site")
    credential_epoch: int = Field(
        1, ge=1, description="Raise to change this phone's URL and admin password"
    )
    settings: Settings = Settings()
