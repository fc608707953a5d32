"""One document to entries: each id of each section checked on its own, into its model.

May know: one file. May not: other files, so that a file's entries can be remembered by its blob.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

from pydantic import BaseModel

from schema import source
from schema.diagnostics import Diagnostic
from schema.mentions import Mentions, mentions_of
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
    SystemSettings,
    User,
)
from schema.models.base import IDENTIFIER_PATTERN
from schema.shape import checked
from schema.source import Document
from schema.suggest import did_you_mean
from schema.tree import MAIN_FILE, SECTIONS

Model = TypeVar("Model", bound=BaseModel)

MODELS: Mapping[str, type[BaseModel]] = {
    "nodes": Node, "sites": Site, "groups": Group, "users": User, "hunt_groups": HuntGroup,
    "phones": Phone, "gateways": Gateway, "schedules": Schedule, "phonebooks": Phonebook,
    "directories": Directory,
}  # fmt: skip
"""Sections that map ids to entries."""
LISTS: Mapping[str, tuple[type[Rule | Proof], str]] = {
    "dialplan": (Rule, "rule"), "prove": (Proof, "proof")
}  # fmt: skip
"""Sections that are lists, with the key that names an item."""
KINDS: Mapping[str, str] = {
    "system": "system", "nodes": "node", "sites": "site", "groups": "group", "users": "user",
    "hunt_groups": "hunt group", "phones": "phone", "gateways": "gateway",
    "schedules": "schedule", "phonebooks": "phonebook", "directories": "directory",
    "dialplan": "rule", "prove": "proof",
}  # fmt: skip
"""What one entry of a section is called."""

_ID = re.compile(IDENTIFIER_PATTERN)
_MAC = re.compile(r"[0-9a-f]{12}")


class Recall(Protocol):
    """Gives back the model that an entry had before, if it was equal."""

    def __call__(self, section: str, id: str, model: Model) -> Model:  # noqa: A002
        """Return the earlier object when it is equal to `model`, else `model`."""


@dataclass(frozen=True)
class FileEntries:
    """What one file contributes.

    `entries` are the valid models by section and id; `ids` all ids, those of broken entries
    included, so that a mistake in one entry does not make those that refer to it wrong.
    `items` holds those of the sections that are lists: index in the file's list, name ("" when
    unknown) and model (None when broken).
    """

    document: Document
    diagnostics: tuple[Diagnostic, ...]
    mentions: Mentions
    entries: Mapping[str, Mapping[str, BaseModel]]
    ids: Mapping[str, tuple[str, ...]]
    items: Mapping[str, tuple[tuple[int, str, Rule | Proof | None], ...]]
    system: SystemSettings | None


def normalised_mac(text: str) -> str:
    """Return a MAC address without separators and in lower case; not checked."""
    return re.sub(r"[-:. ]", "", text).lower()


def file_entries(document: Document, recall: Recall) -> FileEntries:
    """Check every entry of a document by itself."""
    return _Reading(document, recall).result()


class _Reading:
    """Collects what one document holds."""

    def __init__(self, document: Document, recall: Recall) -> None:
        self._document = document
        self._recall = recall
        self._diagnostics = list(document.diagnostics)

    def result(self) -> FileEntries:
        if self._document.readable:
            self._version()
            self._unknown_sections()
        entries = {section: self._section(section) for section in MODELS}
        ids = {section: tuple(self._mapping(section)) for section in MODELS}
        items, system = {section: tuple(self._items(section)) for section in LISTS}, self._system()
        found = tuple(self._diagnostics)
        mentions = mentions_of(entries)
        return FileEntries(self._document, found, mentions, entries, ids, items, system)

    def _version(self) -> None:
        root = self._document.root
        if self._document.path == MAIN_FILE and not root:
            hint = "restore it from Git, or start again with pbx init"
            self._say_about_file("PBX1006", "the file says nothing", hint)
        elif "version" not in root and self._document.path == MAIN_FILE:
            self._say_about_file("PBX1021", "the version is missing", "begin with: version: 1")
        elif "version" in root and (root["version"] != 1 or root["version"] is True):
            span = self._document.span(("version",))
            hint = "write version: 1; a newer version needs a newer Dialtree"
            text = self._document.text[span.start : span.end]
            self._say("PBX1021", f"the version {text} is not known", span, hint)

    def _unknown_sections(self) -> None:
        for name in self._document.root:
            if name not in SECTIONS and name != "version":
                hint = did_you_mean(name, SECTIONS) or f"sections: {', '.join(SECTIONS)}"
                span = self._document.key_span((name,))
                self._say("PBX1022", f'there is no section "{name}"', span, hint)

    def _mapping(self, section: str) -> source.Mapping:
        value = self._document.root.get(section)
        return value if isinstance(value, source.Mapping) else source.empty_mapping()

    def _section(self, section: str) -> dict[str, BaseModel]:
        value = self._document.root.get(section)
        if value is not None and not isinstance(value, source.Mapping):
            self._wrong_section(section, f"a mapping of {section} by id")
        result = {}
        for id_ in self._mapping(section):
            model = self._entry((section, id_), MODELS[section], KINDS[section])
            if self._good_id(section, id_) and model is not None:
                result[id_] = self._recall(section, id_, model)
        return result

    def _entry(self, path: source.Path, model: type[Model], kind: str) -> Model | None:
        found, diagnostics = checked(self._document, path, model, kind)
        self._diagnostics += diagnostics
        return found

    def _good_id(self, section: str, id_: str) -> bool:
        if (_MAC if section == "phones" else _ID).fullmatch(id_):
            return True
        span = self._document.key_span((section, id_))
        if section == "phones":
            self._bad_mac(id_, span)
        else:
            hint = "letters, digits, '.', '_' and '-', beginning with a letter or digit"
            self._say("PBX1109", f'"{id_}" cannot be the id of a {KINDS[section]}', span, hint)
        return False

    def _bad_mac(self, text: str, span: source.Span) -> None:
        plain = normalised_mac(text)
        if _MAC.fullmatch(plain):
            message = f"the MAC address {text} is spelled differently from all others"
            self._say("PBX1114", message, span, f'write "{plain}":')
        else:
            hint = "the 12 hexadecimal digits on the back of the phone, in lower case"
            self._say("PBX1113", f'"{text}" is not a MAC address', span, hint)

    def _items(self, section: str) -> Iterator[tuple[int, str, Rule | Proof | None]]:
        model, key = LISTS[section]
        value = self._document.root.get(section)
        if value is not None and not isinstance(value, source.Sequence):
            self._wrong_section(section, f"a list of {KINDS[section]}s")
            return
        for index, item in enumerate(value or ()):
            name = item.get(key) if isinstance(item, source.Mapping) else None
            entry = self._entry((section, index), model, KINDS[section])
            if entry is not None:
                entry = self._recall(section, getattr(entry, key), entry)
            yield index, name if isinstance(name, str) else "", entry

    def _system(self) -> SystemSettings | None:
        if "system" not in self._document.root:
            return None
        model = self._entry(("system",), SystemSettings, "system")
        return model and self._recall("system", "", model)

    def _wrong_section(self, section: str, wanted: str) -> None:
        span = self._document.span((section,))
        hint = None
        if section == "dialplan":
            hint = "begin each rule with a dash: - {rule: local, match: …}"
        elif section == "prove":
            hint = "begin each proof with a dash: - {proof: no-premium, nobody: {all: true}, …}"
        self._say("PBX1103", f'"{section}" takes {wanted}', span, hint)

    def _say(self, code: str, message: str, span: source.Span, hint: str | None) -> None:
        self._diagnostics.append(self._document.report(code, message, span, hint))

    def _say_about_file(self, code: str, message: str, hint: str) -> None:
        self._diagnostics.append(Diagnostic(code, message, self._document.path, hint=hint))
