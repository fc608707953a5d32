"""Phone classes as Kea reads them: a configuration of client classes and nothing else."""

import json
from collections.abc import Iterable
from typing import Any

from renderers.dhcp.offer import Option, PhoneClass
from renderers.dhcp.writing import encoded


def as_kea(classes: Iterable[PhoneClass]) -> str:
    """JSON to be merged into the configuration of kea-dhcp4."""
    found = {"Dhcp4": {"client-classes": [_class(each) for each in classes]}}
    return json.dumps(found, indent=2) + "\n"


def _class(each: PhoneClass) -> dict[str, Any]:
    return {
        "name": each.name,
        "test": _test(each),
        "option-data": [_data(option) for option in each.options],
        "user-context": {"comment": f"{each.vendor}: written by pbx render, do not edit"},
    }


def _test(each: PhoneClass) -> str:
    return " or ".join(
        (
            *(
                f"substring(option[60].hex,0,{len(begin)}) == '{begin}'"
                for begin in each.vendor_classes
            ),
            *(f"substring(pkt4.mac,0,3) == 0x{oui}" for oui in each.ouis),
        )
    )


def _data(option: Option) -> dict[str, Any]:
    """As bytes, so that Kea needs no definition of options that it does not know."""
    shown = option.text or ", ".join(option.addresses) or option.shown
    return {
        "code": option.code,
        "csv-format": False,
        "data": encoded(option).hex(),
        "user-context": {"comment": shown},
    }
