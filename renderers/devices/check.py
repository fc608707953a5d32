"""What a tree asks of its phones and their models cannot do. Positions come from the origins.

Runs on every commit, over every phone: a quick look first, words only where something is wrong.
"""

from collections.abc import Iterator
from typing import Protocol

from renderers.devices.family import Families, Family, Model
from schema.diagnostics import Diagnostic
from schema.models import Group, Phone, Site, System, User
from schema.source import Document

Path = tuple[str | int, ...]

_UNWRITTEN = {id(model.model_fields["settings"].default) for model in (Site, Group, User, Phone)}
"""Entries without settings, which is almost all of them, share their model's default object."""


class Origins(Protocol):
    """Where the entries of a tree stand (`schema.origins`)."""

    def entry(self, section: str, id: str, /) -> tuple[Document, Path]: ...  # noqa: A002


def check_devices(system: System, families: Families, origins: Origins) -> tuple[Diagnostic, ...]:
    """All diagnostics of a system in which every phone's model is known."""
    return (*_phones(system, families, origins), *_settings(system, families, origins))


def _phones(system: System, families: Families, origins: Origins) -> Iterator[Diagnostic]:
    # What fits the line count and leaves a key for each line fits, whatever the keys are.
    fits = {name: min(model.lines, model.keys) for name, (_, model) in families.models.items()}
    doubtful = [
        (mac, phone)
        for mac, phone in system.phones.items()
        if len(phone.lines) + len(phone.keys) > fits[phone.model]
    ]
    for mac, phone in doubtful:
        _, model = families.models[phone.model]
        if len(phone.lines) > model.lines:
            yield _too_many_lines(origins, mac, phone, model)
        elif phone.keys:
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
    models = {phone.model for phone in system.phones.values()}
    used = {family.name: family for family, _ in (families.models[model] for model in models)}
    for section, id_, path, language in _languages(system):
        for _, family in sorted(used.items()):
            if not _speaks(family, language):
                yield _language(origins, (section, id_, (*path, "language")), family, language)


def _speaks(family: Family, language: str) -> bool:
    known = family.choices("language")
    return known is None or language in known


def _language(
    origins: Origins, place: tuple[str, str, Path], family: Family, language: str
) -> Diagnostic:
    vendor = family.description.vendor
    known = ", ".join(sorted(family.choices("language") or ()))
    message = f'{vendor} phones do not know the language "{language}"'
    hint = f"they show the one they came with; they know {known}"
    return _report(origins, "PBX1503", message, place, hint)


def _languages(system: System) -> Iterator[tuple[str, str, Path, str]]:
    """Section, id, path of the settings, and language, wherever one is written."""
    if system.system.settings.language is not None:
        yield "system", "settings", (), system.system.settings.language
    for section in ("sites", "groups", "users", "phones"):
        entries = getattr(system, section)
        written = [id_ for id_, entry in entries.items() if id(entry.settings) not in _UNWRITTEN]
        for id_ in written:
            if (language := entries[id_].settings.language) is not None:
                yield section, id_, ("settings",), language


def _report(
    origins: Origins, code: str, message: str, place: tuple[str, str, Path], hint: str
) -> Diagnostic:
    """A diagnostic about a value of an entry."""
    section, id_, path = place
    document, base = origins.entry(section, id_)
    return document.report(code, message, document.span((*base, *path)), hint)


def _count(number: int, word: str) -> str:
    return f"{number or 'no'} {word}{'' if number == 1 else 's'}"
