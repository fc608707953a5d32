"""A small system with one of each: what a dial plan can hold and reach."""

from collections.abc import Callable
from typing import Any

import pytest

from schema.models import (
    Forward,
    Gateway,
    Group,
    Rule,
    Schedule,
    Site,
    System,
    SystemSettings,
    User,
)


@pytest.fixture
def office() -> System:
    """alice may dial everywhere but abroad, bob inside only, carol is disabled."""
    return System(
        system=SystemSettings(domain="example.test", timezone="America/New_York"),
        nodes={},
        sites={"hq": Site(permissions=("local",)), "lab": Site()},
        groups={"sales": Group(permissions=("long_distance",))},
        users={
            "alice": User(
                name="Alice", extension="201", did=("+12125550201", "+12125550299"),
                aliases=("reception",), groups=("sales",), site="hq",
            ),
            "bob": User(name="Bob", extension="202", site="lab"),
            "carol": User(name="Carol", extension="203", enabled=False, permissions=("local",)),
            "dave": User(
                name="Dave", extension="911", did="+12125550204", caller_id="+12125550100",
                permissions=("local", "international"),
            ),
        },
        phones={},
        gateways={
            "pstn": Gateway(address="192.0.2.10"),
            "backup": Gateway(address="192.0.2.11", caller_id="+12125550000", answer_within="2s"),
            "closed": Gateway(address="192.0.2.12", enabled=False),
        },
        schedules={"office_hours": Schedule(weekly=("mon-fri 09:00-17:30",))},
        dialplan=(
            Rule(
                rule="emergency", type="emergency", match=("911", "9911"), dial="911",
                via=("closed", "pstn", "backup"), when="office_hours", allow=("local",),
            ),
            Rule(rule="desk", type="internal", match="0", dial="201"),
            Rule(rule="by-eight", type="internal", match="8XXX", strip=1),
            Rule(
                rule="local", type="local", match="9NXXXXXX", strip=1, prepend="+1212",
                via=("pstn", "closed", "backup"), when="office_hours",
            ),
            Rule(rule="off", type="local", match="9.", via=("pstn",), enabled=False),
            Rule(
                rule="evening", type="long_distance", match="9NXXXXXX", strip=1, prepend="+1212",
                via=("backup",),
            ),
            Rule(
                rule="abroad", type="international", match="9011.", strip=4, prepend="+",
                via=("pstn",), allow=("international", "local"),
            ),
            Rule(rule="dead-end", type="local", match="7.", via=("closed",)),
            Rule(rule="nothing", type="local", match="66", strip=2, via=("pstn",)),
            Rule(rule="outside", type="local", match="+1NXXNXXXXXX", via=("pstn", "backup")),
        ),
    )  # fmt: skip


@pytest.fixture
def with_forwards(office: System) -> Callable[..., System]:
    """The office with forwardings: `with_forwards(alice=[{"to": "202", "after": "20s"}])`."""

    def build(**forwards: list[dict[str, Any]]) -> System:
        users = dict(office.users)
        for id_, entries in forwards.items():
            given = tuple(Forward(**entry) for entry in entries)
            users[id_] = users[id_].model_copy(update={"forward": given})
        return System(
            **{name: getattr(office, name) for name in System.__slots__} | {"users": users}
        )

    return build
