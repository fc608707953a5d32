"""Whose a value is: the importer's where its own commit is behind it, else a person's.

May know: blame, trailers. May not: what is wanted instead.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from sync.blame import Asked, Entry, Leaf, blame
from sync.git import Repository
from sync.message import trailers_of
from sync.writeback.note import BY_TRAILER


class Behind(NamedTuple):
    """The commit behind a value or its absence: `ours`, or `who` made it and what for."""

    ours: bool
    who: str = ""

    def __str__(self) -> str:
        return self.who


Behinds = Mapping[tuple[Entry, Leaf], Behind]
"""Without one: it never was there."""


class Ownership(Protocol):
    """Answers for many values at once."""

    def __call__(self, asked: Asked) -> Behinds:
        """Who is behind values. Raises RepositoryError."""


def command_of(importer: str) -> str:
    """What commits of an importer say that they were made by."""
    return f"import {importer}"


@dataclass(frozen=True)
class OwnershipInGit:
    """By the history of a commit."""

    repository: Repository
    commit: str
    importer: str

    def __call__(self, asked: Asked) -> Behinds:
        """One walk through history, for all that is asked."""
        if not asked:
            return {}
        found = blame(self.repository, self.commit, asked)
        known = {commit: self._behind(commit) for commit in set(found.values())}
        return {key: known[commit] for key, commit in found.items()}

    def _behind(self, commit: str) -> Behind:
        info = self.repository.commit_info(commit)
        if trailers_of(info.body).get(BY_TRAILER) == command_of(self.importer):
            return Behind(ours=True)
        return Behind(ours=False, who=f'{info.author} ({commit[:10]} "{info.subject}")')
