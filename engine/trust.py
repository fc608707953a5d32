"""Whose commits run: the policy of what runs judges the next commit.

So a commit that drops `system.verify` has to be signed itself. The policy is remembered beside the
last good tree, for that tree may not start again. May know: the store, policies. May not: how
signatures are judged (sync.verify).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from engine.checking import Checked
from engine.state import StateDirectory
from engine.store import Store, StoreError
from schema.models import System
from schema.models.verify import Verify
from schema.tree import TreeSource
from sync.errors import RepositoryError
from sync.git import FULL_ID, Repository
from sync.origins import Origin, Revision
from sync.verdict import Doubt, Update
from sync.verify import objection

FACT = "ran"
"""The fact in the store: the last revision that ran, and its policy."""

SAVED = "it is no commit, so nobody signed it: system.verify lets signed commits run only"


@dataclass(frozen=True, slots=True)
class Ran:
    """What ran last: its revision, and whose commits it lets run; None: everybody's."""

    revision: str | None = None
    verify: Verify | None = None

    @classmethod
    def of(cls, revision: str | None, system: System | None) -> "Ran":
        """What runs now, if anything does."""
        return cls(revision, system.system.verify if system is not None else None)

    @classmethod
    def from_json(cls, value: Any) -> "Ran":
        """As the store kept it; None: nothing."""
        if value is None:
            return cls()
        policy = value["verify"]
        return cls(value["revision"], Verify.model_validate(policy) if policy else None)

    def as_json(self) -> dict[str, Any]:
        """For the store."""
        policy = self.verify.model_dump(mode="json") if self.verify is not None else None
        return {"revision": self.revision, "verify": policy}

    def doubt(self, repository: Repository, commit: str) -> str | None:
        """Why a commit may not run after this one. Blocks. Raises RepositoryError."""
        if self.verify is None or commit == self.revision:
            return None
        since = self.revision if self.revision and FULL_ID.fullmatch(self.revision) else None
        return objection(repository, self.verify, commit, since)


def remembered(state: StateDirectory) -> Ran | None:
    """What the store of a node says; None where there is none, or another user's."""
    try:
        if not state.database.exists():
            return None
        store = Store(state.database)
        try:
            return Ran.from_json(store.fact(FACT))
        finally:
            store.close()
    except (OSError, StoreError):
        return None


def doubt_without_node(state: StateDirectory, validate: Callable[[TreeSource], Checked]) -> Doubt:
    """How a hook judges a push while no node answers: by what ran last, else by the branch."""

    def doubt(repository: Repository, update: Update) -> str | None:
        ran = remembered(state)
        if ran is None and not update.creates:
            ran = Ran.of(update.old, validate(repository.tree(update.old)).system)
        return ran.doubt(repository, update.new) if ran is not None else None

    return doubt


class Trust:
    """The trust of a running node. All methods block; those named after doubts tell why not."""

    def __init__(
        self,
        store: Store,
        running: Callable[[], tuple[str | None, System | None]],
        first: Verify | None,
    ) -> None:
        self._store = store
        self._running = running
        self._first = first
        """For as long as what runs has no policy (`pbx run --verify`)."""

    def remember(self) -> None:
        """Keep the policy of what runs for the next start."""
        self._store.put_fact(FACT, self.ran().as_json())

    def ran(self) -> Ran:
        """What runs, or ran last, and whose commits may come after it."""
        revision, system = self._running()
        stored = Ran.from_json(self._store.fact(FACT)) if system is None else None
        ran = stored or Ran.of(revision, system)
        return replace(ran, verify=ran.verify or self._first)

    def doubt(self, origin: Origin, revision: Revision) -> str | None:
        """Why a revision may not run."""
        ran = self.ran()
        if ran.verify is None:
            return None
        if revision.saved is not None or revision.commit is None:
            return SAVED
        try:
            return ran.doubt(origin.repository(), revision.commit)
        except RepositoryError as error:
            return f"{revision.commit[:10]} cannot be verified: {error}"

    def doubt_pushed(self, repository: Repository, update: Update) -> str | None:
        """Why a pushed commit may not go in. Raises RepositoryError."""
        return self.ran().doubt(repository, update.new)
