"""`phones:` devices that are provisioned. The key is the MAC address, 12 hexadecimal digits."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from schema.models.base import Dialable, Entry, Importer, Listed
from schema.models.settings import Settings

KeyKind = Literal["line", "blf", "speed_dial", "park", "dtmf", "prefix", "url"]
KEY_KINDS: tuple[KeyKind, ...] = ("blf", "speed_dial", "line", "park", "dtmf", "prefix", "url")


class Key(Entry):
    """A programmable key: exactly one of blf, speed_dial, line, park, dtmf, prefix, url."""

    blf: str | None = Field(None, description="User whose state the lamp shows")
    speed_dial: Dialable | None = Field(None, description="Number to dial")
    line: int | None = Field(None, ge=1, description="Which of this phone's lines, from 1")
    park: Dialable | None = Field(None, description="Number of a parking place, with its lamp")
    dtmf: str | None = Field(
        None, pattern="^[0-9A-D*#,]{1,64}$", description="Digits to send during a call"
    )
    prefix: Dialable | None = Field(None, description="Digits to dial before what is typed next")
    url: str | None = Field(
        None, pattern="^https?://[^ ]{1,255}$", description="Page that the phone fetches"
    )
    label: str | None = Field(None, max_length=64)

    @model_validator(mode="after")
    def _one_kind(self) -> "Key":
        if sum(getattr(self, kind) is not None for kind in KEY_KINDS) != 1:
            raise PydanticCustomError("one_kind", f"a key is exactly one of {', '.join(KEY_KINDS)}")
        return self

    @property
    def kind(self) -> KeyKind:
        """Which of them it is."""
        return next(kind for kind in KEY_KINDS if getattr(self, kind) is not None)


Firmware = Annotated[str, Field(pattern=r"^[0-9]{1,5}(\.[0-9]{1,5}){0,3}$")]
"""A version that compares number by number."""


class Phone(Entry):
    """One entry of `phones`."""

    model: str
    lines: Listed[str] = Field(min_length=1, description="Users, line 1 first")
    keys: Listed[Key] = Field((), description="Those of expansion modules follow the phone's own")
    expansion: Listed[str] = Field((), description="Models of its expansion modules, nearest first")
    firmware: Firmware | None = Field(
        None, description="Its firmware, where that is not the newest its family knows"
    )
    native: Mapping[str, str | int | bool] = Field(
        {}, description="Parameters of the vendor, written as they are: for what has no setting"
    )
    description: str | None = None
    site: str | None = Field(None, description="Default: the first line's user's site")
    credential_epoch: int = Field(
        1, ge=1, description="Raise to change this phone's URL and admin password"
    )
    managed_by: Importer | None = Field(
        None, description="The import that keeps this entry: ldap/<directory> or csv/<name>"
    )
    settings: Settings = Settings()
