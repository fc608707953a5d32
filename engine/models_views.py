"""`pbx devices models`: the families that phones of a tree may be of, as text and as JSON."""

from typing import Any

from renderers.devices import Families, Family
from schema.models import KEY_KINDS


def as_json(families: Families) -> dict[str, Any]:
    """Keys are added, never renamed."""
    return {"families": [_family(family) for family in families.families]}


def _family(family: Family) -> dict[str, Any]:
    description = family.description
    return {
        "family": family.name,
        "vendor": description.vendor,
        "built_in": family.built_in,
        "files": [
            {"request": file.request, "scope": file.scope, "secret": file.secret}
            for file in description.files
        ],
        "keys": [kind for kind in KEY_KINDS if kind in description.key_kinds],
        "settings": sorted(family.settings),
        "firmware": {"since": description.firmware.since, "until": description.firmware.until},
        "dhcp": {
            "vendor_class": list(description.dhcp.vendor_class),
            "options": [option.code for option in description.dhcp.options],
        },
        "expansions": {
            name: {"name": module.name, "keys": module.keys}
            for name, module in description.expansions.items()
        },
        "models": {
            name: {
                "name": model.name,
                "lines": model.lines,
                "keys": model.keys,
                "expansion": list(model.expansion),
                "expansions": model.expansions,
            }
            for name, model in description.models.items()
        },
    }


def as_text(families: Families) -> str:
    """One block a family: what it asks for, then its models."""
    return "\n\n".join("\n".join(_lines(family)) for family in families.families)


def _lines(family: Family) -> list[str]:
    description = family.description
    options = ", ".join(str(option.code) for option in description.dhcp.options)
    width = max(map(len, description.models))
    own = "" if family.built_in else f"  (of this tree, devices/{family.name}/)"
    return [
        f"{description.vendor}{own}",
        f"  files  {', '.join(file.request for file in description.files)}",
        *([f"  DHCP   {options}"] if options else []),
        *(
            f"  {name:<{width}}  {_count(model.lines, 'line')}, {_count(model.keys, 'key')}"
            + _expansion(family, model.expansion, model.expansions)
            for name, model in description.models.items()
        ),
    ]


def _expansion(family: Family, modules: tuple[str, ...], most: int) -> str:
    if not modules:
        return ""
    known = family.description.expansions
    words = ", ".join(f"{name} ({_count(known[name].keys, 'key')})" for name in modules)
    return f", up to {most} x {words}"


def _count(number: int, word: str) -> str:
    return f"{number or 'no'} {word}{'' if number == 1 else 's'}"
