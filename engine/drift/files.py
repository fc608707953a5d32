"""Files on this node's disk that are not as the node left them. Blocks."""

from collections.abc import Iterator
from pathlib import Path

from engine.state import StateDirectory
from sync.errors import RepositoryError, SnapshotDamaged
from sync.git import Repository
from sync.hooks import hook_troubles
from sync.snapshot import LastGood


def file_troubles(
    state: StateDirectory, good: str | None, repository: Path | None
) -> Iterator[str]:
    """Each a sentence. `good` is the revision that the last good tree must be, `repository` the
    one on this machine that is followed; None where there is none."""
    if good is not None:
        yield from _last_good(state, good)
    yield from _private(state.master_key)
    if repository is not None:
        yield from _hooks(repository)


def _last_good(state: StateDirectory, good: str) -> Iterator[str]:
    again = "the next commit writes it again"
    try:
        kept = LastGood(state.last_good).load()
    except SnapshotDamaged as error:
        yield f"{error}: {again}"
        return
    if kept is None:
        yield f"{state.last_good} is missing: {again}"
    elif kept.revision != good:
        yield f"{state.last_good} holds {kept.revision[:10]}, not {good[:10]}: {again}"


def _private(path: Path) -> Iterator[str]:
    try:
        mode = path.stat().st_mode
    except OSError as error:
        yield f"{path}: {error.strerror}; without it no password can be derived after a restart"
        return
    if mode & 0o077:
        yield f"{path} can be read by others (mode {mode & 0o777:03o}): chmod 600"


def _hooks(directory: Path) -> Iterator[str]:
    try:
        with Repository.open(directory) as repository:
            yield from hook_troubles(repository)
    except RepositoryError:
        return  # the status says so itself
