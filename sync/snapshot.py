"""The last good tree, kept beside the store so that a node starts without Git.

One ZIP file: a rename replaces it whole, so `kill -9` at any moment leaves the old tree or the
new one, and one fsync is enough for all files. Knows which files make a tree, not what is in
them.
"""

import json
import os
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from schema.tree import SourceEntry, SourceError, TreeSource, belongs, blob_id, holds_contacts
from sync.errors import SnapshotDamaged

MANIFEST = "manifest.json"
FILES = "tree/"
"""Where the files are in the archive, so that none of them can be taken for the manifest."""


class KeptFiles:
    """A TreeSource over files in memory."""

    def __init__(self, name: str, files: Mapping[str, bytes]) -> None:
        self.name = name
        self._files = files
        self._entries = tuple(
            SourceEntry(path, blob_id(data), len(data)) for path, data in files.items()
        )

    def entries(self) -> Sequence[SourceEntry]:
        """The files, with the same blob ids as in Git."""
        return self._entries

    def read(self, entry: SourceEntry) -> bytes:
        """The content. Raises SourceError."""
        try:
            return self._files[entry.path]
        except KeyError:
            raise SourceError(entry.path, "is not part of the snapshot") from None


@dataclass(frozen=True)
class Snapshot:
    """A tree that ran; `revision` is its name (origins.Revision.name: a commit id, mostly)."""

    revision: str
    source: TreeSource


class LastGood:
    """The file at `path` that holds the last good tree."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def save(self, source: TreeSource, revision: str) -> None:
        """Replace the tree. Raises SourceError, OSError; the old one then stays."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self.path.with_name(f"{self.path.name}.new")
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
        descriptor = os.open(unfinished, flags, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
                write(archive, source, revision)
            file.flush()
            os.fsync(descriptor)
        unfinished.replace(self.path)
        flush_directory(self.path.parent)

    def load(self) -> Snapshot | None:
        """The tree that was saved, None when there is none. Raises SnapshotDamaged.

        Every content is compared with the blob id it had in Git.
        """
        try:
            with zipfile.ZipFile(self.path) as archive:
                return read(archive)
        except FileNotFoundError:
            return None
        except (
            Exception
        ) as error:  # zipfile raises a dozen kinds, depending on the bit that flipped
            raise SnapshotDamaged(self.path, str(error) or type(error).__name__) from None


def write(archive: zipfile.ZipFile, source: TreeSource, revision: str) -> None:
    """The files of the tree, then the manifest that accounts for them."""
    blobs = {}
    for entry in sorted(source.entries(), key=lambda entry: entry.path):
        if is_kept(entry):
            data = source.read(entry)
            blobs[entry.path] = blob_id(data)
            archive.writestr(FILES + entry.path, data)
    archive.writestr(MANIFEST, json.dumps({"revision": revision, "blobs": blobs}, indent=1))


def read(archive: zipfile.ZipFile) -> Snapshot:
    """Raises whatever fits for an archive that is not what `write` wrote."""
    manifest = json.loads(archive.read(MANIFEST))
    files = {}
    for path, blob in manifest["blobs"].items():
        files[path] = archive.read(FILES + path)
        if blob_id(files[path]) != blob:
            raise ValueError(f"{path} has changed since it was saved")
    revision = str(manifest["revision"])
    return Snapshot(revision, KeptFiles(f"the last good tree ({revision[:7]})", files))


def is_kept(entry: SourceEntry) -> bool:
    """What a node needs to run: the tree itself, its own device families, and contacts."""
    path = entry.path
    wanted = belongs(path) or path.startswith("devices/") or holds_contacts(path)
    return wanted and entry.kind == "file" and bool(entry.blob)


def flush_directory(path: Path) -> None:
    """Make a rename last through a power cut (fsync(2), "DESCRIPTION")."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
