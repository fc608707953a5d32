"""What a phone is given that is not in the tree: a text for its screen, no account, no secret."""

from collections.abc import Iterator

from renderers.devices.context import DeviceFile, HoldingContext
from renderers.devices.family import Description, Family, File
from renderers.devices.recognise import digits, requested

ASK_AGAIN = 600
"""Seconds after which such a phone asks again: somebody may have approved it."""


def holding_files(description: Description) -> Iterator[File]:
    """The files of a phone's own that a family has in a form for unknown phones."""
    for file in description.files:
        template = description.holding.get(file.request)
        if template is not None:
            changes = {"template": template, "secret": False, "phonebook": False}
            yield file.model_copy(update=changes)


def holding_file(family: Family, path: str, mac: str) -> DeviceFile | None:
    """What the phone `mac` of that family is given where it asks for `path`."""
    description = family.description
    for file in holding_files(description):
        case = file.mac or description.mac
        name = path if "/" in file.request else path.rpartition("/")[2]
        found = requested(file, case, name)
        if found is not None and digits(found.get("mac") or "") == mac:
            return _held(family, file, name, mac)
    return None


def holding_examples(family: Family) -> Iterator[DeviceFile]:
    """All of them, as some phone would read them."""
    for file in holding_files(family.description):
        yield _held(family, file, file.request, "02ac3e000001")


def _held(family: Family, file: File, name: str, mac: str) -> DeviceFile:
    case = file.mac or family.description.mac
    polling = max(ASK_AGAIN, family.description.limits.interval)
    shown = mac.upper() if case == "upper" else mac
    context = HoldingContext(shown, f"Not assigned: {mac}", polling)
    return DeviceFile(mac, name, family, file, context, primary=False)
