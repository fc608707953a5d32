"""What phones say of themselves in SIP PnP. Never a proof: anyone on the LAN can say anything."""

import re

from renderers.devices.family import Families, Family, Model
from renderers.devices.recognise import Sighting


def announced(families: Families, vendor: str, model: str) -> Sighting | None:
    """Which phone calls itself so; None for a stranger."""
    for family in families.families:
        if vendor.lower() in map(str.lower, family.description.recognise.pnp):
            return Sighting(family.name, _model(family, model), None)
    return None


def _model(family: Family, said: str) -> str | None:
    models = family.description.models
    return next((name for name, model in models.items() if _is(model, said)), None)


def _is(model: Model, said: str) -> bool:
    return _plain(said) in {_plain(name) for name in (model.name, *(model.user_agent or ()))}


def _plain(name: str) -> str:
    """Vendors write one model in many ways: SIP-T46G, T46G, t46g."""
    return re.sub(r"[^A-Z0-9]", "", name.upper().removeprefix("SIP-"))
