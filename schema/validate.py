"""From a source of files to a valid `System`, or to all that is wrong with it.

May know: every step of loading and checking, and how to remember files that did not change. May
not: what becomes of the system.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from schema.assembly import Tree, assemble
from schema.checks import CHECKS
from schema.collector import collector_paused
from schema.contacts import ContactsFile, contacts_file
from schema.diagnostics import Diagnostic, in_reading_order
from schema.documents import document_of
from schema.entries import MODELS, FileEntries, Model, file_entries
from schema.models import System
from schema.origins import Origins
from schema.proofs.prover import UNPROVEN, Proven, Prover
from schema.suggest import closest
from schema.tree import (
    CONTACTS,
    MAIN_FILE,
    OTHER_FOLDERS,
    SECTIONS,
    SourceEntry,
    SourceError,
    TreeSource,
    select,
)


@dataclass(frozen=True)
class Validation:
    """The result: `system` is None when there are errors. Diagnostics are in reading order."""

    system: System | None
    diagnostics: tuple[Diagnostic, ...]
    origins: Origins
    proven: Proven = UNPROVEN
    """What was proved of it; nothing of a tree with errors."""

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """The diagnostics that make the tree invalid."""
        return tuple(found for found in self.diagnostics if found.severity == "error")

    @property
    def ok(self) -> bool:
        """Whether the tree can run. It may still have warnings."""
        return self.system is not None


class Cache:
    """Remembers the checked files of the last tree and of the last valid one, with its entries.

    So a bad candidate costs nothing afterwards. Equal entries keep their object from one valid
    system to the next, even when they move to another file.
    """

    def __init__(self) -> None:
        self._files: dict[tuple[str, str], FileEntries] = {}
        self._last: dict[tuple[str, str], FileEntries] = {}
        self._valid: dict[tuple[str, str], FileEntries] = {}
        self._entries: dict[str, Mapping[str, Any]] = {}
        self._contacts: dict[tuple[str, str], ContactsFile] = {}
        self.prover = Prover()
        """Remembers what was proved."""

    def begin(self) -> None:
        """Begin a validation: other files than those of the remembered trees are forgotten."""
        self._last, self._files = self._files, {}

    def file(self, entry: SourceEntry) -> FileEntries | None:
        """Return the remembered file of this path and content."""
        key = (entry.path, entry.blob)
        found = self._last.get(key) or self._valid.get(key)
        if found is not None:
            self._files[key] = found
        return found

    def remember(self, entry: SourceEntry, file: FileEntries) -> None:
        """Keep a file. One whose content has no id could not be recognised again."""
        if entry.blob:
            self._files[entry.path, entry.blob] = file

    def contacts(self, source: TreeSource, entries: Iterable[SourceEntry]) -> list[ContactsFile]:
        """Read files of contacts, the remembered ones aside; others are forgotten."""
        found = [
            self._contacts.get((entry.path, entry.blob)) or contacts_file(source, entry)
            for entry in entries
        ]
        # Without an id for its content a file could not be recognised again.
        kept = {(one.document.path, one.document.blob): one for one in found}
        self._contacts = {key: one for key, one in kept.items() if key[1]}
        return found

    def recall(self, section: str, id: str, model: Model) -> Model:  # noqa: A002
        """Return the entry's object of the last valid system when it is equal, else `model`."""
        earlier: Model | None = self._entries.get(section, {}).get(id)
        return model if earlier is None or earlier != model else earlier

    def end(self, system: System | None) -> None:
        """Remember the files and entries of a valid system."""
        if system is not None:
            self._valid = self._files
            rules = {rule.rule: rule for rule in system.dialplan}
            proofs = {proof.proof: proof for proof in system.prove}
            sections = {section: getattr(system, section) for section in MODELS}
            others: dict[str, Mapping[str, Any]] = {
                "dialplan": rules,
                "prove": proofs,
                "system": {"": system.system},
            }
            self._entries = {**sections, **others}


def validate(
    source: TreeSource, cache: Cache | None = None, models: Collection[str] | None = None
) -> Validation:
    """Load and check a tree. Everything that is wrong with it comes back as diagnostics.

    `models` are the phone models that device families know; None leaves models unchecked. With a
    cache only changed files are read. Raises nothing that a tree's content could cause; what
    `source` raises as SourceError becomes a diagnostic.
    """
    cache = cache or Cache()
    cache.begin()
    files, diagnostics = _load(source, cache)
    tree, found = assemble(files, models)
    diagnostics += found
    tree = _with_contacts(tree, source, cache)
    for file in files:
        diagnostics += file.diagnostics
    for check in CHECKS:
        diagnostics += check(tree)
    ordered = in_reading_order(diagnostics)
    valid = not any(diagnostic.severity == "error" for diagnostic in ordered)
    system = tree.complete() if valid else None
    cache.end(system)
    return Validation(system, ordered, tree.origins)


def _load(source: TreeSource, cache: Cache) -> tuple[list[FileEntries], list[Diagnostic]]:
    try:
        selection = select(source.entries())
    except SourceError as error:
        hint = "run the command in a configuration folder, or make one with pbx init"
        message = f"{source.name} cannot be read: {error.reason}"
        return [], [Diagnostic("PBX1019", message, error.path or MAIN_FILE, hint=hint)]
    with collector_paused():
        files = [_file(source, entry, cache) for entry in selection.read]
    diagnostics = [_ignored(entry.path) for entry in selection.ignored]
    if not any(entry.path == MAIN_FILE for entry in selection.read):
        diagnostics.append(_no_main_file(source.name, (e.path for e in selection.ignored)))
    return files, diagnostics


def _with_contacts(tree: Tree, source: TreeSource, cache: Cache) -> Tree:
    """The tree with the files of contacts that its phonebooks name, as far as they are there."""
    named = {book.file for book in tree.phonebooks.values() if book.file is not None}
    wanted = {f"{CONTACTS}/{name}" for name in named}
    if not wanted:
        return tree
    try:
        entries = [entry for entry in source.entries() if entry.path in wanted]
    except SourceError:
        return tree  # said when the tree itself was read
    files = cache.contacts(source, sorted(entries, key=lambda entry: entry.path))
    return replace(
        tree, contacts={one.document.path.removeprefix(f"{CONTACTS}/"): one for one in files}
    )


def _file(source: TreeSource, entry: SourceEntry, cache: Cache) -> FileEntries:
    found = cache.file(entry)
    if found is None:
        found = file_entries(document_of(source, entry), cache.recall)
        cache.remember(entry, found)
    return found


def _ignored(path: str) -> Diagnostic:
    folder, _, rest = path.rpartition("/")
    near = closest(folder, (*SECTIONS, *OTHER_FOLDERS)) if folder else None
    if path.endswith(".yml"):
        hint = f"files of a tree end in .yaml: {path.removesuffix('.yml')}.yaml"
    elif near:
        hint = f'did you mean "{near}/{rest}"?'
    else:
        hint = f"move it to the folder of its section: {', '.join(SECTIONS)}"
    return Diagnostic("PBX1023", "the file is not part of the tree", path, hint=hint)


def _no_main_file(name: str, others: Iterable[str]) -> Diagnostic:
    hint = "run the command in a configuration folder, or make one with pbx init"
    if "pbx.yml" in others:
        hint = "rename pbx.yml to pbx.yaml"
    return Diagnostic("PBX1020", f"{name} has no {MAIN_FILE}", MAIN_FILE, hint=hint)
