"""Compile: a validated `System` becomes `Desired`, everything that should run, as flat resources.

Pure: no clock, no I/O, no secret. Two trees that mean the same compile to equal resources. The
compiler remembers its last result and makes anew only what a change can have touched, because a
commit of one line on a system of 10,000 users should not cost 10,000 users.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from operator import eq
from typing import Any, Literal

from pydantic import BaseModel

from renderers.devices import (
    Device,
    DeviceCompiler,
    DeviceFile,
    Families,
    Placeholders,
    render,
)
from schema.change import changed, same_inheritance
from schema.dialplan.compile import TableCompiler
from schema.dialplan.table import RouteTable
from schema.models import Phone, System
from schema.origins import Origins
from schema.settings import permissions_of

Kind = Literal["policy", "node", "account", "gateway", "schedule", "rule", "order", "profile"]
Key = tuple[str, str]
"""Kind and id of a resource."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One thing that runs. `payload` is plain data that compares; it never holds a secret."""

    kind: Kind
    id: str
    payload: Mapping[str, Any]
    origin: tuple[str, ...]
    """Path of the tree's entry that it is made from, such as ("users", "alice")."""


@dataclass(frozen=True, slots=True)
class Desired:
    """All that should run for one revision, as resources and as what the services read."""

    system: System
    table: RouteTable
    devices: Mapping[str, Device]
    """The files of each phone, by MAC address."""
    resources: Mapping[Key, Resource]


@dataclass(frozen=True, slots=True)
class LinesOfUsers:
    """The phones on which each user has a line, and the phones that this was read from."""

    devices: Mapping[str, tuple[str, ...]]
    """User to MAC addresses, in the order of the tree."""
    phones: Mapping[str, Phone]


@dataclass(slots=True)
class Compiler:
    """Compiles one system after another; each result is complete, however little was made anew."""

    families: Families
    _profiles: DeviceCompiler = field(init=False)
    _tables: TableCompiler = field(default_factory=TableCompiler)
    _last: Desired | None = None
    _accounts: dict[Key, Resource] = field(default_factory=dict)
    _files: dict[Key, Resource] = field(default_factory=dict)
    _lines: LinesOfUsers = field(default_factory=lambda: LinesOfUsers({}, {}))

    def __post_init__(self) -> None:
        self._profiles = DeviceCompiler(self.families)

    def compile(self, system: System, origins: Origins | None = None) -> Desired:
        """Everything that should run for `system`."""
        self._update_accounts(system)
        self._update_files(system)
        shared: dict[Key, Resource] = {(made.kind, made.id): made for made in _shared(system)}
        resources: dict[Key, Resource] = {**shared, **self._accounts, **self._files}
        table = self._tables.compile(system, origins)
        self._last = Desired(system, table, self._profiles.devices(system), resources)
        return self._last

    def _update_accounts(self, system: System) -> None:
        """Make the accounts anew that a change can have touched, in the order of the tree."""
        last = self._last.system if self._last is not None else None
        lines = lines_of_users(system, self._lines)
        if last is None or not same_inheritance(last, system):
            stale: Iterable[str] = system.users
        else:
            stale = changed(last.users, system.users)
            stale = {*stale, *changed(self._lines.devices, lines.devices)}
        self._lines = lines
        for user in stale:
            if user in system.users:
                payload = _account(system, user, lines.devices.get(user, ()))
                self._accounts["account", user] = Resource(
                    "account", user, payload, ("users", user)
                )
        self._accounts = _in_order(self._accounts, "account", system.users)

    def _update_files(self, system: System) -> None:
        """A file that would read the same as last time keeps its resource."""
        files = self._profiles.files(system)
        for path in [
            path
            for path, file in files.items()
            if (known := self._files.get(("profile", path))) is None
            or known.payload["file"] is not file
        ]:
            file, known = files[path], self._files.get(("profile", path))
            if known is None or not _reads_the_same(known.payload["file"], file):
                resource = Resource("profile", path, {"file": file}, ("phones", file.phone))
                self._files["profile", path] = resource
        self._files = _in_order(self._files, "profile", files)


def _in_order(
    resources: dict[Key, Resource], kind: Kind, wanted: Mapping[str, object]
) -> dict[Key, Resource]:
    """Only the wanted resources, in that order: the result of a change is that of a fresh start."""
    keys = [(kind, name) for name in wanted]
    if len(resources) == len(keys) and all(map(eq, resources, keys)):
        return resources
    return {key: resources[key] for key in keys}


def _reads_the_same(old: DeviceFile, new: DeviceFile) -> bool:
    """By what the template is told, and last by the bytes with stand-in secrets."""
    if old == new:
        return True
    return render(old, Placeholders()) == render(new, Placeholders())


def lines_of_users(system: System, last: LinesOfUsers) -> LinesOfUsers:
    """Read the lines of all phones, or keep `last` when no phone's lines are others than then."""
    stale = changed(last.phones, system.phones)
    if last.phones.keys() == system.phones.keys() and all(
        last.phones[mac].lines == system.phones[mac].lines for mac in stale
    ):
        return LinesOfUsers(last.devices, system.phones)
    return LinesOfUsers(devices_of_users(system), system.phones)


def devices_of_users(system: System) -> dict[str, tuple[str, ...]]:
    """The phones on which each user has a line, as MAC addresses."""
    found: dict[str, tuple[str, ...]] = {}
    for mac, phone in system.phones.items():
        for user in dict.fromkeys(phone.lines):
            found[user] = (*found.get(user, ()), mac)
    return found


def _account(system: System, user: str, devices: tuple[str, ...]) -> dict[str, Any]:
    entry = system.users[user]
    return {
        "name": entry.name,
        "extension": entry.extension,
        "did": list(entry.dids),
        "aliases": list(entry.aliases),
        "permissions": sorted(permissions_of(system, user)),
        "forward": [forward.model_dump() for forward in entry.forward],
        "caller_id": entry.caller_id,
        "enabled": entry.enabled,
        "devices": list(devices),
        "credential_epoch": entry.credential_epoch,
    }


def _shared(system: System) -> Iterator[Resource]:
    """What is not per user or phone: policy, nodes, gateways, schedules, the dial plan."""
    yield Resource("policy", "system", _dump(system.system), ("system",))
    for kind, section, entries in (
        ("node", "nodes", system.nodes),
        ("gateway", "gateways", system.gateways),
        ("schedule", "schedules", system.schedules),
    ):
        for name, entry in entries.items():
            yield Resource(kind, name, _dump(entry), (section, name))  # type: ignore[arg-type]
    for rule in system.dialplan:
        yield Resource("rule", rule.rule, _dump(rule), ("dialplan", rule.rule))
    order = [rule.rule for rule in system.dialplan]
    yield Resource("order", "dialplan", {"rules": order}, ("dialplan",))


def _dump(entry: BaseModel) -> dict[str, Any]:
    return entry.model_dump(exclude_none=True, by_alias=True)
