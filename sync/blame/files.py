"""Versions of files out of Git, cut into entries.

May know: Git's objects, outlines. May not: what is looked for in them.
"""

from sync.blame.outline import Version
from sync.git import Repository

KEPT = 8
"""Versions of files that are kept cut: what a commit begins with is what its parent ends with."""


class Files:
    """Versions of files; the latest are kept."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._kept: dict[tuple[str, str], Version] = {}

    def version(self, path: str, blob: str) -> Version:
        """One version; an empty one where there was no file."""
        key = (path, blob)
        found = self._kept.pop(key, None) or Version(path, self._read(blob))
        self._kept[key] = found
        if len(self._kept) > KEPT:
            del self._kept[next(iter(self._kept))]
        return found

    def _read(self, blob: str) -> bytes:
        return self._repository.objects.read(blob).data if blob.strip("0") else b""
