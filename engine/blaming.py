"""`pbx blame`: the commit behind each value of an entry, and whence what it does not say comes.

Data first; text is a view of it. May know: trees, blame, explanations. May not: how history is
walked (sync.blame).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from engine.checking import Checked
from engine.workbench import UsageError, Workbench
from schema.diagnostics import SourceRange
from schema.entries import KINDS, normalised_mac
from schema.explanation import explain
from schema.origins import Origins
from schema.source import SecretReference
from schema.suggest import did_you_mean
from schema.tree import SECTIONS
from sync.blame import ENTRY, Answers, Entry, Item, Leaf, blame, leaves
from sync.git import CommitInfo, Repository
from sync.message import trailers_of
from sync.writeback.note import BY_TRAILER


@dataclass(frozen=True, slots=True)
class Blamed:
    """One value, its commit, and where it stands. Without a commit, `source` says who has it."""

    key: str
    value: Any
    commit: CommitInfo | None
    at: SourceRange | None
    source: str = "entry"

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        place = {
            "file": self.at.file if self.at else None,
            "line": self.at.line if self.at else None,
        }
        value = {"key": self.key, "value": self.value, "source": self.source}
        return {**value, **place, "commit": commit_as_json(self.commit)}


@dataclass(frozen=True, slots=True)
class Blame:
    """All values of an entry at a commit."""

    path: str
    revision: str
    values: tuple[Blamed, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        values = [value.as_json() for value in self.values]
        return {"path": self.path, "revision": self.revision, "values": values}

    def as_text(self) -> str:
        """One line for each value, in columns."""
        rows = [(value.key, str(value.value), _behind(value)) for value in self.values]
        wide = max((len(key) for key, _, _ in rows), default=0)
        middle = min(30, max((len(text) for _, text, _ in rows), default=0))
        lines = (f"  {key:<{wide}}  {text:<{middle}}  {behind}" for key, text, behind in rows)
        return "\n".join([self.path, *(line.rstrip() for line in lines)])


def blamed(desk: Workbench, path: str, revision: str | None) -> Blame:
    """The commits behind the values of "users/alice", as they are committed.

    Raises UsageError where there is no such entry; it says who removed it. RepositoryError.
    """
    entry = _entry(path)
    with desk.repository as repository:
        commit = repository.resolve(revision or repository.head(repository.followed_branch()))
        found = desk.validate(repository.tree(commit))
        values = leaves(_value(found.origins, entry, repository, commit))
        answers = blame(repository, commit, {entry: list(values)})
        own = tuple(_own(repository, found.origins, entry, values, answers))
        return Blame(_name(entry), commit, own + tuple(_inherited(found, entry)))


def _entry(path: str) -> Entry:
    section, _, name = path.strip("/").partition("/")
    if section not in SECTIONS:
        hint = did_you_mean(section, SECTIONS, "sections")
        raise UsageError(f'there is no section "{section}"' + (f"; {hint}" if hint else ""))
    if section != "system" and not name:
        raise UsageError(f'"{path}" names a whole section: {section}/ID')
    return section, normalised_mac(name) if section == "phones" else name


def _name(entry: Entry) -> str:
    return "/".join(part for part in entry if part)


def _value(origins: Origins, entry: Entry, repository: Repository, commit: str) -> Any:
    """What the tree says of an entry, as it was read."""
    try:
        if entry[0] != "system":
            document, path = origins.entry(*entry)
            return document.value(path)
        document, _ = origins.entry("system", "domain")
        return document.value(("system",))
    except LookupError:
        behind = blame(repository, commit, {entry: [ENTRY]}).get((entry, ENTRY))
        said = f'there is no {KINDS[entry[0]]} "{entry[1]}"'
        if behind is not None:
            info = repository.commit_info(behind)
            said += f": {info.author} removed it in {behind[:10]} ({info.subject})"
        raise UsageError(said) from None


def _own(
    repository: Repository,
    origins: Origins,
    entry: Entry,
    values: Mapping[Leaf, Any],
    answers: Answers,
) -> Iterator[Blamed]:
    infos: dict[str, CommitInfo] = {}
    for leaf, value in values.items():
        behind = answers.get((entry, leaf))
        if behind is not None and behind not in infos:
            infos[behind] = repository.commit_info(behind)
        commit = infos[behind] if behind is not None else None
        shown = "" if leaf == ENTRY else _plain(value)
        yield Blamed(_key(leaf), shown, commit, _place(origins, entry, leaf))


def _key(leaf: Leaf) -> str:
    names = [step for step in leaf if not isinstance(step, Item)]
    return ".".join(names) or "(entry)"


def _plain(value: Any) -> Any:
    return f"!{value.kind}" if isinstance(value, SecretReference) else value


def _place(origins: Origins, entry: Entry, leaf: Leaf) -> SourceRange | None:
    steps = tuple(step for step in leaf if not isinstance(step, Item))
    if entry[0] == "system":
        return origins.at("system", str(steps[0]), *steps[1:]) if steps else None
    return origins.at(*entry, *steps)


def _inherited(found: Checked, entry: Entry) -> Iterator[Blamed]:
    """What others say for the entry: settings and permissions, as `pbx explain` has them."""
    if found.system is None or entry[0] not in ("users", "phones"):
        return
    for value in explain(found.system, found.origins, _name(entry)).values:
        if value.source not in ("", "default"):
            yield Blamed(value.key, value.value, None, value.at, value.source)


def commit_as_json(commit: CommitInfo | None) -> dict[str, Any] | None:
    """What a commit is to a reader: `by` is the command that made it, or null."""
    if commit is None:
        return None
    return {
        "id": commit.id, "author": commit.author, "email": commit.email, "time": commit.time,
        "subject": commit.subject, "by": trailers_of(commit.body).get(BY_TRAILER),
    }  # fmt: skip


def _behind(value: Blamed) -> str:
    if value.commit is None:
        return "  ".join(part for part in (f"from {value.source}", str(value.at or "")) if part)
    day = datetime.fromtimestamp(value.commit.time, UTC).strftime("%Y-%m-%d")
    return f"{value.commit.id[:10]}  {day}  {value.commit.author}: {value.commit.subject}"
