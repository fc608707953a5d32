"""A validated tree becomes the route table. Pure; the one module here that knows the models."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from phonenumbers import PhoneMetadata

from schema.change import changed, same_inheritance
from schema.dialplan.schedule import Timetable, timetable
from schema.dialplan.table import (
    ForwardEntry,
    GatewayEntry,
    Numbering,
    RouteTable,
    RuleEntry,
    UserEntry,
)
from schema.models import Gateway, Rule, Schedule, System, User
from schema.settings import permissions_of


class Position(Protocol):
    """Where something stands in the tree."""

    @property
    def file(self) -> str: ...
    @property
    def line(self) -> int: ...


class Origins(Protocol):
    """Where the rules stand. Without it a trace names rules, but no file and line."""

    def at(self, section: str, id_: str, /) -> Position | None:
        """The position of one entry."""


def compile_table(system: System, origins: Origins | None = None) -> RouteTable:
    """The route table of a valid tree: same tree, same table. See `TableCompiler.compile`."""
    return TableCompiler().compile(system, origins)


@dataclass(slots=True)
class TableCompiler:
    """Compiles one system after another; users that did not change keep what was made of them."""

    _system: System | None = None
    _users: dict[str, UserEntry] = field(default_factory=dict)
    _numbers: dict[str, str] = field(default_factory=dict)

    def compile(self, system: System, origins: Origins | None = None) -> RouteTable:
        """The route table of a valid tree.

        Raises PatternError or ScheduleError for texts that validation would have refused.
        """
        self._update(system)
        return RouteTable(
            rules=tuple(_rule(rule, origins) for rule in system.dialplan),
            users=self._users,
            numbers=self._numbers,
            gateways={id_: _gateway(gateway) for id_, gateway in system.gateways.items()},
            schedules=_schedules(system),
            numbering=_numbering(system.system.region),
        )

    def _update(self, system: System) -> None:
        """Never changes a mapping that a table was given."""
        last, self._system = self._system, system
        if (
            last is None
            or not same_inheritance(last, system)
            or list(last.users) != list(system.users)
        ):
            self._users, self._numbers = _users(system), _numbers(system.users)
            return
        stale = changed(last.users, system.users)
        if stale:
            users = {name: system.users[name] for name in stale}
            self._users = {**self._users, **_users(replace(system, users=users))}
        if any(_names(last.users[name]) != _names(system.users[name]) for name in stale):
            self._numbers = _numbers(system.users)


def _names(user: User) -> tuple[object, ...]:
    """What the numbers of a user are made of."""
    return user.extension, user.dids, user.aliases


def _rule(rule: Rule, origins: Origins | None) -> RuleEntry:
    position = origins.at("dialplan", rule.rule) if origins else None
    return RuleEntry(
        name=rule.rule,
        emergency=rule.type == "emergency",
        enabled=rule.enabled,
        patterns=rule.patterns,
        strip=rule.strip,
        prepend=rule.prepend,
        dial=rule.dial,
        via=rule.via,
        permissions=rule.permissions,
        when=rule.when,
        file=position.file if position else "",
        line=position.line if position else 0,
    )


def _users(system: System) -> dict[str, UserEntry]:
    # Most users differ in nothing that permissions depend on, so their sets are shared.
    shared: dict[tuple[object, ...], frozenset[str]] = {}
    users = {}
    for id_, user in system.users.items():
        key = (user.permissions, user.groups, user.site)
        permissions = shared.get(key)
        if permissions is None:
            permissions = shared[key] = permissions_of(system, id_)
        users[id_] = _user(user, permissions)
    return users


def _user(user: User, permissions: frozenset[str]) -> UserEntry:
    dids = user.dids
    return UserEntry(
        user.enabled,
        permissions,
        user.caller_id or (dids[0] if dids else None),
        tuple([ForwardEntry(f.to, f.after, f.when) for f in user.forward]),
    )


def _numbers(users: Mapping[str, User]) -> dict[str, str]:
    """Every name and number of a user. Validation refuses two owners; here the id would win."""
    numbers: dict[str, str] = {}
    for id_, user in users.items():
        for number in (*user.dids, *user.aliases):
            numbers[number] = id_
        if user.extension is not None:
            numbers[user.extension] = id_
    numbers.update(zip(users, users, strict=True))
    return numbers


def _gateway(gateway: Gateway) -> GatewayEntry:
    return GatewayEntry(gateway.enabled, gateway.caller_id, gateway.answer_within)


def _schedules(system: System) -> dict[str, Timetable]:
    default = system.system.timezone
    return {id_: _timetable(schedule, default) for id_, schedule in system.schedules.items()}


def _timetable(schedule: Schedule, default: str) -> Timetable:
    zone = schedule.timezone or default
    return timetable(zone, schedule.weekly, schedule.dates, schedule.except_)


def _numbering(region: str) -> Numbering:
    """Prefixes of an ISO 3166 region; a region that phonenumbers does not know has none."""
    metadata = PhoneMetadata.metadata_for_region(region)
    if metadata is None:
        return Numbering("", "", "")
    international = metadata.preferred_international_prefix or metadata.international_prefix or ""
    return Numbering(
        str(metadata.country_code),
        metadata.national_prefix or "",
        international if international.isdigit() else "",  # some are expressions, not prefixes
    )
