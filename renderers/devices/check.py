"""What a tree asks of its phones and their models cannot do. Positions come from the origins.

Runs on every commit, over every phone: a quick look first, words only where something is wrong.
"""

from collections.abc import Iterator
from typing import Protocol

from renderers.devices.family import Families, Family, Model
from schema.diagnostics import Diagnostic
from schema.models import Phone, Settings, System
from schema.source import Document

Path = tuple[str | int, ...]
Written = tuple[str, str, Path, Settings]
"""Section, id and path of settings that stand somewhere in the tree."""


class Origins(Protocol):
    """Where the entries of a tree stand (`schema.origins`)."""

    def entry(self, section: str, id: str, /) -> tuple[Document, Path]: ...  # noqa: A002


def check_devices(system: System, families: Families, origins: Origins) -> tuple[Diagnostic, ...]:
    """All diagnostics of a system in which every phone's model is known."""
    return (*_phones(system, families, origins), *_settings(system, families, origins))


def _phones(system: System, families: Families, origins: Origins) -> Iterator[Diagnostic]:
    models = families.models
    for mac, phone in system.phones.items():
        model = models[phone.model][1]
        if len(phone.lines) > model.lines:
            yield _too_many_lines(origins, mac, phone, model)
        elif phone.keys and len(phone.keys) + len(phone.lines) > model.keys:
            yield from _keys(origins, mac, phone, model)


def _too_many_lines(origins: Origins, mac: str, phone: Phone, model: Model) -> Diagnostic:
    return _report(
        origins,
        "PBX1501",
        f"a {model.name} has {_count(model.lines, 'line')}, not {len(phone.lines)}",
        ("phones", mac, ("lines", model.lines)),
        f"remove {', '.join(phone.lines[model.lines :])}, or take a model with more lines",
    )


def _keys(origins: Origins, mac: str, phone: Phone, model: Model) -> Iterator[Diagnostic]:
    named = {key.line for key in phone.keys}
    unnamed = sum(number not in named for number in range(1, len(phone.lines) + 1))
    if len(phone.keys) + unnamed <= model.keys:
        return
    yield _report(
        origins,
        "PBX1502",
        f"a {model.name} has {_count(model.keys, 'key')}, not {len(phone.keys) + unnamed}",
        ("phones", mac, ("keys", max(0, model.keys - unnamed))),
        f"a line that no key names takes one as well ({unnamed} here): remove keys, or take a "
        "model with more"
        if model.keys
        else "remove the keys, or take a model that has some",
    )


def _settings(system: System, families: Families, origins: Origins) -> Iterator[Diagnostic]:
    used = {families.models[phone.model][0] for phone in system.phones.values()}
    for section, id_, path, settings in _written(system):
        if settings.language is not None:
            for family in sorted(used, key=lambda one: one.name):
                if not _speaks(family, settings.language):
                    yield _language(origins, (section, id_, (*path, "language")), family, settings)


def _speaks(family: Family, language: str) -> bool:
    setting = family.settings.get("language")
    return setting is None or language in setting.choices


def _language(
    origins: Origins, place: tuple[str, str, Path], family: Family, settings: Settings
) -> Diagnostic:
    vendor = family.description.vendor
    known = ", ".join(family.settings["language"].choices)
    message = f'{vendor} phones do not know the language "{settings.language}"'
    hint = f"they show the one they came with; they know {known}"
    return _report(origins, "PBX1503", message, place, hint)


def _written(system: System) -> Iterator[Written]:
    """All settings in the tree, wherever they stand."""
    yield "system", "settings", (), system.system.settings
    for section in ("sites", "groups", "users", "phones"):
        for id_, entry in getattr(system, section).items():
            if entry.settings.model_fields_set:
                yield section, id_, ("settings",), entry.settings


def _report(
    origins: Origins, code: str, message: str, place: tuple[str, str, Path], hint: str
) -> Diagnostic:
    """A diagnostic about a value of an entry."""
    section, id_, path = place
    document, base = origins.entry(section, id_)
    return document.report(code, message, document.span((*base, *path)), hint)


def _count(number: int, word: str) -> str:
    return f"{number or 'no'} {word}{'' if number == 1 else 's'}"
