"""What phones say of themselves in SIP PnP. Never a proof: anyone on the LAN can say anything."""

import re
from dataclasses import replace

from renderers.devices.family import Families, Family, Model
from renderers.devices.recognise import Sighting, recognise


def announced(families: Families, vendor: str, model: str, user_agent: str = "") -> Sighting | None:
    """Which phone calls itself so, else whose User-Agent that is (AudioCodes' and Gigaset's name
    no vendor); None for a stranger."""
    for family in families.families:
        if vendor.lower() in map(str.lower, family.description.recognise.pnp):
            return Sighting(family.name, _model(family, model), None)
    told = recognise(families, user_agent)
    if told is None or told.model is not None:
        return told
    family = next(one for one in families.families if one.name == told.family)
    return replace(told, model=_model(family, model))


def _model(family: Family, said: str) -> str | None:
    models, vendor = family.description.models, _plain(family.description.vendor)
    said = _plain(said).removeprefix(vendor)  # snom370
    return next((name for name, model in models.items() if said in _names(model)), None)


def _names(model: Model) -> set[str]:
    return {_plain(name) for name in (model.name, *(model.user_agent or ()))}


def _plain(name: str) -> str:
    """Vendors write one model in many ways: SIP-T46G, T46G, t46g."""
    return re.sub(r"[^A-Z0-9]", "", name.upper().removeprefix("SIP-"))
