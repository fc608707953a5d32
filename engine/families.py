"""The device families of a tree: those that come with the installation, and its own in `devices/`.

Reads a source of files, knows what may be read of it and how much; what stands in the files is
`renderers.devices`' matter. Everything that is wrong is a diagnostic with its place.
"""

from collections.abc import Iterator
from functools import lru_cache

from renderers.devices import (
    Families,
    FamilyError,
    RenderError,
    load_families,
    try_out_families,
)
from schema.diagnostics import Diagnostic
from schema.diagnostics.record import Position, Range
from schema.models import System
from schema.tree import FAMILIES, SourceEntry, SourceError, TreeSource, holds_families

MAX_FILES = 500
MAX_BYTES = 4 * 1024 * 1024
_HINT = "docs/devices.md describes the folder of a device family"


class BrokenFamily(Exception):  # noqa: N818 - it is a result, told by its diagnostic
    """A family of the tree cannot be used."""

    def __init__(self, path: str, line: int | None, reason: str) -> None:
        super().__init__(reason)
        at = Position(line, 1) if line is not None else None
        range_ = Range(at, at) if at is not None else None
        file = f"{FAMILIES}/{path}"
        self.diagnostic = Diagnostic("PBX1504", reason, file, range_, hint=_HINT)


def families_of(source: TreeSource, built_in: Families) -> Families:
    """The families that the phones of a tree may be of. Raises BrokenFamily."""
    try:
        wanted = [one for one in source.entries() if holds_families(one.path)]
    except SourceError:
        return built_in  # whoever reads the tree itself says why
    if not wanted:
        return built_in
    if len(wanted) > MAX_FILES:
        raise BrokenFamily("", None, f"there are {len(wanted)} files, more than {MAX_FILES}")
    files = tuple(_read(source, sorted(wanted, key=lambda entry: entry.path)))
    try:
        return _loaded(files)
    except FamilyError as error:
        raise BrokenFamily(error.path, error.line, error.reason) from None


def broken_templates(system: System, families: Families) -> Iterator[Diagnostic]:
    """What goes wrong when a tree's own templates write the files of its phones."""
    try:
        try_out_families(system, families)
    except RenderError as error:
        path = f"{error.family}/templates/{error.template}"
        yield BrokenFamily(path, error.line, error.reason).diagnostic


@lru_cache(maxsize=4)
def _loaded(files: tuple[tuple[str, bytes], ...]) -> Families:
    """One object as long as the files stay the same, from commit to commit."""
    return load_families(dict(files))


def _read(source: TreeSource, entries: list[SourceEntry]) -> Iterator[tuple[str, bytes]]:
    total = 0
    for entry in entries:
        path = entry.path.removeprefix(f"{FAMILIES}/")
        if entry.kind != "file":
            raise BrokenFamily(path, None, "it is a link or the like, not a file")
        try:
            content = source.read(entry)
        except SourceError as error:
            raise BrokenFamily(path, None, error.reason) from None
        total += len(content)
        if total > MAX_BYTES:
            raise BrokenFamily(path, None, f"the families are larger than {MAX_BYTES >> 20} MiB")
        yield path, content
