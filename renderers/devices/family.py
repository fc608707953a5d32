"""The device-folder format: what `model.yaml` and `settings.yaml` may say, and what a family is.

Data and its rules only. Reading the files is `load`, filling templates is `render`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from renderers.devices.escape import Format
from renderers.devices.lan import Dhcp, Oui

ModelId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9.]+)+$")]
Request = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]*\{mac\}[A-Za-z0-9._-]*$")]
"""A file name as the phone asks for it. One name: a request never has a folder."""

Native = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]+$")]
SettingName = Literal["language", "ntp_server", "web_admin"]
"""Inherited settings that are a value and nothing else; templates write the others."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Model(_Strict):
    """One model of a family."""

    name: str = Field(description="As the vendor writes it")
    lines: int = Field(ge=1, description="Accounts that can register")
    keys: int = Field(ge=0, description="Programmable keys, the line keys among them")
    user_agent: str | None = Field(None, description="How its User-Agent names it, if it does")


class File(_Strict):
    """One file that a phone asks for."""

    request: Request
    template: str = Field(pattern=r"^[a-z0-9_-]+\.j2$")
    scope: Literal["device"] = "device"
    secret: bool
    format: Format
    content_type: str = Field(pattern=r"^[a-z]+/[a-z0-9.+-]+$")


Upload = Literal["log", "override", "directory"]
"""What a phone sends: a log, settings that were made on it, its own phone book."""


class Resync(_Strict):
    """How a phone is told to fetch its files: SIP NOTIFY with this event."""

    event: Literal["check-sync"]
    reboot: bool


class Limits(_Strict):
    """What the family's parameters hold at most."""

    text: int = Field(ge=8, description="Characters of a name or label")
    interval: int = Field(ge=60, description="Shortest provisioning interval, seconds")


class Recognise(_Strict):
    """How a phone of this family shows itself."""

    user_agent: str = Field(description="Regular expression with a group `model`; `mac` if shown")
    oui: Annotated[tuple[Oui, ...], Field(strict=False)] = Field(
        (), description="How the MAC addresses of its phones begin"
    )
    pnp: Annotated[tuple[str, ...], Field(strict=False)] = Field(
        (), description="What it says as vendor in SIP PnP, in any case"
    )


class Description(_Strict):
    """`model.yaml`."""

    family: str = Field(pattern=r"^[a-z0-9]+$")
    vendor: str
    mac: Literal["lower", "upper"] = Field(description="How it writes its MAC in file names")
    primary: Request = Field(description="The file that the bare provisioning URL answers with")
    files: Annotated[tuple[File, ...], Field(strict=False, min_length=1)]
    bootstrap: str | None = Field(
        None,
        pattern=r"^[a-z0-9_-]+\.j2$",
        description="Template that tells a new phone its URL and nothing else, read as `primary`",
    )
    uploads: Mapping[Request, Upload] = Field({}, description="Files that a phone sends")
    resync: Resync
    limits: Limits
    unset: str | None = Field(
        description="What clears a parameter; null where leaving it out does that"
    )
    recognise: Recognise
    dhcp: Dhcp = Dhcp()
    models: Mapping[ModelId, Model] = Field(min_length=1)


def bootstrap_file(description: Description) -> tuple[File, ...]:
    """The primary file as a new phone reads it, where the family has such a template."""
    if description.bootstrap is None:
        return ()
    primary = next(file for file in description.files if file.request == description.primary)
    return (primary.model_copy(update={"template": description.bootstrap, "secret": True}),)


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


class Setting(_Strict):
    """How one neutral setting is written: which parameters, and the values they take."""

    type: Literal["text", "choice", "boolean"]
    native: Annotated[
        tuple[Native, ...], BeforeValidator(_listed), Field(strict=False, min_length=1)
    ]
    choices: Mapping[str, str] = Field(default={}, description="Of a choice: neutral to native")

    def write(self, value: str | bool) -> str | None:
        """The native value; None when the family has no such choice."""
        match self.type:
            case "text":
                return str(value)
            case "boolean":
                return "1" if value else "0"
            case "choice":
                return self.choices.get(str(value))


@dataclass(frozen=True, eq=False, repr=False)
class Family:
    """A loaded device folder. `digest` is over its files: equal folders, equal digests."""

    description: Description
    settings: Mapping[str, Setting]
    vocabulary: frozenset[str]
    """Native parameters, numbers in them written {n}."""
    templates: Mapping[str, str]
    digest: str

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.description.family

    @cached_property
    def agent(self) -> re.Pattern[str]:
        """The User-Agent of this family's phones."""
        return re.compile(self.description.recognise.user_agent)


@dataclass(frozen=True, eq=False, repr=False)
class Families:
    """All families, and their models by id."""

    families: tuple[Family, ...]

    @cached_property
    def models(self) -> Mapping[str, tuple[Family, Model]]:
        """Model id to its family and description."""
        return {
            name: (family, model)
            for family in self.families
            for name, model in family.description.models.items()
        }


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a User-Agent tells: never a proof, anyone can send one."""

    family: str
    model: str | None
    mac: str | None


def recognise(families: Families, user_agent: str) -> Sighting | None:
    """Which phone sends this User-Agent; None for a stranger."""
    for family in families.families:
        found = family.agent.search(user_agent)
        if found is not None:
            named = found.groupdict()
            mac = re.sub("[^0-9a-f]", "", (named.get("mac") or "").lower())
            return Sighting(family.name, _model(family, named.get("model")), mac or None)
    return None


def _model(family: Family, token: str | None) -> str | None:
    models = family.description.models
    return next((name for name, model in models.items() if token == model.user_agent), None)


def parameter(native: str) -> str:
    """A parameter as the vocabulary has it: "account.2.label" is "account.{n}.label"."""
    return re.sub(r"(?<=\.)\d+(?=\.|$)", "{n}", native)
