"""A validated tree becomes the route table. Pure; the one module here that knows the models."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Protocol

from phonenumbers import PhoneMetadata
from phonenumbers import region_code_for_country_code as _main_region

from schema.change import changed, same_inheritance
from schema.dialplan.holiday import holidays_of
from schema.dialplan.numbering import Numbering
from schema.dialplan.rows import (
    ForwardEntry,
    GatewayEntry,
    HuntGroupEntry,
    Inward,
    Place,
    RuleEntry,
    SiteEntry,
    UserEntry,
)
from schema.dialplan.schedule import Timetable, timetable
from schema.dialplan.table import RouteTable
from schema.models import Destination, Gateway, HuntGroup, Rule, Schedule, Site, System, User
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
        policy = system.system
        return RouteTable(
            rules=tuple(_rule(rule, origins) for rule in system.dialplan),
            users=self._users,
            numbers=self._numbers,
            gateways={id_: _gateway(gateway) for id_, gateway in system.gateways.items()},
            schedules={id_: _timetable(each) for id_, each in system.schedules.items()},
            numbering=numbering(policy.region),
            timezone=policy.timezone,
            sites={id_: _site(site, system) for id_, site in system.sites.items()},
            hunt_groups={id_: _hunt_group(group) for id_, group in system.hunt_groups.items()},
            group_numbers=_numbers(system.hunt_groups),
            inward=Inward(policy.inbound.block, policy.inbound.anonymous),
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
        type=rule.type,
        enabled=rule.enabled,
        patterns=rule.patterns,
        strip=rule.strip,
        prepend=rule.prepend,
        dial=rule.dial,
        e164=rule.e164,
        via=rule.via,
        balance=rule.balance,
        to=_place(rule.to),
        sources=rule.from_,
        permissions=rule.permissions,
        when=rule.when,
        file=position.file if position else "",
        line=position.line if position else 0,
    )


def _place(destination: Destination | None) -> Place | None:
    return None if destination is None else Place(destination.kind, destination.name)


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
        user.site,
        user.groups,
        user.extension,
        user.do_not_disturb,
        user.block,
        user.anonymous,
    )


def _numbers(entries: Mapping[str, User] | Mapping[str, HuntGroup]) -> dict[str, str]:
    """Every name and number of users or hunt groups. Validation refuses two owners; here the id
    would win."""
    numbers: dict[str, str] = {}
    for id_, entry in entries.items():
        for number in (*entry.dids, *entry.aliases):
            numbers[number] = id_
        if entry.extension is not None:
            numbers[entry.extension] = id_
    numbers.update(zip(entries, entries, strict=True))
    return numbers


def _hunt_group(group: HuntGroup) -> HuntGroupEntry:
    dids = group.dids
    caller = UserEntry(
        enabled=True,
        permissions=frozenset(group.permissions),
        caller_id=dids[0] if dids else None,
        site=group.site,
        extension=group.extension,
    )
    return HuntGroupEntry(
        group.enabled, group.members, group.strategy, group.ring, group.timeout,
        _place(group.fallback), group.when, caller,
    )  # fmt: skip


def _gateway(gateway: Gateway) -> GatewayEntry:
    made = gateway.caller_id_from_extension
    inbound = gateway.inbound
    return GatewayEntry(
        enabled=gateway.enabled,
        caller_id=gateway.caller_id,
        answer_within=gateway.answer_within,
        site=gateway.site,
        show=gateway.show,
        from_extension=None if made is None else (made.prepend, made.keep or 0),
        prefix=gateway.prefix,
        fails_on=None if gateway.failover_on is None else statuses(gateway.failover_on),
        weight=gateway.weight,
        channels=gateway.max_channels,
        emergency=gateway.emergency,
        dids=inbound.dids,
        fallback=_place(inbound.fallback),
        block=inbound.block,
        anonymous=inbound.anonymous,
    )


def statuses(texts: Iterable[str]) -> tuple[tuple[int, int], ...]:
    """SIP statuses as ranges: "503", "5xx", "400-410"; a class before a dash begins at its 00."""
    ranges = []
    for text in texts:
        first, dash, last = text.partition("-")
        low = int(first.replace("xx", "00"))
        high = int(last) if dash else int(first.replace("xx", "99"))
        ranges.append((low, high))
    return tuple(sorted(ranges))


def _timetable(schedule: Schedule) -> Timetable:
    off = schedule.holidays
    days = holidays_of(off.region, off.subdivision) if off is not None else ()
    zone = schedule.timezone or ""
    return timetable(zone, schedule.weekly, schedule.dates, (*schedule.except_, *days))


def _site(site: Site, system: System) -> SiteEntry:
    policy = system.system
    region = site.region or policy.region
    zone = site.timezone or site.settings.timezone or policy.timezone
    return SiteEntry(zone, numbering(region, site.area_code or ""), site.emergency_callback)


@lru_cache(maxsize=1024)
def numbering(region: str, area_code: str = "") -> Numbering:
    """How an ISO 3166 region writes numbers; one that nobody knows has no prefixes."""
    metadata = PhoneMetadata.metadata_for_region(region)
    if metadata is None:
        return Numbering("", "", "", area_code)
    international = metadata.preferred_international_prefix or metadata.international_prefix or ""
    international = international.replace("~", "")  # where one waits for a tone
    main = PhoneMetadata.metadata_for_region(_main_region(metadata.country_code or 0))
    general = main.general_desc if main else None
    # Where all numbers of the country code have one length, a shorter one is local: seven digits
    # in North America. Elsewhere whatever has no trunk prefix is.
    fixed = general is not None and len(general.possible_length) == 1
    local = tuple(general.possible_length_local_only) if fixed and general is not None else ()
    prefix = metadata.national_prefix or ""
    return Numbering(
        str(metadata.country_code),
        prefix,
        international if international.isdigit() else "",  # some are expressions, not prefixes
        area_code if prefix or local else "",  # with neither, all numbers are dialled whole
        local,
    )
