import json
from collections.abc import Callable

import pytest

from schema.dialplan.compile import compile_table
from schema.dialplan.numbering import Numbering
from schema.dialplan.schedule import Hours
from schema.dialplan.serial import from_json, to_json
from schema.models import Schedule, System


def test_permissions_come_from_user_groups_and_site(office: System) -> None:
    table = compile_table(office)
    assert table.users["alice"].permissions == {"local", "long_distance"}
    assert table.users["bob"].permissions == set()
    assert table.users["dave"].permissions == {"local", "international"}


def test_equal_trees_make_equal_tables(office: System) -> None:
    table = compile_table(office)
    assert table == compile_table(office)
    assert json.dumps(to_json(table)) == json.dumps(to_json(compile_table(office)))


def test_a_changed_rule_makes_another_table(office: System) -> None:
    changed = (office.dialplan[0].model_copy(update={"dial": "112"}), *office.dialplan[1:])
    fields = {name: getattr(office, name) for name in System.__slots__}
    assert compile_table(System(**fields | {"dialplan": changed})) != compile_table(office)


@pytest.mark.parametrize(
    ("patterns", "number"),
    [(("911", "9911"), "911"), (("1[19]X", "9.", "_112"), "112"), (("11X",), "")],
)
def test_the_number_for_help_is_one_that_is_written_out(
    office: System, patterns: tuple[str, ...], number: str
) -> None:
    changed = (office.dialplan[0].model_copy(update={"match": patterns}), *office.dialplan[1:])
    fields = {name: getattr(office, name) for name in System.__slots__}
    table = compile_table(System(**fields | {"dialplan": changed}))
    assert table.emergency_number() == number
    assert not number or table.is_emergency(number)


def test_a_table_survives_json(with_forwards: Callable[..., System]) -> None:
    system = with_forwards(alice=[{"to": "202", "after": "5s", "when": "office_hours"}])
    table = compile_table(system)
    loaded = from_json(json.loads(json.dumps(to_json(table))))
    assert loaded == table
    found = [each.outgoing.index.matching("95551234") for each in (loaded, table)]
    assert found[0] == found[1] != 0


@pytest.mark.parametrize("broken", [{}, {"rules": [{}]}, {"rules": 1}])
def test_other_json_is_not_a_table(broken: dict[str, object]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        from_json(broken)


def test_schedules_without_a_time_zone_leave_it_to_whoever_is_concerned(office: System) -> None:
    schedules = {
        "here": Schedule(weekly=("mon 09:00-10:00", "mon 11:00-12:00")),
        "there": Schedule(dates=("2026-12-24 09:00-10:00",), timezone="Europe/Berlin"),
    }
    fields = {name: getattr(office, name) for name in System.__slots__}
    table = compile_table(System(**fields | {"schedules": schedules}))
    compiled = table.schedules
    assert (compiled["here"].timezone, table.timezone) == ("", "America/New_York")
    assert compiled["here"].week[0] == (Hours(540, 600), Hours(660, 720))
    assert compiled["there"].timezone == "Europe/Berlin"
    assert compiled["there"].dates == {"2026-12-24": (Hours(540, 600),)}


@pytest.mark.parametrize(
    ("region", "numbering"),
    [
        ("US", Numbering("1", "1", "011", "", (7,))),
        ("DE", Numbering("49", "0", "00")),
        ("IT", Numbering("39", "", "00")),
        ("AU", Numbering("61", "0", "0011")),
        ("ZZ", Numbering("", "", "")),
    ],
)
def test_numbering_follows_the_region(office: System, region: str, numbering: Numbering) -> None:
    fields = {name: getattr(office, name) for name in System.__slots__}
    fields["system"] = office.system.model_copy(update={"region": region})
    assert compile_table(System(**fields)).numbering == numbering
