"""What the command line does with a tree and with its node: load, check, compare, render, ask.

The same functions that the node and the Git hooks call, put together for one directory.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from engine import control
from engine.checking import ValidTree, require_valid, validate_tree
from engine.desired import Compiler, Desired
from engine.plan import Plan, diff
from engine.secrets import Secrets, load_master_key
from engine.state import StateDirectory, default_state_directory
from renderers.devices import Families, load_families, provisioning_url, render_all
from schema.suggest import did_you_mean
from schema.tree import DirectorySource, TreeSource
from schema.validate import Cache, Validation
from sync.errors import RepositoryError
from sync.git import Repository
from sync.snapshot import LastGood

POINTER = "dialtree-state"
"""A file in Git's directory that names the state directory of the node that runs the tree."""


class UsageError(Exception):
    """What was asked for cannot be had; the text says why."""


@dataclass
class Workbench:
    """One configuration directory and the state of the node that runs it, if there is one."""

    directory: Path
    state: StateDirectory

    @classmethod
    def at(cls, directory: Path, state: Path | None = None) -> "Workbench":
        """Where `state` is not named: where `pbx run` last kept it, else where it would."""
        known = state or _pointed_at(directory) or default_state_directory(directory)
        return cls(directory, StateDirectory(known))

    def remember_state(self) -> None:
        """Note in the repository where the state is, so that others find the node by DIR."""
        git_dir = _git_dir(self.directory)
        if git_dir is not None:
            (git_dir / POINTER).write_text(f"{self.state.path}\n")

    # Trees

    @cached_property
    def families(self) -> Families:
        """The device families that come with the installation."""
        return load_families()

    @cached_property
    def cache(self) -> Cache:
        """Two trees that share files are read once."""
        return Cache()

    @cached_property
    def repository(self) -> Repository:
        """The Git repository. Raises sync.errors.NotARepository."""
        return Repository.open(self.directory)

    @property
    def bare(self) -> bool:
        """Whether the directory is a bare repository: then its files are in commits only."""
        return (self.directory / "HEAD").is_file() and (self.directory / "objects").is_dir()

    def source(self, revision: str | None = None) -> TreeSource:
        """A commit's tree; without one the saved files, or the newest commit of a bare one."""
        if revision is not None:
            return self.repository.tree(revision)
        if self.bare:
            return self.repository.tree(self.repository.head(self.repository.followed_branch()))
        return DirectorySource(self.directory)

    def baseline(self, against: str) -> TreeSource | None:
        """What to compare with: a commit, or for "running" the last tree that ran here.

        None when nothing has run yet. Raises RepositoryError.
        """
        if against != "running":
            return self.repository.tree(against)
        kept = LastGood(self.state.last_good).load()
        return kept.source if kept is not None else None

    def validate(self, source: TreeSource) -> Validation:
        """All diagnostics of a tree."""
        return validate_tree(source, self.families, self.cache)

    def valid(self, source: TreeSource) -> ValidTree:
        """A tree without errors. Raises InvalidTree."""
        return require_valid(self.validate(source), source.name)

    def plan(self, new: TreeSource, old: TreeSource | None) -> Plan:
        """What going from `old` to `new` does. Raises InvalidTree."""
        compiler = Compiler(self.families)
        before: Desired | None = None
        known: ValidTree | None = None
        if old is not None:
            known = self.valid(old)
            before = compiler.compile(known.system, known.origins)
        wanted = self.valid(new)
        after = compiler.compile(wanted.system, wanted.origins)
        return diff(
            before,
            after,
            old_origins=known.origins if known else None,
            new_origins=wanted.origins,
        )

    def render(self, source: TreeSource) -> Mapping[str, bytes]:
        """Every file that would be served. Without a master key, placeholders for secrets."""
        system = self.valid(source).system
        key = self.state.master_key
        secrets = self.secrets(system.system.domain) if key.exists() else None
        return render_all(system, self.families, secrets)

    # Secrets, where the key is

    def secrets(self, domain: str) -> Secrets:
        """The secrets of this node. Raises SecretsError where there is no key."""
        return Secrets(load_master_key(self.state.master_key), domain)

    def _current(self) -> ValidTree:
        """The tree that runs, or the newest there is."""
        return self.valid(self.baseline("running") or self.source())

    def sip_password(self, user: str, device: str) -> str:
        """The password of `user` on `device` ("" for a softphone). Raises UsageError."""
        system = self._current().system
        entry = system.users.get(user)
        if entry is None:
            raise UsageError(_unknown("user", user, system.users))
        mac = _mac(device)
        if mac and mac not in system.phones:
            raise UsageError(_unknown("phone", device, system.phones))
        secrets = self.secrets(system.system.domain)
        return secrets.sip_password(user, mac, entry.credential_epoch)

    def provisioning_url(self, device: str) -> str:
        """The URL that the phone is given. Raises UsageError."""
        system = self._current().system
        mac = _mac(device)
        if mac not in system.phones:
            raise UsageError(_unknown("phone", device, system.phones))
        return provisioning_url(system, mac, self.secrets(system.system.domain))

    # The node

    def ask(self, path: str, **question: Any) -> Any:
        """Ask the running node. Raises NodeUnreachableError, ControlError."""
        return control.call(self.state.control_socket, path, **question)

    def history(self, limit: int) -> list[dict[str, Any]]:
        """The latest attempts, newest first; from the store itself when no node runs."""
        try:
            answer: dict[str, Any] = self.ask("/history", limit=limit)
        except control.NodeUnreachableError:
            return self._stored_history(limit)
        found: list[dict[str, Any]] = answer["history"]
        return found

    def _stored_history(self, limit: int) -> list[dict[str, Any]]:
        from engine.store import Store  # takes a quarter of a second to load

        if not self.state.database.exists():
            return []
        store = Store(self.state.database)
        try:
            return [asdict(attempt) for attempt in store.history(limit)]
        finally:
            store.close()


def _mac(text: str) -> str:
    """A MAC address as the tree writes it."""
    return text.replace(":", "").replace("-", "").replace(".", "").lower()


def _unknown(kind: str, name: str, known: Mapping[str, object]) -> str:
    hint = did_you_mean(name, known)
    return f'there is no {kind} "{name}"' + (f": {hint}" if hint else "")


def _git_dir(directory: Path) -> Path | None:
    try:
        with Repository.open(directory) as repository:
            return repository.git_dir
    except RepositoryError:
        return None


def _pointed_at(directory: Path) -> Path | None:
    for place in (directory / ".git" / POINTER, directory / POINTER):
        try:
            return Path(place.read_text().strip())
        except OSError:
            continue
    return None
