"""What every model of the tree shares: strictness, identifiers, numbers and durations."""

import re
from ipaddress import ip_network
from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

IDENTIFIER_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"
IMPORTER_PATTERN = r"^(ldap|csv)/[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"
DIGITS_PATTERN = r"^[0-9*#]{1,32}$"
E164_PATTERN = r"^\+[1-9][0-9]{3,14}$"
DIALABLE_PATTERN = r"^\+?[0-9*#]{1,32}$"
DURATION_PATTERN = r"^([0-9]{1,7}[smhd]){1,4}$"
DURATION_OR_OFF_PATTERN = f"^off$|{DURATION_PATTERN}"

Item = TypeVar("Item")

Listed = Annotated[tuple[Item, ...], Field(strict=False)]
"""A YAML sequence, kept as a tuple; its items stay strict."""


class Entry(BaseModel):
    """One mapping of the tree: unknown keys are refused, values not coerced, nothing changes."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def seconds(text: object) -> float:
    """Turn "20s", "5m", "1h", "1d" (or "1h30m") into seconds. ValueError for anything else."""
    units = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
    if not isinstance(text, str) or not re.fullmatch(DURATION_PATTERN, text):
        raise PydanticCustomError(
            "duration", 'a duration is written with its unit: "20s", "5m", "1h"'
        )
    return sum(float(n) * units[unit] for n, unit in re.findall(r"(\d+)([smhd])", text))


def seconds_or_off(text: object) -> float | None:
    """Turn "30s" into seconds and "off" into None. ValueError for anything else."""
    if text == "off":
        return None
    try:
        return seconds(text)
    except PydanticCustomError:
        raise PydanticCustomError(
            "duration", 'it is a duration with its unit, such as "30s", or off'
        ) from None


Duration = Annotated[
    float,
    BeforeValidator(
        seconds, json_schema_input_type=Annotated[str, Field(pattern=DURATION_PATTERN)]
    ),
]
"""Seconds, written with a unit."""


def _network(text: object) -> object:
    """Accept an IP address or network as text; anything else is an error."""
    try:
        ip_network(text if isinstance(text, str) else "", strict=False)
    except ValueError:
        raise PydanticCustomError("network", "an IP address or network") from None
    return text


Network = Annotated[str, BeforeValidator(_network)]
"""An IP address or network, such as 192.0.2.0/24 or 2001:db8::/32."""

DurationOrOff = Annotated[
    float | None,
    BeforeValidator(
        seconds_or_off,
        json_schema_input_type=Annotated[str, Field(pattern=DURATION_OR_OFF_PATTERN)],
    ),
]
"""Seconds, written with a unit; None for `off`."""

Identifier = Annotated[str, Field(pattern=IDENTIFIER_PATTERN)]
"""The key of an entry: also the user part of a SIP URI, so no characters that need escaping."""

Digits = Annotated[str, Field(pattern=DIGITS_PATTERN)]
"""What a person can dial from a key pad."""

E164 = Annotated[str, Field(pattern=E164_PATTERN)]
"""An international number, RFC 3966 global form without separators."""

Dialable = Annotated[str, Field(pattern=DIALABLE_PATTERN)]
"""A number to dial: digits as from a key pad, or E.164 with its plus."""

Port = Annotated[int, Field(ge=1, le=65535)]

Importer = Annotated[str, Field(pattern=IMPORTER_PATTERN)]
"""Whoever brings entries from elsewhere: ldap/<directory>, csv/<name>."""

FilePath = Annotated[str, Field(pattern=r"^/.")]
"""A file on the disk of a node, from its root on: the tree lies elsewhere on each machine."""
