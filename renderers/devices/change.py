"""Which phones a change concerns: those that would get other bytes, and no others."""

from collections.abc import Mapping

from renderers.devices.context import Device, Secrets
from renderers.devices.render import render


def changed_phones(
    old: Mapping[str, Device], new: Mapping[str, Device], secrets: Secrets
) -> frozenset[str]:
    """MAC addresses of phones in `new` of which at least one file is new or reads differently.

    A phone that was not there before is not one of them: it has nothing that it could fetch
    again. Files are rendered only where their contexts differ. Raises RenderError.
    """
    return frozenset(
        mac
        for mac, device in new.items()
        if (before := old.get(mac)) is not None
        and before is not device
        and _reads_differently(before, device, secrets)
    )


def _reads_differently(old: Device, new: Device, secrets: Secrets) -> bool:
    if old.keys() != new.keys():
        return True
    return any(
        old[name] != file and render(old[name], secrets) != render(file, secrets)
        for name, file in new.items()
    )
