"""Why an entry is as it is: each of its values, and where it came from (`pbx explain`).

May know: a valid system, origins, how settings are inherited. Data first; text is a view of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from schema.diagnostics import SourceRange
from schema.entries import KINDS, normalised_mac
from schema.models import Settings, System
from schema.models.base import Entry
from schema.origins import Origins
from schema.settings import Level, grants, levels
from schema.source import Path
from schema.suggest import did_you_mean
from schema.tree import SECTIONS


class UnknownEntry(Exception):  # noqa: N818 (an answer, which the command line prints)
    """There is nothing at a path. `hint` is for people, or None."""

    def __init__(self, path: str, reason: str, hint: str | None) -> None:
        super().__init__(f"{reason}; {hint}" if hint else reason)
        self.path = path
        self.reason = reason
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Explained:
    """One value. `source` is "" for what the entry says itself, else "default" or a level."""

    key: str
    value: Any
    source: str
    at: SourceRange | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """All values of one entry, in the order of the model; inherited ones last."""

    path: str
    at: SourceRange | None
    values: tuple[Explained, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain data: path, file, line, values (key, value, source, file, line)."""
        return {
            "path": self.path,
            **_place(self.at),
            "values": [
                {"key": v.key, "value": _plain(v.value), "source": v.source or "entry"}
                | _place(v.at)
                for v in self.values
            ],
        }

    def as_text(self) -> str:
        """One line for each value, in columns."""
        rows = [(v.key, _said(v.value), _from(v)) for v in self.values]
        wide = max((len(key) for key, _, _ in rows), default=0)
        middle = min(40, max((len(value) for _, value, _ in rows), default=0))
        head = self.path if self.at is None else f"{self.path}  ({self.at})"
        lines = (f"  {key:<{wide}}  {value:<{middle}}  {source}" for key, value, source in rows)
        return "\n".join([head, *(line.rstrip() for line in lines)])


def explain(system: System, origins: Origins, path: str) -> Explanation:
    """Explain "users/alice", "phones/0015651234ab", "dialplan/local", "system". UnknownEntry."""
    section, _, id_ = path.strip("/").partition("/")
    if section not in SECTIONS:
        hint = did_you_mean(section, SECTIONS, "sections")
        raise UnknownEntry(path, f'there is no section "{section}"', hint)
    if section != "system" and not id_:
        raise UnknownEntry(path, f'"{path}" names a whole section', f"such as {section}/ID")
    id_ = normalised_mac(id_) if section == "phones" else id_
    entry = _entry(system, section, id_, path)
    values = [*_own(entry, origins, section, id_), *_inherited(system, origins, section, id_)]
    name = section if section == "system" else f"{section}/{id_}"
    return Explanation(name, origins.at(section, id_), tuple(values))


def _entry(system: System, section: str, id_: str, path: str) -> Entry:
    if section == "system":
        return system.system
    entries = getattr(system, section)
    if section == "dialplan":
        entries = {rule.rule: rule for rule in system.dialplan}
    if id_ in entries:
        found: Entry = entries[id_]
        return found
    hint = did_you_mean(id_, entries, section)
    raise UnknownEntry(path, f'there is no {KINDS[section]} "{id_}"', hint)


def _own(entry: Entry, origins: Origins, section: str, id_: str) -> Iterator[Explained]:
    """The entry's own values, with the defaults that say something."""
    inherits = section in ("users", "phones")
    for path, value, written in _leaves(entry, ()):
        if inherits and path[0] == "settings":
            continue
        key = ".".join(map(str, path))
        at = _at(origins, section, id_, path) if written else None
        yield Explained(key, value, "" if written else "default", at)


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, Any, bool]]:
    """Path, value and whether it was written, of all that is not a mapping or list of mappings."""
    if isinstance(value, Entry):
        for name, field in type(value).model_fields.items():
            found = getattr(value, name)
            written = name in value.model_fields_set
            if written or found not in (None, (), Settings()):
                for leaf, inner, also in _leaves(found, (*path, field.alias or name)):
                    yield leaf, inner, written and also
    elif isinstance(value, tuple) and any(isinstance(item, Entry) for item in value):
        for at, item in enumerate(value):
            yield from _leaves(item, (*path, at))
    else:
        yield path, value, True


def _at(origins: Origins, section: str, id_: str, path: Path) -> SourceRange | None:
    if section == "system":
        return origins.at("system", str(path[0]), *path[1:])
    return origins.at(section, id_, *path)


def _inherited(system: System, origins: Origins, section: str, id_: str) -> Iterator[Explained]:
    """Settings with the level that decides, and a user's permissions with those who grant them."""
    if section not in ("users", "phones"):
        return
    user = id_ if section == "users" else system.phones[id_].lines[0]
    chain = levels(system, user)
    if section == "phones":
        chain.insert(0, Level("phones", id_, system.phones[id_].settings))
    for key in Settings.model_fields:
        said = next((level for level in chain if level.value(key) is not None), None)
        if said is not None:
            source = "" if said is chain[0] else said.name
            yield Explained(f"settings.{key}", said.value(key), source, said.place(origins, key))
    if section == "users":
        for word, (granting, name) in grants(system, user):
            place = origins.at(granting, name, "permissions")
            own = granting == "users"
            source = "" if own else f"{KINDS[granting]} {name}"
            yield Explained(f"permission {word}", True, source, place)


def _place(at: SourceRange | None) -> dict[str, Any]:
    return {"file": at.file if at else None, "line": at.line if at else None}


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _said(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(_said, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}s"
    return "none" if value is None else str(value)


def _from(value: Explained) -> str:
    return "  ".join(part for part in (value.source, str(value.at or "")) if part)
