"""All files together: one tree of entries, what is defined twice, and where everything stands.

May know: sections, ids, documents. May not: what entries mean to each other (the checks do).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from schema import source
from schema.contacts import ContactsFile
from schema.diagnostics import Diagnostic, Related
from schema.dialplan.factory import factory_rules
from schema.entries import KINDS, LISTS, MODELS, FileEntries
from schema.mentions import Mentions, together
from schema.models import (
    Directory,
    Gateway,
    Group,
    HuntGroup,
    Node,
    Phone,
    Phonebook,
    Proof,
    Rule,
    Schedule,
    Site,
    System,
    SystemSettings,
    User,
)
from schema.origins import Origins, Place
from schema.source import Document
from schema.tree import MAIN_FILE, SECTIONS


@dataclass(frozen=True)
class Tree:
    """What all files say together, as far as it is valid: the input of the checks.

    The sections hold valid entries only; `ids` holds those of broken entries as well. Sections
    that are `incomplete` may have entries in files that could not be read, so what seems to be
    missing there may not be.
    """

    system: SystemSettings | None
    nodes: Mapping[str, Node]
    sites: Mapping[str, Site]
    groups: Mapping[str, Group]
    users: Mapping[str, User]
    phones: Mapping[str, Phone]
    gateways: Mapping[str, Gateway]
    schedules: Mapping[str, Schedule]
    hunt_groups: Mapping[str, HuntGroup]
    phonebooks: Mapping[str, Phonebook]
    directories: Mapping[str, Directory]
    dialplan: tuple[Rule, ...]
    prove: tuple[Proof, ...]
    ids: Mapping[str, Mapping[str, Document]]
    mentions: Mentions
    incomplete: frozenset[str]
    origins: Origins
    ready_made: frozenset[str] = frozenset()
    """Names of the rules in `dialplan` that `system.factory` asked for."""
    phone_models: frozenset[str] | None = None
    """Models that some device family knows; None when nobody said."""
    contacts: Mapping[str, ContactsFile] = field(default_factory=dict)
    """Files that phonebooks name and that are there, by that name."""

    @cached_property
    def numbers(self) -> Mapping[str, str]:
        """The user or hunt group behind each extension and alias."""
        return {
            number: id_
            for entries in (self.hunt_groups, self.users)
            for id_, entry in entries.items()
            for number in (entry.extension, *entry.aliases)
            if number is not None
        }

    def report(
        self,
        code: str,
        message: str,
        section: str,
        id: str,  # noqa: A002
        *path: str | int,
        hint: str | None = None,
        related: Iterable[Related] = (),
    ) -> Diagnostic:
        """Make a diagnostic about a value of an entry; about its id when the value is a default."""
        document, base = self.origins.entry(section, id)
        try:
            whole = path or section == "system"
            span = document.span(base + path) if whole else document.key_span(base)
        except LookupError:
            span = document.key_span(base)
        return document.report(code, message, span, hint, related)

    def also(self, message: str, section: str, id: str, *path: str | int) -> tuple[Related, ...]:  # noqa: A002
        """Mention another place, for `related`."""
        place = self.origins.at(section, id, *path) or self.origins.at(section, id)
        return (Related(message, place),) if place else ()

    def complete(self) -> System | None:
        """Return the system, or None without a valid section `system`."""
        if self.system is None:
            return None
        return System(
            self.system, self.nodes, self.sites, self.groups, self.users, self.phones,
            self.gateways, self.schedules, self.dialplan, self.hunt_groups, self.prove,
            self.phonebooks, {name: file.cards for name, file in self.contacts.items()},
            self.directories,
        )  # fmt: skip


def assemble(
    files: Sequence[FileEntries], phone_models: Iterable[str] | None
) -> tuple[Tree, list[Diagnostic]]:
    """Put files together in their order. Of two entries with one id the first stays."""
    diagnostics: list[Diagnostic] = []
    ids = {section: _ids(files, section, diagnostics) for section in MODELS}
    lists = {section: _items(files, section, diagnostics) for section in LISTS}
    system, system_places = _system(files, diagnostics)
    sections: dict[str, Any] = {section: _entries(files, section) for section in MODELS}
    sections |= {section: items for section, (items, _) in lists.items()}
    places = {section: places for section, (_, places) in lists.items()} | {"system": system_places}
    made = _ready_made(system, sections, places)
    sections["dialplan"] += made
    tree = Tree(
        system=system,
        ids=ids,
        mentions=together(file.mentions for file in files),
        incomplete=_incomplete(files),
        origins=Origins(ids, places),
        ready_made=frozenset(rule.rule for rule in made),
        phone_models=None if phone_models is None else frozenset(phone_models),
        **sections,
    )
    return tree, diagnostics


def _entries(files: Sequence[FileEntries], section: str) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for file in files:
        # The entry that came first goes last into the union, and wins.
        clash = not merged.keys().isdisjoint(file.entries[section])
        merged.update({**file.entries[section], **merged} if clash else file.entries[section])
    return merged


def _ids(
    files: Sequence[FileEntries], section: str, diagnostics: list[Diagnostic]
) -> dict[str, Document]:
    """The document of each id of a section; ids of two documents are reported."""
    merged: dict[str, Document] = {}
    for file in files:
        new = dict.fromkeys(file.ids[section], file.document)
        for id_ in [] if merged.keys().isdisjoint(new) else merged.keys() & new:
            first, path = merged[id_], (section, id_)
            diagnostics.append(_twice(KINDS[section], id_, (first, path), (new.pop(id_), path)))
        merged.update(new)
    return merged


def _twice(kind: str, id_: str, first: Place, second: Place) -> Diagnostic:
    message = f'the {kind} "{id_}" is defined twice'
    related = (Related("first", first[0].locate_key(first[1])),)
    hint = "remove one, or give it another id; definitions are not merged"
    document, path = second
    return document.report("PBX1201", message, document.key_span(path), hint, related)


def _items(
    files: Sequence[FileEntries], section: str, diagnostics: list[Diagnostic]
) -> tuple[tuple[Any, ...], dict[str, Place]]:
    """The items of a section that is a list, in order, and where each stands."""
    items: list[Any] = []
    places: dict[str, Place] = {}
    key = LISTS[section][1]
    for file in files:
        for index, name, item in file.items[section]:
            place: Place = (file.document, (section, index))
            if name and places.setdefault(name, place) != place:
                first, second = ((at[0], (*at[1], key)) for at in (places[name], place))
                diagnostics.append(_twice(KINDS[section], name, first, second))
            elif item is not None:
                items.append(item)
    return tuple(items), places


def _ready_made(
    system: SystemSettings | None,
    sections: Mapping[str, Any],
    places: dict[str, dict[str, Place]],
) -> tuple[Rule, ...]:
    """The rules that `system.factory` asks for, which is also the place where they stand."""
    if system is None or system.factory is None:
        return ()
    made = factory_rules(system, sections["sites"].values(), places["dialplan"])
    places["dialplan"] |= {rule.rule: places["system"]["factory"] for rule in made}
    return made


def _system(
    files: Sequence[FileEntries], diagnostics: list[Diagnostic]
) -> tuple[SystemSettings | None, dict[str, Place]]:
    """The section `system`, which stands in one file only, and the places of its keys."""
    holders = [file for file in files if "system" in file.document.root]
    if not holders:
        if any(file.document.path == MAIN_FILE and file.document.root for file in files):
            hint = "add: system: {domain: example.test}"
            message = 'the section "system" is missing'
            diagnostics.append(Diagnostic("PBX1102", message, MAIN_FILE, hint=hint))
        return None, {}
    first, *others = holders
    path = ("system",)
    diagnostics += (
        _twice("section", "system", (first.document, path), (other.document, path))
        for other in others
    )
    section = first.document.root["system"]
    keys = section if isinstance(section, source.Mapping) else ()
    return first.system, {key: (first.document, ("system", key)) for key in keys}


def _incomplete(files: Sequence[FileEntries]) -> frozenset[str]:
    """Sections that files which could not be read may hold; pbx.yaml may hold all."""
    said = {file.document.path for file in files if file.document.root}
    unread = {file.document.path for file in files if not file.document.readable}
    if MAIN_FILE not in said:
        return frozenset(SECTIONS)
    return frozenset(path.partition("/")[0] for path in unread)
