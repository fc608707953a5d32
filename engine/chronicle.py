"""`pbx history`: who changed what, and when it ran where.

Joins what Git says of commits with what this node remembers of its attempts and with what other
nodes say of themselves (sync.standings). Data first; text is a view of it. May not: how history
is walked.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.blaming import commit_as_json
from engine.client import NodeClient
from engine.status_views import moment
from engine.workbench import Workbench
from sync.blame import Touched, told
from sync.errors import RepositoryError
from sync.git import FULL_ID, CommitInfo, Repository
from sync.message import trailers_of
from sync.standings import standings
from sync.writeback.note import BY_TRAILER

Attempt = Mapping[str, Any]
"""As the control API tells it."""

SIGNS = {"create": "+", "update": "~", "delete": "-"}
WORDS = {
    "applied": "runs it", "healthy": "found it good", "bad": "went back from it",
}  # fmt: skip

FEW = 6
"""Entries that are named one by one; more are told by their numbers."""


@dataclass(frozen=True, slots=True)
class Line:
    """One commit with all that became of it, or attempts at what is no commit of the branch."""

    commit: CommitInfo | None
    touched: tuple[Touched, ...] | None
    attempts: tuple[Attempt, ...]
    """Of this node, oldest first."""
    nodes: Mapping[str, tuple[str, ...]]
    """What nodes say of it: applied, healthy, bad."""

    @property
    def time(self) -> float:
        """When it came about; epoch seconds."""
        if self.commit is not None:
            return self.commit.time
        return float(self.attempts[0]["started"])

    def as_json(self) -> dict[str, Any]:
        """Plain data; `changes` is null for a first commit."""
        changes = None
        if self.touched is not None:
            changes = [{"action": one.action, "entry": one.name} for one in self.touched]
        return {
            **(commit_as_json(self.commit) or {}), "changes": changes,
            "attempts": [attempt["id"] for attempt in self.attempts],
            "nodes": {node: list(words) for node, words in self.nodes.items()},
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Chronicle:
    """The newest first."""

    attempts: Sequence[Attempt]
    lines: tuple[Line, ...]

    def as_json(self) -> dict[str, Any]:
        """What `pbx history --format json` prints."""
        commits = [line.as_json() for line in self.lines if line.commit is not None]
        return {"history": list(self.attempts), "commits": commits}

    def as_text(self) -> str:
        """What `pbx history` prints."""
        text = "\n".join(row for line in self.lines for row in _rows(line))
        return text or "no commit has been tried yet"


def chronicle(desk: Workbench, limit: int) -> Chronicle:
    """The newest commits of the branch that the node follows, and its newest attempts."""
    attempts = NodeClient(desk.state).history(limit)
    by_revision: dict[str, list[Attempt]] = {}
    for attempt in reversed(attempts):
        by_revision.setdefault(attempt["revision"], []).append(attempt)
    commits, known = _commits(desk, attempts, by_revision, limit)
    others = [
        Line(None, None, tuple(found), {})
        for revision, found in by_revision.items()
        if revision not in known
    ]
    return Chronicle(attempts, tuple(_merged(commits, others))[:limit])


def _merged(commits: list[Line], others: list[Line]) -> Iterator[Line]:
    """Commits in their own order, children first; others where their time puts them."""
    waiting = sorted(others, key=lambda line: line.time)
    for line in commits:
        while waiting and waiting[-1].time > line.time:
            yield waiting.pop()
        yield line
    yield from reversed(waiting)


def _commits(
    desk: Workbench,
    attempts: Sequence[Attempt],
    by_revision: Mapping[str, Sequence[Attempt]],
    limit: int,
) -> tuple[list[Line], set[str]]:
    """What Git says, and which attempts were at commits of the branch, further back included.

    Nothing where there is no repository to ask.
    """
    for directory in (desk.directory, desk.state.clone):
        try:
            repository = Repository.open(directory)
            tip = _tip(repository, attempts)
            if tip is not None:
                known = {each for each in by_revision if _is_on(repository, each, tip)}
                return list(_lines(repository, tip, by_revision, limit)), known
        except RepositoryError:
            continue
    return [], set()


def _tip(repository: Repository, attempts: Sequence[Attempt]) -> str | None:
    """Where to begin: at the branch, in a clone of the node's own at the newest commit that it
    tried. None: this is another repository than the node's."""
    tried = [attempt["revision"] for attempt in attempts if "+saved" not in attempt["revision"]]
    known = next((commit for each in tried if (commit := _resolved(repository, each))), None)
    if tried and known is None:
        return None
    try:
        return repository.head(repository.followed_branch())
    except RepositoryError:
        return known


def _is_on(repository: Repository, revision: str, tip: str) -> bool:
    return FULL_ID.fullmatch(revision) is not None and repository.is_ancestor(revision, tip)


def _resolved(repository: Repository, revision: str) -> str | None:
    try:
        return repository.resolve(revision)
    except RepositoryError:
        return None


def _lines(
    repository: Repository, tip: str, by_revision: Mapping[str, Sequence[Attempt]], limit: int
) -> Iterator[Line]:
    said: dict[str, dict[str, tuple[str, ...]]] = {}
    for node, standing in standings(repository).items():
        for word in WORDS:
            commit = getattr(standing, word)
            if commit is not None:
                words = said.setdefault(commit, {})
                words[node] = (*words.get(node, ()), word)
    for each in told(repository, tip, limit):
        info = repository.commit_info(each.commit)
        attempts = tuple(by_revision.get(each.commit, ()))
        yield Line(info, each.touched, attempts, said.get(each.commit, {}))


# Text


def _rows(line: Line) -> Iterator[str]:
    if line.commit is None:
        first = line.attempts[0]
        yield _head(line.time, first["revision"], first["subject"], first["author"], None)
    else:
        info = line.commit
        by = trailers_of(info.body).get(BY_TRAILER)
        yield _head(line.time, info.id, info.subject, info.author, by)
        if line.touched:
            yield f"    {_few(line.touched)}"
    for attempt in line.attempts:
        yield f"    {_attempt(attempt)}"
    for node, words in line.nodes.items():
        yield f"    {node} {', '.join(WORDS[word] for word in words)}"


def _head(time: float, revision: str, subject: str, author: str, by: str | None) -> str:
    who = ", ".join(part for part in (author, f"by {by}" if by else "") if part)
    return f"{moment(time)}  {revision[:10]}  {subject}" + (f" ({who})" if who else "")


def _few(touched: Iterable[Touched]) -> str:
    """Entries by name, or by number when they are many."""
    found = list(touched)
    if len(found) <= FEW:
        return ", ".join(f"{SIGNS[one.action]} {one.name}" for one in found)
    counts = Counter((one.action, one.entry[0]) for one in found)
    return ", ".join(f"{SIGNS[action]} {count} {what}" for (action, what), count in counts.items())


def _attempt(attempt: Attempt) -> str:
    what = attempt["summary"] if attempt["outcome"] == "applied" else attempt["message"]
    text = f"{attempt['outcome']} {moment(attempt['started'])}"
    return f"{text}: {what}" if what else text
