"""The route table as JSON and back, so that any process can load one. Standard library only."""

from collections.abc import Mapping
from typing import Any

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
from schema.dialplan.schedule import Hours, Timetable
from schema.dialplan.table import RouteTable

_FIELDS = (
    "rules", "users", "numbers", "gateways", "schedules", "numbering", "timezone", "sites",
    "hunt_groups", "group_numbers", "inward",
)  # fmt: skip


def to_json(table: RouteTable) -> dict[str, Any]:
    """Plain dictionaries, lists, texts, numbers; equal tables give equal results."""
    return {name: _plain(getattr(table, name)) for name in _FIELDS}


def _plain(value: Any) -> Any:
    if hasattr(value, "_asdict"):
        return {name: _plain(item) for name, item in value._asdict().items()}
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, frozenset):
        return sorted(value)
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def from_json(data: Mapping[str, Any]) -> RouteTable:
    """The inverse of `to_json`. KeyError, TypeError or ValueError for anything else."""
    return RouteTable(
        rules=tuple(_rule(rule) for rule in data["rules"]),
        users={id_: _user(user) for id_, user in data["users"].items()},
        numbers=dict(data["numbers"]),
        gateways={id_: _gateway(gateway) for id_, gateway in data["gateways"].items()},
        schedules={id_: _timetable(each) for id_, each in data["schedules"].items()},
        numbering=_numbering(data["numbering"]),
        timezone=data["timezone"],
        sites={id_: _site(site) for id_, site in data["sites"].items()},
        hunt_groups={id_: _hunt_group(group) for id_, group in data["hunt_groups"].items()},
        group_numbers=dict(data["group_numbers"]),
        inward=Inward(**_tuples(data["inward"])),
    )


def _tuples(data: Mapping[str, Any]) -> dict[str, Any]:
    """Lists as the tuples that they were; what is in them stays as it is."""
    return {k: tuple(v) if isinstance(v, list) else v for k, v in data.items()}


def _place(data: Mapping[str, Any] | None) -> Place | None:
    return None if data is None else Place(**data)


def _rule(data: Mapping[str, Any]) -> RuleEntry:
    return RuleEntry(**_tuples(data) | {"to": _place(data["to"])})


def _user(data: Mapping[str, Any]) -> UserEntry:
    forwards = tuple(ForwardEntry(**forward) for forward in data["forwards"])
    permissions = frozenset(data["permissions"])
    return UserEntry(**_tuples(data) | {"forwards": forwards, "permissions": permissions})


def _hunt_group(data: Mapping[str, Any]) -> HuntGroupEntry:
    made = {"fallback": _place(data["fallback"]), "caller": _user(data["caller"])}
    return HuntGroupEntry(**_tuples(data) | made)


def _gateway(data: Mapping[str, Any]) -> GatewayEntry:
    made: dict[str, Any] = {"fallback": _place(data["fallback"])}
    if data["fails_on"] is not None:
        made["fails_on"] = tuple((low, high) for low, high in data["fails_on"])
    return GatewayEntry(**_tuples(data) | made)


def _site(data: Mapping[str, Any]) -> SiteEntry:
    return SiteEntry(data["timezone"], _numbering(data["numbering"]), data["callback"])


def _numbering(data: Mapping[str, Any]) -> Numbering:
    return Numbering(**_tuples(data))


def _timetable(data: Mapping[str, Any]) -> Timetable:
    return Timetable(
        data["timezone"],
        tuple(tuple(Hours(*hours.values()) for hours in day) for day in data["week"]),
        {day: tuple(Hours(*h.values()) for h in hours) for day, hours in data["dates"].items()},
        frozenset(data["closed"]),
    )
