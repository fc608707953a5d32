"""Compile: a validated `System` becomes `Desired`, everything that should run, as flat resources.

Pure: no clock, no I/O, no secret. Two trees that mean the same compile to equal resources. The
compiler remembers its last result and makes anew only what a change can have touched, because a
commit of one line on a system of 10,000 users should not cost 10,000 users.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from pydantic import BaseModel

from renderers.devices import (
    Device,
    DeviceCompiler,
    DeviceFile,
    Families,
    Placeholders,
    render,
)
from schema.dialplan.compile import compile_table
from schema.dialplan.table import RouteTable
from schema.models import System
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


class Located(Protocol):
    """What `compile_table` asks of the origins: where a rule stands."""

    def at(self, section: str, entry: str, *path: str) -> Any: ...


@dataclass(slots=True)
class Compiler:
    """Compiles one system after another; each result is complete, however little was made anew."""

    families: Families
    _profiles: DeviceCompiler = field(init=False)
    _last: Desired | None = None
    _devices: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._profiles = DeviceCompiler(self.families)

    def compile(self, system: System, origins: Located | None = None) -> Desired:
        """Everything that should run for `system`."""
        resources: dict[Key, Resource] = {}
        files = self._files(self._profiles.files(system))
        for resource in (*_shared(system), *self._accounts(system), *files):
            resources[resource.kind, resource.id] = resource
        table = compile_table(system, origins)
        self._last = Desired(system, table, self._profiles.devices(system), resources)
        return self._last

    def _accounts(self, system: System) -> Iterable[Resource]:
        devices = devices_of_users(system)
        last = self._last
        reusable = last is not None and _same_levels(last.system, system)
        for user in system.users:
            mine = devices.get(user, ())
            if (
                reusable
                and last is not None
                and last.system.users.get(user) is system.users[user]
                and self._devices.get(user, ()) == mine
            ):
                yield last.resources["account", user]
            else:
                yield Resource("account", user, _account(system, user, mine), ("users", user))
        self._devices = devices

    def _files(self, files: Mapping[str, DeviceFile]) -> Iterator[Resource]:
        """A file that would read the same as last time keeps its resource."""
        last = self._last.resources if self._last is not None else {}
        for path, file in files.items():
            known = last.get(("profile", path))
            if known is not None and _reads_the_same(known.payload["file"], file):
                yield known
            else:
                yield Resource("profile", path, {"file": file}, ("phones", file.phone))


def _reads_the_same(old: DeviceFile, new: DeviceFile) -> bool:
    """By identity, by what the template is told, and last by the bytes with stand-in secrets."""
    if old is new or old == new:
        return True
    return render(old, Placeholders()) == render(new, Placeholders())


def devices_of_users(system: System) -> dict[str, tuple[str, ...]]:
    """The phones on which each user has a line, as MAC addresses."""
    found: dict[str, tuple[str, ...]] = {}
    for mac, phone in system.phones.items():
        for user in dict.fromkeys(phone.lines):
            found[user] = (*found.get(user, ()), mac)
    return found


def _same_levels(old: System, new: System) -> bool:
    """Whether everything that users inherit from is unchanged."""
    return (
        old.system is new.system
        and _same_entries(old.groups, new.groups)
        and _same_entries(old.sites, new.sites)
    )


def _same_entries(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    return old.keys() == new.keys() and all(old[name] is entry for name, entry in new.items())


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
