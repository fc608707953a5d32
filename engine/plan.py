"""Diff: what a change does, as data. Text, JSON and Markdown are views of it (plan_views).

Pure. A plan compares two `Desired`; it knows nothing of how it will be applied. It holds no
secret because no resource does.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, Protocol

from engine.desired import Desired, Resource
from engine.limits import exceeded
from renderers.devices import DeviceFile
from schema.change import changed
from schema.managed import ManagedGateway, Provisioned, provisioned
from schema.meaning.meaning import Meaning
from schema.models import System

Action = Literal["create", "update", "delete"]


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One value inside a resource. None: absent on that side."""

    path: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Origin:
    """Where in the tree the change was made; line and column count from 1."""

    file: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Change:
    """One resource that will be made, changed or removed."""

    action: Action
    kind: str
    id: str
    reason: str
    origin: Origin | None
    fields: tuple[FieldChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """All changes between what runs and what is wanted."""

    changes: tuple[Change, ...]
    unsafe: tuple[str, ...] = ()
    """Safety limits that the plan exceeds, in words; it is applied only when forced."""
    refused: tuple[str, ...] = ()
    """What is never applied, forced or not, in words."""
    meaning: Meaning | None = None
    """What becomes of calls, where somebody asked for it (engine.workbench) and something ran."""

    def count(self) -> Counter[tuple[str, Action]]:
        """How many resources of each kind are created, updated, deleted."""
        return Counter((change.kind, change.action) for change in self.changes)

    def phones(self) -> tuple[str, ...]:
        """MAC addresses of the phones that get another profile (or their first)."""
        found = (
            change.id.split("/")[1]
            for change in self.changes
            if change.id.startswith("devices/")
            and change.kind == "profile"
            and change.action != "delete"
        )
        return tuple(dict.fromkeys(found))


class SourceRange(Protocol):
    """A place in the tree, as the origins know it."""

    @property
    def file(self) -> str: ...
    @property
    def line(self) -> int: ...
    @property
    def column(self) -> int: ...


class Origins(Protocol):
    """Finds where an entry of a tree stands."""

    def at(self, section: str, entry: str, *path: str) -> SourceRange | None: ...


def diff(
    old: Desired | None,
    new: Desired,
    *,
    old_origins: Origins | None = None,
    new_origins: Origins | None = None,
) -> Plan:
    """The plan that leads from `old` (None: nothing runs) to `new`."""
    changes = tuple(_changes(old, new, old_origins, new_origins))
    if old is None:
        return Plan(changes)
    unsafe = tuple(exceeded(old.system, new.system))
    return Plan(changes, unsafe, tuple(_refused(old.system, new.system)))


def _changes(
    old: Desired | None,
    new: Desired,
    old_origins: Origins | None,
    new_origins: Origins | None,
) -> Iterator[Change]:
    for kind, wanted in new.resources.items():
        before = old.resources[kind] if old is not None else {}
        for name in changed(before, wanted):
            known, resource = before.get(name), wanted.get(name)
            if known is None and resource is not None:
                origin = _origin(new_origins, resource.origin)
                yield Change("create", kind, name, "new", origin)
            elif known is not None and resource is None:
                origin = _origin(old_origins, known.origin)
                yield Change("delete", kind, name, "no longer wanted", origin)
            elif (
                old is not None
                and known is not None
                and resource is not None
                and (fields := tuple(_fields(_plain(known), _plain(resource))))
            ):
                yield _updated(old.system, new.system, resource, fields, new_origins)


def _updated(
    old: System,
    new: System,
    resource: Resource,
    fields: tuple[FieldChange, ...],
    origins: Origins | None,
) -> Change:
    """A profile changes because something that it shows did; all else because of itself."""
    reason = "changed: " + ", ".join(dict.fromkeys(field.path for field in fields))
    origin = _origin(origins, resource.origin, fields[0].path)
    if resource.kind == "profile" and resource.origin[0] == "phones":
        cause = next(_causes(old, new, resource.origin[1]), resource.origin)
        reason = f"{'/'.join(cause)} changed"
        origin = _origin(origins, cause)
    return Change("update", resource.kind, resource.id, reason, origin, fields)


def _causes(old: System, new: System, mac: str) -> Iterator[tuple[str, ...]]:
    """Entries behind a phone's profile that are not the same as before, nearest first."""
    phone = new.phones[mac]
    users = dict.fromkeys((*phone.lines, *(key.blf for key in phone.keys if key.blf)))
    groups = dict.fromkeys(group for user in users for group in new.users[user].groups)
    sites = [site for site in (phone.site, new.users[phone.lines[0]].site) if site]
    for section, names in (
        ("phones", (mac,)),
        ("users", users),
        ("groups", groups),
        ("sites", sites),
        ("phonebooks", new.phonebooks),
        ("nodes", new.nodes),
    ):
        before, after = getattr(old, section), getattr(new, section)
        yield from ((section, name) for name in names if before.get(name) != after[name])
    yield ("system",)


def _origin(origins: Origins | None, entry: tuple[str, ...], field: str = "") -> Origin | None:
    """The position of the field that changed, else that of the entry."""
    if origins is None or len(entry) < 2:
        return None
    found = origins.at(entry[0], entry[1], *field.split(".")) if field else None
    found = found or origins.at(entry[0], entry[1])
    return Origin(found.file, found.line, found.column) if found is not None else None


def _plain(resource: Resource) -> Mapping[str, Any]:
    """The payload as nested dictionaries; a device file stands for what its template is told."""
    file = resource.payload.get("file")
    return asdict(file.context) if isinstance(file, DeviceFile) else resource.payload


def _fields(
    old: Mapping[str, Any], new: Mapping[str, Any], prefix: str = ""
) -> Iterator[FieldChange]:
    for name in dict.fromkeys((*old, *new)):
        before, after = old.get(name), new.get(name)
        if before is after or before == after:
            continue
        path = f"{prefix}{name}"
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            yield from _fields(before, after, f"{path}.")
        elif before and after and _are_lists(before, after):
            yield from _fields(_numbered(before), _numbered(after), f"{path}.")
        else:
            yield FieldChange(path, before, after)


def _are_lists(*values: object) -> bool:
    """Lists of structures are compared item by item, lists of words as a whole."""
    return all(
        isinstance(value, list | tuple) and value and isinstance(value[0], Mapping)
        for value in values
    )


def _numbered(items: Sequence[Any]) -> dict[str, Any]:
    return {str(number): item for number, item in enumerate(items, 1)}


def _refused(old: System, new: System) -> Iterator[str]:
    """A lower epoch would bring a password back that was rotated away for a reason."""
    before, after = provisioned(old), provisioned(new)
    lowered = [
        *(
            ("users", user, old.users[user], new.users[user])
            for user in _both(old.users, new.users)
        ),
        *((*_named(after[mac], mac), before[mac], after[mac]) for mac in _both(before, after)),
    ]
    for section, name, was, now in lowered:
        if now.credential_epoch < was.credential_epoch:
            yield (
                f"{section}/{name} lowers credential_epoch from {was.credential_epoch} to "
                f"{now.credential_epoch}: old passwords would work again"
            )


def _both(old: Mapping[str, object], new: Mapping[str, object]) -> list[str]:
    """What changed and is in both, in one order."""
    return sorted(name for name in changed(old, new) if name in old and name in new)


def _named(device: Provisioned, mac: str) -> tuple[str, str]:
    """Section and id of what has a MAC address."""
    return ("gateways", device.name) if isinstance(device, ManagedGateway) else ("phones", mac)
