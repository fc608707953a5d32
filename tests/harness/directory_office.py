"""An office whose people come from a directory: a real repository, and imports into it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from schema.diagnostics import Diagnostic
from schema.validate import validate
from sync.git import Repository
from sync.importing import (
    Batch,
    Memory,
    OwnershipInGit,
    Person,
    Policy,
    Present,
    Reconciled,
    command_of,
    reconcile,
)
from sync.writeback import LocalTarget, Note, write_back

CORP = "ldap/corp"
DAY = 86400.0
HEAD = """\
version: 1
system: {domain: example.test, region: US}
nodes: {pbx1: {address: 127.0.0.1}}
sites: {hq: {}}
groups:
  sales: {}
  support: {}
users:
  lobby: {name: Lobby, extension: "100"}
"""
"""Ends with the users, so that more can be put behind."""


@dataclass
class Office:
    """A tree in Git, and what an importer remembers of it."""

    directory: Path
    repository: Repository
    commit: Callable[..., str]
    memory: Memory = field(default_factory=Memory)
    now: float = 1_000_000.0
    policy: Policy = field(default_factory=Policy)

    def save(self, text: str, subject: str = "By hand", file: str = "pbx.yaml") -> None:
        """A person commits a file."""
        self.commit(self.directory, {file: text}, subject)

    def text(self, file: str = "pbx.yaml") -> str:
        return (self.directory / file).read_text()

    def edit(self, old: str, new: str, subject: str = "By hand", file: str = "pbx.yaml") -> None:
        """A person changes a text that is there once."""
        text = self.text(file)
        assert text.count(old) == 1, text
        self.save(text.replace(old, new), subject, file)

    def plan(self, batch: Batch, policy: Policy | None = None) -> Reconciled:
        """What an import would do."""
        target = LocalTarget(self.repository)
        commit = target.tip()
        found = validate(self.repository.tree(commit))
        assert found.system is not None, found.diagnostics
        present = Present(batch.importer, found.system, found.origins)
        ownership = OwnershipInGit(self.repository, commit, batch.importer)
        policy = policy or self.policy
        return reconcile(batch, present, ownership, policy, self.memory, self.now)

    def run(self, batch: Batch, policy: Policy | None = None) -> Reconciled:
        """Import. A plan over a limit is not carried out."""
        planned = self.plan(batch, policy)
        if planned.unsafe:
            return planned
        note = Note(f"Import {planned.counts.words()}", command_of(batch.importer))
        written = write_back(LocalTarget(self.repository), planned.edits, note, validate)
        assert not written.conflicts
        noted = planned.noted
        self.memory = Memory(noted.missing, {**self.memory.numbers, **noted.numbers})
        return planned

    def users(self) -> dict[str, Any]:
        """What the tree says of users now, the lobby apart."""
        found = validate(self.repository.tree("HEAD"))
        assert found.system is not None
        values = {id_: found.origins.entry("users", id_)[0] for id_ in found.system.users}
        del values["lobby"]
        return {id_: document.value(("users", id_)) for id_, document in values.items()}

    def subjects(self) -> list[str]:
        return self.repository.git.line("log", "--format=%s").split("\n")


def person(name: str, **values: Any) -> Person:
    """Somebody of a directory; `user` is their user name where it is not their first one."""
    user = values.pop("user", name)
    source_id = values.pop("id", f"u-{name}")
    said = {"name": name.title(), **values}
    return Person(source_id, user, said, f"cn={name},dc=example,dc=test")


def batch(*people: Person, **more: Any) -> Batch:
    """All that a directory says."""
    return Batch(CORP, people, **{"complete": True, **more})


def codes(warnings: tuple[Diagnostic, ...]) -> list[str]:
    return [warning.code for warning in warnings]
