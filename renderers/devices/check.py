"""What a tree asks of its phones and their models cannot do. Positions come from the origins.

Runs on every commit, over every phone: a quick look first, words only where something is wrong.
"""

from collections.abc import Iterator

from renderers.devices.check_gateway import check_gateways
from renderers.devices.check_phone import check_phone
from renderers.devices.family import Families, Family
from renderers.devices.report import Origins, Path, report
from schema.diagnostics import Diagnostic
from schema.models import KEY_KINDS, Group, Phone, Settings, Site, System, User

_UNWRITTEN = {id(model.model_fields["settings"].default) for model in (Site, Group, User, Phone)}
"""Entries without settings, which is almost all of them, share their model's default object."""


_CHOSEN = ("language", "tones", "transport", "srtp", "dtmf")
"""Settings that not every family has all values of."""


def check_devices(system: System, families: Families, origins: Origins) -> tuple[Diagnostic, ...]:
    """All diagnostics of a system in which every phone's model is known."""
    return (
        *_phones(system, families, origins),
        *check_gateways(system, families, origins),
        *_settings(system, families, origins),
    )


def _phones(system: System, families: Families, origins: Origins) -> Iterator[Diagnostic]:
    # What fits the line count and leaves a key for each line fits, whatever the keys are.
    fits = {name: min(model.lines, model.keys) for name, (_, model) in families.models.items()}
    lacks = {
        name: frozenset(KEY_KINDS) - frozenset(family.description.key_kinds)
        for name, (family, _) in families.models.items()
    }
    for mac, phone in system.phones.items():
        if (
            len(phone.lines) + len(phone.keys) > fits[phone.model]
            or phone.expansion
            or phone.native
            or phone.firmware
            or not all(lacks[phone.model].isdisjoint(key.model_fields_set) for key in phone.keys)
        ):
            yield from check_phone(origins, mac, phone, *families.models[phone.model])


def _settings(system: System, families: Families, origins: Origins) -> Iterator[Diagnostic]:
    models = {phone.model for phone in system.phones.values()}
    used = {family.name: family for family, _ in (families.models[model] for model in models)}
    for section, id_, path, settings in _written(system):
        for _, family in sorted(used.items()):
            for setting in _CHOSEN:
                value = getattr(settings, setting)
                known = family.choices(setting)
                if value is not None and known is not None and value not in known:
                    place = (section, id_, (*path, setting))
                    yield _unknown(origins, place, family, setting, value)
            known = family.choices("codecs")
            if settings.codecs and known is not None and known.isdisjoint(settings.codecs):
                place = (section, id_, (*path, "codecs"))
                yield _unknown(origins, place, family, "codecs", ", ".join(settings.codecs))


def _unknown(
    origins: Origins, place: tuple[str, str, Path], family: Family, setting: str, value: str
) -> Diagnostic:
    vendor = family.description.vendor
    known = ", ".join(sorted(family.choices(setting) or ()))
    if setting == "language":
        message = f'{vendor} phones do not know the language "{value}"'
        hint = f"they show the one they came with; they know {known}"
        return report(origins, "PBX1503", message, place, hint)
    message = f"{vendor} phones do not know {setting}: {value}"
    hint = f"they keep what they came with; they know {known}"
    return report(origins, "PBX1510", message, place, hint)


def _written(system: System) -> Iterator[tuple[str, str, Path, Settings]]:
    """Section, id, path of the settings, and the settings, wherever some are written."""
    if system.system.settings.model_fields_set:
        yield "system", "settings", (), system.system.settings
    for section in ("sites", "groups", "users", "phones"):
        entries = getattr(system, section)
        written = [id_ for id_, entry in entries.items() if id(entry.settings) not in _UNWRITTEN]
        for id_ in written:
            yield section, id_, ("settings",), entries[id_].settings
