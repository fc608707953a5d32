"""What one phone of the tree asks of its model and family and they cannot give.

Only called where something may be wrong: most phones pass a quick look (`check`).
"""

from collections.abc import Iterable, Iterator

from renderers.devices.family import Family, Model
from renderers.devices.report import Origins, Path, report, report_key
from schema.diagnostics import Diagnostic
from schema.models import Phone
from schema.suggest import did_you_mean

Where = tuple[str, str, Path]
"""Section and id of an entry, and what in it."""


def check_phone(
    origins: Origins, mac: str, phone: Phone, family: Family, model: Model
) -> Iterator[Diagnostic]:
    """Everything that the phone cannot do, or its family does not know."""
    if len(phone.lines) > model.lines:
        yield _too_many_lines(origins, mac, phone, model)
        return
    modules = list(_modules(origins, mac, phone, family, model))
    yield from modules
    if phone.keys and not modules:
        yield from _room(origins, mac, phone, family, model)
    yield from _kinds(origins, mac, phone, family)
    where = ("phones", mac, ())
    yield from check_firmware(origins, where, phone.firmware, family)
    yield from check_native(origins, where, phone.native, family)


def _too_many_lines(origins: Origins, mac: str, phone: Phone, model: Model) -> Diagnostic:
    return report(
        origins,
        "PBX1501",
        f"a {model.name} has {_count(model.lines, 'line')}, not {len(phone.lines)}",
        ("phones", mac, ("lines", model.lines)),
        f"remove {', '.join(phone.lines[model.lines :])}, or take a model with more lines",
    )


def _room(
    origins: Origins, mac: str, phone: Phone, family: Family, model: Model
) -> Iterator[Diagnostic]:
    named = {key.line for key in phone.keys}
    unnamed = sum(number not in named for number in range(1, len(phone.lines) + 1))
    if not family.description.lines_on_keys:
        unnamed = 0
    room = model.keys + sum(family.description.expansions[one].keys for one in phone.expansion)
    if len(phone.keys) + unnamed <= room:
        return
    extended = f" and {_count(len(phone.expansion), 'module')}" if phone.expansion else ""
    yield report(
        origins,
        "PBX1502",
        f"a {model.name}{extended} has {_count(room, 'key')}, not {len(phone.keys) + unnamed}",
        ("phones", mac, ("keys", max(0, room - unnamed))),
        f"a line that no key names takes one as well ({unnamed} here): remove keys, or take a "
        "model with more"
        if room
        else "remove the keys, or take a model that has some",
    )


def _modules(
    origins: Origins, mac: str, phone: Phone, family: Family, model: Model
) -> Iterator[Diagnostic]:
    for at, name in enumerate(phone.expansion):
        if name not in model.expansion:
            known = ", ".join(model.expansion)
            hint = did_you_mean(name, model.expansion) or (
                f"it takes {known}" if known else "it takes none: remove it"
            )
            message = f'a {model.name} takes no expansion module "{name}"'
            yield report(origins, "PBX1508", message, ("phones", mac, ("expansion", at)), hint)
        elif at >= model.expansions:
            most = _count(model.expansions, "expansion module")
            message = f"a {model.name} takes {most}, not {len(phone.expansion)}"
            hint = "remove this one"
            yield report(origins, "PBX1508", message, ("phones", mac, ("expansion", at)), hint)
            return


def _kinds(origins: Origins, mac: str, phone: Phone, family: Family) -> Iterator[Diagnostic]:
    possible = family.description.key_kinds
    for at, key in enumerate(phone.keys):
        if key.kind not in possible:
            vendor = family.description.vendor
            message = f"{vendor} phones have no {key.kind} keys"
            hint = f"their keys are {', '.join(possible)}"
            yield report_key(
                origins, "PBX1507", message, ("phones", mac, ("keys", at, key.kind)), hint
            )


def check_firmware(
    origins: Origins, where: Where, firmware: str | None, family: Family
) -> Iterator[Diagnostic]:
    """Of a phone or gateway: whether its firmware is one that the family's files are for."""
    known = family.description.firmware
    if firmware is not None and not known.range.covers(firmware):
        words = " and ".join(
            (
                *([f"from {known.since}"] if known.since else []),
                *([f"before {known.until}"] if known.until else []),
            )
        )
        message = f"firmware {firmware} is none that the files of {family.name} are for"
        hint = f"they are for firmware {words}; what the phone does not know it ignores"
        yield report(origins, "PBX1509", message, _within(where, "firmware"), hint)


def check_native(
    origins: Origins, where: Where, native: Iterable[str], family: Family
) -> Iterator[Diagnostic]:
    """Of a phone or gateway: whether the vendor has these parameters."""
    for name in native:
        place = _within(where, "native", name)
        if name in family.passed:
            continue
        if name in family.vocabulary:
            message = f'"{name}" is written by the templates of {family.name}'
            hint = "remove it: what it says follows from the tree"
            yield report_key(origins, "PBX1506", message, place, hint)
        else:
            message = f'{family.description.vendor} has no parameter "{name}" that is known'
            known = sorted(family.passed.entries)
            hint = did_you_mean(name, known) or (
                "what can be passed through is in native.txt of the device family"
            )
            yield report_key(origins, "PBX1505", message, place, hint)


def _within(where: Where, *path: str | int) -> Where:
    section, id_, above = where
    return section, id_, (*above, *path)


def _count(number: int, word: str) -> str:
    return f"{number or 'no'} {word}{'' if number == 1 else 's'}"
