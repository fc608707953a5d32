"""Compile: a validated `System` becomes `Desired`, everything that should run, as flat resources.

Pure: no clock, no I/O, no secret. Two trees that mean the same compile to equal resources. The
compiler remembers its last result and makes anew only what a change can have touched, because a
commit of one line on a system of 10,000 users should not cost 10,000 users.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel

from renderers.devices import (
    BookCompiler,
    BookContext,
    Books,
    Device,
    DeviceCompiler,
    DeviceContext,
    DeviceFile,
    Families,
    Placeholders,
    SharedContext,
    render,
)
from schema.change import changed, same_inheritance
from schema.dialplan.compile import TableCompiler
from schema.dialplan.table import RouteTable
from schema.models import Phone, System
from schema.origins import Origins
from schema.settings import permissions_of

Kind = Literal[
    "policy", "node", "site", "account", "hunt_group", "gateway", "schedule", "rule", "order",
    "proof", "phonebook", "profile",
]  # fmt: skip
Resources = Mapping[str, "Resource"]
"""Resources of one kind by id, in the order of the tree. What did not change between two systems
is the same object: the mapping, or else the resource in it."""


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
    lines: Mapping[str, tuple[str, ...]]
    """The phones on which each user has a line, as MAC addresses."""
    resources: Mapping[Kind, Resources]
    families: Families
    """The device families that the phones may be of."""
    books: Books
    """What phonebooks list."""


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
    _books: BookCompiler = field(default_factory=BookCompiler)
    _last: Desired | None = None
    _accounts: Resources = field(default_factory=dict)
    _files: Resources = field(default_factory=dict)
    _listed: Resources = field(default_factory=dict)
    _lines: LinesOfUsers = field(default_factory=lambda: LinesOfUsers({}, {}))

    def __post_init__(self) -> None:
        self._profiles = DeviceCompiler(self.families)

    def compile(
        self, system: System, origins: Origins | None = None, families: Families | None = None
    ) -> Desired:
        """Everything that should run for `system`; with other `families`, from now on those."""
        if families is not None and families is not self.families:
            self.families, self._profiles = families, DeviceCompiler(families)
        self._update_accounts(system)
        self._update_files(self._profiles.files(system))
        books = self._books.books(system)
        self._update_books(books)
        resources: dict[Kind, Resources] = {
            **_shared(system),
            "account": self._accounts,
            "phonebook": self._listed,
            "profile": self._files,
        }
        table = self._tables.compile(system, origins)
        devices = self._profiles.devices(system)
        self._last = Desired(
            system, table, devices, self._lines.devices, resources, self.families, books
        )
        return self._last

    def _update_accounts(self, system: System) -> None:
        """Make the accounts anew that a change can have touched."""
        last = self._last.system if self._last is not None else None
        lines = lines_of_users(system, self._lines)
        stale = set(system.users)
        if last is not None and same_inheritance(last, system):
            stale = {
                *changed(last.users, system.users),
                *changed(self._lines.devices, lines.devices),
            }
        self._lines = lines
        made = {
            user: _account(system, user, lines.devices.get(user, ()))
            for user in stale
            if user in system.users
        }
        self._accounts = _updated(self._accounts, made, system.users)

    def _update_files(self, files: Mapping[str, DeviceFile]) -> None:
        """A file that would read the same as last time keeps its resource."""
        known = {path: resource.payload["file"] for path, resource in self._files.items()}
        made = {
            path: Resource("profile", path, {"file": file}, _entry(file))
            for path in changed(known, files)
            if (file := files.get(path)) is not None
            and (path not in known or not _reads_the_same(known[path], file))
        }
        self._files = _updated(self._files, made, files)

    def _update_books(self, books: Books) -> None:
        """A phonebook that lists the same keeps its resource."""
        last = self._last.books.single if self._last is not None else {}
        made = {
            id_: _phonebook(id_, contents)
            for id_ in changed(last, books.single)
            if (contents := books.single.get(id_)) is not None
        }
        self._listed = _updated(self._listed, made, books.single)


def _phonebook(id_: str, contents: BookContext) -> Resource:
    """By name, so that a plan says whose number is another."""
    entries: dict[str, list[str]] = {}
    for card in contents.entries:
        entries.setdefault(card.name, []).extend(one.number for one in card.numbers)
    return Resource(
        "phonebook", id_, {"name": contents.name, "entries": entries}, ("phonebooks", id_)
    )


def _entry(file: DeviceFile) -> tuple[str, ...]:
    """What a file is made from, first of all. One that phones share is made from their site."""
    if isinstance(file.context, DeviceContext) and file.context.gateway is not None:
        return ("gateways", file.context.gateway)
    if file.phone:
        return ("phones", file.phone)
    site = file.context.site if isinstance(file.context, SharedContext) else None
    return ("sites", site) if site is not None else ("system",)


def _updated(old: Resources, made: Resources, wanted: Mapping[str, object]) -> Resources:
    """`old` with what was made anew, in the order of `wanted`: that of a fresh start."""
    if not made and list(old) == list(wanted):
        return old
    resources = {**old, **made}
    if list(resources) == list(wanted):
        return resources
    return {name: resources[name] for name in wanted}


def _reads_the_same(old: DeviceFile, new: DeviceFile) -> bool:
    """By what the template is told, and last by the bytes with stand-in secrets."""
    if old == new:
        return True
    return render(old, Placeholders()) == render(new, Placeholders())


def lines_of_users(system: System, last: LinesOfUsers) -> LinesOfUsers:
    """Read the lines of all phones, or keep `last` when no phone's lines are others than then."""
    stale = changed(last.phones, system.phones)
    if list(last.phones) == list(system.phones) and all(
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


def _account(system: System, user: str, devices: tuple[str, ...]) -> Resource:
    entry = system.users[user]
    payload = {
        "name": entry.name,
        "extension": entry.extension,
        "did": list(entry.dids),
        "aliases": list(entry.aliases),
        "permissions": sorted(permissions_of(system, user)),
        "forward": [forward.model_dump() for forward in entry.forward],
        "caller_id": entry.caller_id,
        "site": entry.site,
        "do_not_disturb": entry.do_not_disturb,
        "block": list(entry.block),
        "anonymous": entry.anonymous,
        "enabled": entry.enabled,
        "devices": list(devices),
        "credential_epoch": entry.credential_epoch,
    }
    return Resource("account", user, payload, ("users", user))


def _shared(system: System) -> dict[Kind, Resources]:
    """What is not per user or phone: policy, sites, gateways, the dial plan and so on."""
    order = {"rules": [rule.rule for rule in system.dialplan]}
    return {
        "policy": {"system": Resource("policy", "system", _dump(system.system), ("system",))},
        "node": _dumped("node", "nodes", system.nodes),
        "site": _dumped("site", "sites", system.sites),
        "hunt_group": _dumped("hunt_group", "hunt_groups", system.hunt_groups),
        "gateway": _dumped("gateway", "gateways", system.gateways),
        "schedule": _dumped("schedule", "schedules", system.schedules),
        "rule": _dumped("rule", "dialplan", {rule.rule: rule for rule in system.dialplan}),
        "proof": _dumped("proof", "prove", {proof.proof: proof for proof in system.prove}),
        "order": {"dialplan": Resource("order", "dialplan", order, ("dialplan",))},
    }


def _dumped(kind: Kind, section: str, entries: Mapping[str, BaseModel]) -> Resources:
    return {
        name: Resource(kind, name, _dump(entry), (section, name)) for name, entry in entries.items()
    }


def _dump(entry: BaseModel) -> dict[str, Any]:
    return entry.model_dump(exclude_none=True, by_alias=True)
