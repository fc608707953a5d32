"""What is made anew after a change is what a fresh start would make, whatever was changed."""

from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.desired import Compiler, Desired, Resource
from engine.plan import diff
from engine.services.accounts import Accounts
from renderers.devices import Families, Placeholders, render
from schema.dialplan.serial import to_json
from schema.models import (
    Forward,
    Group,
    Key,
    Phone,
    Phonebook,
    Site,
    System,
    SystemSettings,
    User,
)
from schema.models.gateway import Gateway
from schema.models.node import Node
from schema.models.rule import Rule
from schema.models.schedule import Schedule

NAMES = ["ann", "ben", "cat", "dan"]
MACS = ["0015651234a1", "0015651234a2", "64167f5678c1"]

users = st.builds(
    User,
    name=st.sampled_from(["A", "B", "C"]),
    groups=st.sampled_from([(), ("g",)]),
    site=st.sampled_from([None, "s"]),
    enabled=st.booleans(),
    credential_epoch=st.integers(1, 2),
    forward=st.sampled_from([(), (Forward.model_validate({"to": "9", "after": "0s"}),)]),
)
groups = st.builds(Group, permissions=st.sampled_from([(), ("local",)]))
books = st.sampled_from(
    [
        Phonebook.model_validate(book)
        for book in (
            {"everybody": True},
            {"everybody": True, "name": "All"},
            {"groups": ["g"], "for": ["g"]},
            {"entries": [{"name": "Out", "number": "+12125550123"}]},
        )
    ]
)
sites = st.builds(Site, permissions=st.sampled_from([(), ("mobile",)]))


@st.composite
def phones(draw: st.DrawFn, known: list[str]) -> Phone:
    keys = draw(st.lists(st.sampled_from(known), max_size=2))
    return Phone(
        model=draw(st.sampled_from(["yealink-t46g", "poly-vvx400"])),
        lines=tuple(draw(st.lists(st.sampled_from(known), min_size=1, max_size=2, unique=True))),
        keys=tuple(Key(blf=name) for name in keys),
    )


@st.composite
def systems(draw: st.DrawFn) -> System:
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
    numbers = draw(st.permutations([None, *"12345"]))
    people = {
        name: draw(users).model_copy(update={"extension": number})
        for name, number in zip(names, numbers, strict=False)
    }
    macs = draw(st.lists(st.sampled_from(MACS), unique=True))
    return System(
        system=SystemSettings(domain="example.test"),
        nodes={"pbx1": Node(address="127.0.0.1")},
        sites={"s": draw(sites)},
        groups={"g": draw(groups)},
        users=people,
        phones={mac: draw(phones(names)) for mac in macs},
        gateways={"pstn": Gateway(address="192.0.2.1")},
        schedules={"day": Schedule(weekly=("mon-fri 09:00-17:00",))},
        dialplan=(Rule(rule="out", type="local", match="9N.", via=("pstn",)),),
        phonebooks=draw(st.dictionaries(st.sampled_from("xyz"), books)),
    )


def kept(old: System, new: System) -> System:
    """`new` as validation gives it: entries that are equal to old ones are those very objects."""

    def same(before: Any, after: Any) -> Any:
        merged = {name: before[name] if before.get(name) == after[name] else after[name]
                  for name in after}  # fmt: skip
        return before if merged == before and list(merged) == list(before) else merged

    sections = ("nodes", "sites", "groups", "users", "phones", "gateways", "schedules",
                "phonebooks")  # fmt: skip
    merged = {name: same(getattr(old, name), getattr(new, name)) for name in sections}
    return replace(new, system=old.system, **merged)


def meaning(resource: Resource | None) -> Any:
    """A profile is the bytes that the phone reads, all else its payload."""
    if resource is None or resource.kind != "profile":
        return resource and resource.payload
    return render(resource.payload["file"], Placeholders())


def told(desired: Desired) -> Any:
    return {
        kind: [(name, meaning(resource)) for name, resource in found.items()]
        for kind, found in desired.resources.items()
    }


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(systems(), min_size=2, max_size=4))
def test_a_change_leads_where_a_fresh_start_would(families: Families, steps: list[System]) -> None:
    compiler, accounts = Compiler(families), Accounts()
    system, before = steps[0], None
    for step in steps:
        system = kept(system, step)
        warm, cold = compiler.compile(system), Compiler(families).compile(system)
        assert told(warm) == told(cold)
        assert to_json(warm.table) == to_json(cold.table)
        assert warm.devices == cold.devices
        assert warm.lines == cold.lines
        assert accounts.of(warm) == Accounts().of(cold)
        if before is not None:
            plan = diff(before, warm)
            touched = {(change.kind, change.id) for change in plan.changes}
            assert touched == {
                (kind, name)
                for kind in warm.resources
                for name in {*warm.resources[kind], *before.resources[kind]}
                if meaning(before.resources[kind].get(name))
                != meaning(warm.resources[kind].get(name))
            }
        before = warm
