"""The state directory of a node: where it is, who uses it, and what must survive.

    master.key     the secret all passwords derive from (0600)
    age.key        opens the secrets that are sealed in the tree (0600)
    node.lock      held by the one running node
    control.sock   the control API (0600)
    store.sqlite   revisions, registrations
    last-good.zip  the tree that the node starts from when Git cannot be reached

It lies outside the configuration repository, so that nothing in it can be pushed by accident.
"""

import fcntl
import hashlib
import os
from pathlib import Path
from typing import IO


class StateError(Exception):
    """The state directory cannot be used; the text says why and what to do."""


def default_state_directory(tree: Path) -> Path:
    """The state directory of the node that runs `tree`: per user, named after the tree's path."""
    base = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    real = tree.resolve()
    return base / "dialtree" / f"{real.name}-{hashlib.sha256(bytes(real)).hexdigest()[:8]}"


POINTER = "dialtree-state"
"""A file in Git's directory that names the state directory of the node that runs the tree."""


class StateDirectory:
    """Paths below one state directory, made on first use with mode 0700."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()

    @classmethod
    def of(cls, tree: Path, chosen: Path | None = None) -> "StateDirectory":
        """`chosen`, else where `pbx run` last kept the state of `tree`, else where it would."""
        return cls(chosen or _pointed_at(tree) or default_state_directory(tree))

    def remember(self, git_directory: Path) -> None:
        """Note in the repository where the state is, so that others find the node by DIR."""
        (git_directory / POINTER).write_text(f"{self.path}\n")

    @property
    def master_key(self) -> Path:
        return self.path / "master.key"

    @property
    def identity(self) -> Path:
        return self.path / "age.key"

    @property
    def control_socket(self) -> Path:
        return self.path / "control.sock"

    @property
    def database(self) -> Path:
        return self.path / "store.sqlite"

    @property
    def last_good(self) -> Path:
        return self.path / "last-good.zip"

    @property
    def clone(self) -> Path:
        """The node's own bare clone, when it follows a remote."""
        return self.path / "clone.git"

    @property
    def written_back(self) -> Path:
        """A bare clone of a remote that our own commits are made in."""
        return self.path / "write-back.git"

    def create(self) -> None:
        """Make the directory, readable by its owner only. StateError when that is not possible."""
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.path.chmod(0o700)
        except OSError as error:
            raise StateError(
                f"cannot use {self.path} as state directory: {error.strerror}"
            ) from error

    def lock(self) -> IO[bytes]:
        """Hold the directory until the returned file is closed (or the process dies).

        Raises StateError when another node holds it.
        """
        self.create()
        handle = (self.path / "node.lock").open("ab")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            handle.close()
            raise StateError(
                f"another node already runs with the state directory {self.path}; "
                "stop it or name another with --state"
            ) from error
        return handle


def _pointed_at(tree: Path) -> Path | None:
    for place in (tree / ".git" / POINTER, tree / POINTER):
        try:
            return Path(place.read_text().strip())
        except OSError:
            continue
    return None
