"""The device-folder format: what `model.yaml` may say, and what a family is.

Data and its rules only. `settings.yaml` is `setting`, reading the files is `load`, filling
templates is `render`, telling phones from what they show is `recognise`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from renderers.devices.escape import Charset, Format
from renderers.devices.firmware import FirmwareRange
from renderers.devices.lan import Dhcp, Oui
from renderers.devices.setting import KeySource, LineSource, Setting, Strict, Version
from renderers.devices.vocabulary import Vocabulary
from schema.models import KeyKind

ModelId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9.]+)+$")]
_VARIABLE = r"\{mac\}|\{model\}|\{book\}"
_PART = rf"(?:[A-Za-z0-9]|{_VARIABLE})(?:[A-Za-z0-9._-]|{_VARIABLE})*"
Request = Annotated[str, StringConstraints(pattern=rf"^(?:{_PART}/){{0,3}}{_PART}$")]
"""A path as the phone asks for it, without a slash in front."""

Template = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]+\.j2$")]
"""The name of a file in templates/."""

Pattern = str
"""A regular expression (Python's)."""


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


Patterns = Annotated[tuple[Pattern, ...], BeforeValidator(_listed), Field(strict=False)]
Scope = Literal["device", "model", "site", "book"]
QueryParameter = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,32}$")]


_PARAMETER: Mapping[Format, str] = {
    "ini": r"^(?P<name>[A-Za-z][^=:\n]*?) ?[=:]",
    "keyvalue": r"^(?P<name>[A-Za-z][^=:\n]*?) ?[=:]",
    "xml": r'(?<=\s)(?!version=|encoding=|standalone=)(?P<name>[A-Za-z_][A-Za-z0-9_.\[\]-]*)="',
    "json": r'"(?P<name>[^"\\\n]+)" ?:',
}
"""Where parameters usually stand in a file of the format."""


class Model(Strict):
    """One model of a family."""

    name: str = Field(description="As the vendor writes it")
    lines: int = Field(0, ge=0, description="Accounts that can register; none: a gateway")
    keys: int = Field(0, ge=0, description="Programmable keys, the line keys among them")
    ports: int = Field(0, ge=0, description="Of a gateway: its ports to the outside world")
    port: Literal["fxo", "pri"] | None = Field(
        None, description="What they are: analogue lines or primary rate ISDN"
    )
    user_agent: Annotated[tuple[str, ...], BeforeValidator(_listed)] | None = Field(
        None, strict=False, description="How its User-Agent names it, if it does; or several ways"
    )
    file: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9._-]+$",
        description="{model} in a request; models without it do not ask for that file",
    )
    expansion: Annotated[tuple[str, ...], Field(strict=False)] = Field(
        (), description="Expansion modules that it takes"
    )
    expansions: int = Field(0, ge=0, le=16, description="How many of them at a time")
    text: int | None = Field(None, ge=4, description="In place of limits.text")
    features: Annotated[tuple[str, ...], Field(strict=False)] = Field(
        (), description="Words that templates ask for: {% if 'dect' in device.features %}"
    )

    @model_validator(mode="after")
    def _phone_or_gateway(self) -> Self:
        if bool(self.lines) == bool(self.ports) or bool(self.ports) != bool(self.port):
            raise ValueError("a model has either lines, or ports and what `port` they are")
        return self


class Expansion(Strict):
    """One model of expansion modules."""

    name: str
    keys: int = Field(ge=1, description="Keys, all pages together")


class File(Strict):
    """One file that a phone asks for."""

    request: Request
    template: Template
    scope: Scope = Field(
        "device", description="Whose it is: the phone's, all phones' of the model, or those at a "
        "site; model and site files know no phone and no secret; book: a phonebook, read by "
        "phones whose users get it",
    )  # fmt: skip
    secret: bool = Field(description="Whether it holds a password")
    format: Format
    content_type: str = Field(pattern=r"^[a-z]+/[a-z0-9.+-]+$")
    charset: Charset = "utf-8"
    line_end: Literal["lf", "crlf"] = "lf"
    mac: Literal["lower", "upper"] | None = Field(None, description="In place of the family's")
    features: Annotated[tuple[str, ...], Field(strict=False)] = Field(
        (), description="Only for models that have one of these features"
    )
    parameters: Pattern | None = Field(
        "", description="Regular expression that finds the parameters in it (group `name`); null: "
        "it has none; default: as the format usually has them",
    )  # fmt: skip

    elements: int | None = Field(
        None, ge=1, le=3, description="Of an XML file whose parameters are elements, in place of "
        "`parameters`: how many of the outer elements their names leave out",
    )  # fmt: skip

    phonebook: bool = Field(
        False, description="Whether a file of the phone alone also holds its phonebooks"
    )

    @property
    def parameter(self) -> str | None:
        """The expression that finds parameters, if it has any and they are no elements."""
        if self.elements is not None:
            return None
        return _PARAMETER.get(self.format) if self.parameters == "" else self.parameters


class Phonebook(Strict):
    """How phones of the family get phonebooks: in a file of their own, or one that they fetch."""

    books: int = Field(1, ge=1, le=32, description="How many a phone takes; more are made one")
    file: File | None = Field(
        None, description="What it fetches, of the scope `book`; null: one of `files` holds them"
    )
    single: bool = Field(
        False, description="Whether an entry has one number; who has several is listed with each"
    )
    search: Annotated[tuple[QueryParameter, ...], BeforeValidator(_listed)] = Field(
        (), strict=False, description="Parameters of the query in which they send what somebody "
        "looks for; where they send several, entries have to have each",
    )  # fmt: skip
    first: QueryParameter | None = Field(
        None, description="Parameter in which they say from which entry on they want the list"
    )
    count: QueryParameter | None = Field(
        None, description="Parameter in which they say how many entries they want"
    )


Upload = Literal["log", "override", "directory"]
"""What a phone sends: a log, settings that were made on it, its own phone book."""


class Resync(Strict):
    """How a phone is told to fetch its files: SIP NOTIFY with this event."""

    event: str = Field(
        "check-sync", pattern=r"^[a-z-]+(;[a-z]+=[a-z]+)*$", description="The header Event"
    )
    reboot: bool = Field(description="Whether that restarts the phone")


class Limits(Strict):
    """What the family's parameters hold at most."""

    text: int = Field(ge=4, description="Characters of a name or label")
    interval: int = Field(ge=60, description="Shortest provisioning interval, seconds")


class Recognise(Strict):
    """How a phone of this family shows itself."""

    user_agent: Patterns = Field(
        min_length=1,
        description="Regular expressions with a group `model`; `mac` and `firmware` if shown",
    )
    paths: Patterns = Field(
        (), description="Further requests that only this family makes; a group `mac` if shown"
    )
    oui: Annotated[tuple[Oui, ...], Field(strict=False)] = Field(
        (), description="How the MAC addresses of its phones begin"
    )
    pnp: Annotated[tuple[str, ...], Field(strict=False)] = Field(
        (), description="What it says as vendor in SIP PnP, in any case"
    )


class FirmwareNames(Strict):
    """The firmware that the family's files are written for."""

    since: Version | None = None
    until: Version | None = Field(None, description="First one that is not known")
    drop: int = Field(
        0, ge=0, le=2, description="Numbers in front of it in a User-Agent that name the hardware"
    )

    @property
    def range(self) -> FirmwareRange:
        """The versions."""
        return FirmwareRange(self.since, self.until)


class Description(Strict):
    """`model.yaml`."""

    family: str = Field(pattern=r"^[a-z0-9]+$")
    vendor: str
    mac: Literal["lower", "upper"] = Field(description="How it writes its MAC in file names")
    primary: Request = Field(description="The file that the bare provisioning URL answers with")
    files: Annotated[tuple[File, ...], Field(strict=False, min_length=1)]
    bootstrap: Template | None = Field(
        None,
        description="Template that tells a new phone its URL and nothing else, read as `primary`",
    )
    holding: Mapping[Request, Template] = Field(
        {}, description="By the requests of a phone's own files: templates of what a phone is "
        "given that is not in the tree, a text for its screen, no account and no secret",
    )  # fmt: skip
    phonebook: Phonebook | None = None
    uploads: Mapping[Request, Upload] = Field({}, description="Files that a phone sends")
    resync: Resync
    limits: Limits
    key_kinds: Annotated[tuple[KeyKind, ...], Field(strict=False)] = ("line", "blf", "speed_dial")
    lines_on_keys: bool = Field(
        True, description="Whether every line takes one of the keys, before those of the tree"
    )
    unset: str | None = Field(
        description="What clears a parameter; null where leaving it out does that"
    )
    firmware: FirmwareNames = FirmwareNames()
    recognise: Recognise
    dhcp: Dhcp = Dhcp()
    expansions: Mapping[ModelId, Expansion] = {}
    models: Mapping[ModelId, Model] = Field(min_length=1)


def bootstrap_file(description: Description) -> tuple[File, ...]:
    """The primary file as a new phone reads it, where the family has such a template."""
    if description.bootstrap is None:
        return ()
    primary = next(file for file in description.files if file.request == description.primary)
    return (primary.model_copy(update={"template": description.bootstrap, "secret": True}),)


@dataclass(frozen=True, eq=False, repr=False)
class Family:
    """A loaded device folder. `digest` is over its files: equal folders, equal digests."""

    description: Description
    settings: Mapping[str, tuple[Setting, ...]]
    lines: Mapping[LineSource, tuple[Setting, ...]]
    keys: Mapping[KeySource, tuple[Setting, ...]]
    always: Mapping[str, str]
    vocabulary: Vocabulary
    """Native parameters that are rendered."""
    passed: Vocabulary
    """Those that a tree may give in `native`: the ones made from data, and native.txt."""
    templates: Mapping[str, str]
    digest: str
    built_in: bool
    """Whether it came with the installation, and not with a user's tree."""

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.description.family

    def choices(self, setting: str) -> frozenset[str] | None:
        """The values that a setting can have; None when it takes any, or is not written."""
        variants = self.settings.get(setting)
        if variants is None or any(one.type not in ("choice", "list") for one in variants):
            return None
        return frozenset(choice for one in variants for choice in one.choices)


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
