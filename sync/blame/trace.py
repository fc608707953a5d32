"""From a commit back through history, until each value's commit is found.

At each commit, a value goes on to the first parent that has the same one; where none has, the
commit made it. So a merge is behind a value only when it is neither side's. May know: outlines,
leaves, changes. May not: who asks.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from schema.tree import belongs, select
from sync.blame.changes import FileChange, Step, steps
from sync.blame.files import Files
from sync.blame.outline import Piece, touched
from sync.blame.values import Entry, Leaf
from sync.git import Repository

Asked = Mapping[Entry, Iterable[Leaf]]
"""Which values, by entry. A leaf (or entry) that is not there asks who took it away."""
Answers = Mapping[tuple[Entry, Leaf], str]
"""The commit behind a value, or behind its absence. Without one: it never was there."""


def blame(repository: Repository, commit: str, asked: Asked) -> Answers:
    """The full ids of the commits behind values, as they are at `commit`.

    Raises RepositoryError.
    """
    return _Trace(repository, commit, asked).run()


@dataclass
class _Open:
    """An entry at a commit, None where it is absent, and the leaves still to be answered."""

    piece: Piece | None
    leaves: set[Leaf] = field(default_factory=set)


class _Trace:
    """One walk. Commits come with all their children before them."""

    def __init__(self, repository: Repository, commit: str, asked: Asked) -> None:
        self._repository = repository
        self._commit = commit
        self._asked = {entry: set(wanted) for entry, wanted in asked.items()}
        self._files = Files(repository)
        self._pending: dict[str, dict[Entry, _Open]] = {}
        self._answers: dict[tuple[Entry, Leaf], str] = {}

    def run(self) -> Answers:
        self._pending[self._commit] = self._begin()
        for step in steps(self._repository, self._commit):
            self._take(step)
            if not self._pending:
                break
        return self._answers

    def _begin(self) -> dict[Entry, _Open]:
        """Where the entries stand at first."""
        found: dict[Entry, Piece] = {}
        for file in select(self._repository.tree(self._commit).entries()).read:
            if file.kind == "file":
                outline = self._files.version(file.path, file.blob).outline or {}
                found |= {name: outline[name] for name in outline.keys() & self._asked.keys()}
        return {name: _Open(found.get(name), wanted) for name, wanted in self._asked.items()}

    def _take(self, step: Step) -> None:
        """Send what a commit's parents have too on to them; all else is the commit's."""
        here = self._pending.pop(step.commit, {})
        had: set[tuple[Entry, Leaf]] = set()
        for parent, changes in step.parents:
            before = self._before(here, changes)
            had |= {(entry, leaf) for entry, piece in before.items() for leaf in leaves_of(piece)}
            sent = {entry: self._passed(here[entry], piece) for entry, piece in before.items()}
            left = {entry: here.pop(entry) for entry in before}
            self._send(
                parent, here | {entry: open_ for entry, open_ in sent.items() if open_.leaves}
            )
            here = {entry: open_ for entry, open_ in left.items() if open_.leaves}
        for entry, open_ in here.items():
            found = {(entry, leaf) for leaf in open_.leaves}
            now = leaves_of(open_.piece)
            self._answers |= {key: step.commit for key in found if key in had or key[1] in now}

    def _passed(self, here: _Open, before: Piece | None) -> _Open:
        """What of an entry goes on to a parent that has something else there."""
        if before is not None and before.leaves is None:
            before = here.piece  # nobody knows what it said: as if it were the same
        same = same_leaves(here, before)
        here.leaves -= same
        return _Open(before, same)

    def _send(self, parent: str, sent: dict[Entry, _Open]) -> None:
        """Let a parent answer; where several children ask it the same, they ask together."""
        waiting = self._pending.get(parent)
        if waiting is None:
            if sent:
                self._pending[parent] = sent
            return
        for entry, open_ in sent.items():
            waiting.setdefault(entry, _Open(open_.piece)).leaves.update(open_.leaves)

    def _before(
        self, here: Mapping[Entry, _Open], changes: Iterable[FileChange]
    ) -> dict[Entry, Piece | None]:
        """What a parent has of some entries, where it is not the same; None: it has not."""
        found: dict[Entry, Piece | None] = {}
        for change in changes if here else ():
            if not belongs(change.path):
                continue
            old, new = touched(
                self._files.version(change.path, change.before),
                self._files.version(change.path, change.after),
            )
            if old is None:
                continue  # nobody knows: as if it were the same
            for entry in (old.keys() | (new or {}).keys()) & here.keys():
                then, now = old.get(entry), (new or {}).get(entry)
                if then is None:
                    found.setdefault(entry, None)
                elif now is None or now.raw != then.raw:
                    found[entry] = then
        return found


def same_leaves(here: _Open, before: Piece | None) -> set[Leaf]:
    """The leaves that a parent has too, or has not either."""
    if before is here.piece:
        return set(here.leaves)
    if before is None:
        return set()  # the entry begins here: with what it has, and without what it has not
    now, then = leaves_of(here.piece), leaves_of(before)
    return {leaf for leaf in here.leaves if now.get(leaf) == then.get(leaf)}


def leaves_of(piece: Piece | None) -> Mapping[Leaf, str]:
    """The leaves of an entry that may be absent."""
    return (piece.leaves if piece is not None else None) or {}
