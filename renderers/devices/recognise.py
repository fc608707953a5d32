"""Which phone it is, from what it shows. Never a proof: anyone can send a User-Agent or a path."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from renderers.devices.family import Families, Family, File


@dataclass(frozen=True, slots=True)
class Sighting:
    """What was seen. `model` is an id of the tree; `mac` 12 lower-case digits."""

    family: str
    model: str | None
    mac: str | None
    firmware: str | None = None


def recognise(families: Families, user_agent: str) -> Sighting | None:
    """Which phone sends this User-Agent; None for a stranger."""
    for family in families.families:
        for pattern in family.description.recognise.user_agent:
            found = _compiled(pattern).search(user_agent)
            if found is not None:
                return _agent(family, found.groupdict())
    return None


def recognise_path(families: Families, path: str) -> tuple[Sighting, ...]:
    """Every phone that may ask for this path, without its leading slash: "0015651234ab.cfg" is
    asked for by many families, "y000000000028.cfg" by one."""
    return tuple(one for family in families.families for one in _requests(family, path))


def recognise_mac(families: Families, mac: str) -> tuple[str, ...]:
    """The families whose vendor has been given this MAC address."""
    oui = digits(mac)[:6]
    return tuple(
        family.name for family in families.families if oui in family.description.recognise.oui
    )


def identify(families: Families, mac: str, user_agent: str, path: str) -> Sighting | None:
    """Which phone it is, by all that it shows: what its User-Agent says, else what it asks for
    among the families that its MAC address may be of, else that address. None: nobody can tell."""
    told = recognise(families, user_agent)
    makers = recognise_mac(families, mac)
    asks = [
        one
        for one in recognise_path(families, path) or recognise_path(families, _name(path))
        if (one.family == told.family if told is not None else not makers or one.family in makers)
    ]
    if told is not None:
        named = told.model or next((one.model for one in asks), None)
        return replace(told, model=named)
    if len(asks) == 1:
        return replace(asks[0], mac=digits(mac))
    return Sighting(makers[0], None, digits(mac)) if len(makers) == 1 else None


def _name(path: str) -> str:
    return path.rpartition("/")[2]


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _agent(family: Family, named: dict[str, str | None]) -> Sighting:
    firmware = named.get("firmware")
    if firmware is not None:
        firmware = ".".join(firmware.split(".")[family.description.firmware.drop :]) or None
    mac = digits(named.get("mac") or "")
    return Sighting(family.name, _model(family, named.get("model")), mac or None, firmware)


def _model(family: Family, token: str | None) -> str | None:
    models = family.description.models
    return next((name for name, model in models.items() if token in (model.user_agent or ())), None)


def _requests(family: Family, path: str) -> Iterator[Sighting]:
    description = family.description
    for file in description.files:
        named = requested(file, file.mac or description.mac, path)
        if named is not None:
            mac = digits(named.get("mac") or "")
            yield Sighting(family.name, _by_file(family, named.get("model")), mac or None)
            return
    for pattern in description.recognise.paths:
        found = _compiled(pattern).fullmatch(path)
        if found is not None:
            mac = digits(found.groupdict().get("mac") or "")
            yield Sighting(family.name, None, mac or None)
            return


def requested(file: File, case: str, path: str) -> dict[str, str | None] | None:
    """The `mac` and `model` in a path, if it is a request for that file. `case` is the MAC's."""
    found = _compiled(_expression(file, case)).fullmatch(path)
    return found.groupdict() if found is not None else None


@lru_cache(maxsize=1024)
def _expression(file: File, case: str) -> str:
    digits = "[0-9a-f]" if case == "lower" else "[0-9A-F]"
    text = re.escape(file.request).replace(r"\{mac\}", f"(?P<mac>{digits}{{12}})", 1)
    return text.replace(r"\{model\}", "(?P<model>[A-Za-z0-9._-]+)", 1)


def _by_file(family: Family, word: str | None) -> str | None:
    """The model, where a word of file names is one model's alone."""
    found = [
        name
        for name, model in family.description.models.items()
        if word is not None and word == model.file
    ]
    return found[0] if len(found) == 1 else None


def digits(mac: str) -> str:
    """A MAC address without what stands between its digits, in lower case."""
    return re.sub("[^0-9a-f]", "", mac.lower())
