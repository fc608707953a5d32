"""`settings.yaml`: how what the tree says is written in a family's own parameters.

Data and its rules only: a value of the tree in, pairs of parameter and text out. Which values
there are is `context.Neutral`; {n} in a parameter stays here and is filled in by `build`.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, TypeAlias, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, create_model

from renderers.devices.firmware import FirmwareRange

Pair = tuple[str, str]
Value: TypeAlias = str | bool | int | tuple[str, ...] | None

Native = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9{]([A-Za-z0-9._ /\[\]{}|@%-]*[A-Za-z0-9_\]}])?$")
]
"""A parameter of the vendor. {n} stands for the number of the line or key ({n0} from 0), {m} for
the module, a list such as {35|404|504} for the first, second and third of them (`numbering`)."""

DeviceSource = Literal[
    "auto_answer", "call_waiting", "codecs", "domain", "dtmf", "firmware_url", "language",
    "ntp_server", "polling", "provisioning_interval", "proxied", "proxy", "proxy2", "proxy2_host",
    "proxy2_port", "proxy_host", "proxy_port", "register_expires", "registrar", "server",
    "server_port", "srtp", "syslog_server", "timezone", "tones", "transport", "vlan", "vlan_id",
    "vlan_priority", "voicemail_number", "web_admin",
]  # fmt: skip
LineSource = Literal["empty", "enabled", "label", "name", "user", "voicemail"]
KeySource = Literal["empty", "kind", "label", "line", "target"]
Unit = Literal["seconds", "minutes", "hours"]
_SECONDS: Mapping[Unit, int] = {"seconds": 1, "minutes": 60, "hours": 3600}


class Strict(BaseModel):
    """Unknown keys are errors, nothing is coerced, nothing changes."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def _listed(value: object) -> object:
    return [value] if isinstance(value, str | dict) else value


def _text(value: object) -> object:
    """Numbers may stand without quotes; true and false may not, for they have no one spelling."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Text = Annotated[str, BeforeValidator(_text)]
Natives = Annotated[tuple[Native, ...], BeforeValidator(_listed), Field(strict=False)]
Version = Annotated[
    str, BeforeValidator(_text), StringConstraints(pattern=r"^[0-9]{1,5}(\.[0-9]{1,5}){0,3}$")
]


class Setting(Strict):
    """How one value is written: which parameters, and the words they take."""

    type: Literal["text", "choice", "boolean", "integer", "list", "duration"]
    native: Natives = ()
    module: Natives = Field((), description="Of a key: the parameters on an expansion module")
    choices: Mapping[str, Text] = Field({}, description="Of a choice or list: neutral to native")
    on: Text = "1"
    off: Text = "0"
    unit: Unit = Field("seconds", description="Of a duration")
    least: int | None = Field(None, description="Smaller numbers are raised to it")
    most: int | None = Field(None, description="Greater numbers are lowered to it")
    separator: str = Field(",", description="Of a list that is one parameter")
    ending: str = Field("", description="The same: what follows the last word")
    rank: Native | None = Field(
        None, description="Of a list: {choice} in it is each choice; its place from 1, or 0"
    )
    enable: Native | None = Field(None, description="The same, with `on` and `off`")
    slots: Natives = Field((), description="Of a list: the parameters of its first, second… item")
    unset: Text | None = Field(None, description="In place of the family's `unset`")
    since: Version | None = Field(None, description="Oldest firmware that knows it so")
    until: Version | None = Field(None, description="First firmware that no longer does")

    @property
    def firmware(self) -> FirmwareRange:
        """The firmware that knows it."""
        return FirmwareRange(self.since, self.until)

    @property
    def parameters(self) -> tuple[str, ...]:
        """Every parameter that it may write."""
        ranked = (one for one in (self.enable, self.rank) if one is not None)
        return (
            *self.native,
            *(one.replace("{choice}", word) for one in ranked for word in self.choices.values()),
            *self.slots,
        )

    def write(self, value: Value, unset: str | None) -> Iterator[Pair]:
        """Parameters with their text; those of a value that says nothing are cleared if need be."""
        cleared = self.cleared(unset)
        if value is None or (self.type == "list" and not self._known(value)):
            written: dict[str, str] = {}
        elif self.type == "list":
            written = dict(self._list(self._known(value)))
        else:
            text = self.word(value)
            written = {} if text is None else dict.fromkeys(self.native, text)
        for parameter in self.parameters:
            word = written.get(parameter, cleared)
            if word is not None:
                yield parameter, word

    def cleared(self, unset: str | None) -> str | None:
        """The word that clears one of its parameters; None where leaving it out does."""
        return self.unset if "unset" in self.model_fields_set else unset

    def word(self, value: Value) -> str | None:
        """The native word of one value; None when the family has no such choice."""
        match self.type:
            case "choice":
                return self.choices.get(_neutral(value))
            case "boolean":
                return self.on if value else self.off
            case "integer" | "duration":
                return str(self._bounded(int(str(value)) // _SECONDS[self.unit]))
            case _:
                return str(value)

    def _bounded(self, number: int) -> int:
        low = number if self.least is None else max(number, self.least)
        return low if self.most is None else min(low, self.most)

    def _known(self, value: Value) -> list[str]:
        items = value if isinstance(value, tuple) else ()
        return [self.choices[item] for item in items if item in self.choices]

    def _list(self, words: list[str]) -> Iterator[Pair]:
        yield from ((native, self.separator.join(words) + self.ending) for native in self.native)
        yield from zip(self.slots, words, strict=False)
        for word in self.choices.values():
            if self.enable is not None:
                yield self.enable.replace("{choice}", word), self.on if word in words else self.off
            if self.rank is not None:
                place = words.index(word) + 1 if word in words else 0
                yield self.rank.replace("{choice}", word), str(place)


def _neutral(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


Variants = Annotated[
    tuple[Setting, ...], BeforeValidator(_listed), Field(strict=False, min_length=1)
]
"""One setting, or several: for several words of the same value, or for several firmwares."""


class Programmed(Strict):
    """The part of `settings.yaml` that is not about the phone as a whole."""

    lines: Mapping[LineSource, Variants] = Field({}, description="Of each line; {n}: its number")
    keys: Mapping[KeySource, Variants] = Field({}, description="Of each key; {n}: its number")
    always: Mapping[Native, Text] = Field({}, description="What every phone of the family gets")


SettingsFile: type[Programmed] = create_model(  # type: ignore[call-overload]
    "SettingsFile",
    __base__=Programmed,
    **dict.fromkeys(get_args(DeviceSource), (Variants | None, None)),
)
"""`settings.yaml`."""
