"""One change of a small plan after the other, and what is said of it."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from schema.dialplan.classes import number_classes
from schema.dialplan.compile import compile_table
from schema.meaning.meaning import Meaning, meaning_of
from schema.models import (
    Destination,
    Forward,
    Gateway,
    Group,
    HuntGroup,
    Rule,
    Schedule,
    Site,
    System,
    SystemSettings,
    User,
)
from schema.models.gateway import Inbound

PEOPLE = {
    "alice": ("201", ("sales",), "hq"), "bob": ("202", ("sales",), "hq"),
    "carol": ("203", ("lobby",), "hq"), "dave": ("301", (), "store"), "erin": ("302", (), "store"),
    "frank": ("204", (), None), "grace": ("205", (), None), "heidi": ("206", (), None),
}  # fmt: skip
EMERGENCY = Rule(rule="emergency", type="emergency", match=("911", "9911"), dial="911", via=("a",))
ABROAD = Rule(
    rule="abroad", type="international", match="9011[1-9].", strip=4, prepend="+", via=("b",)
)
LOCAL = Rule(rule="local", type="internal", match="9NXXXXXX", strip=1, prepend="+1212", via=("a",))
Change = Callable[..., list[str]]


@pytest.fixture
def office() -> System:
    return System(
        system=SystemSettings(domain="example.test", timezone="America/New_York"),
        nodes={},
        sites={"hq": Site(), "store": Site()},
        groups={"sales": Group(permissions=("international",)), "lobby": Group()},
        users={
            id_: User(name=id_, extension=extension, groups=groups, site=site)
            for id_, (extension, groups, site) in PEOPLE.items()
        },
        phones={},
        gateways={id_: Gateway(address=f"192.0.2.{n}") for n, id_ in enumerate("abc", 1)},
        schedules={"office_hours": Schedule(weekly=("mon-fri 09:00-17:00",))},
        dialplan=(EMERGENCY, ABROAD, LOCAL),
    )


def meaning(old: System, new: System) -> Meaning:
    tables = (compile_table(old), compile_table(new))
    return meaning_of(*tables, number_classes(old.system), number_classes(new.system))


@pytest.fixture
def said(office: System) -> Change:
    """What is said when some of the office differs: before and after, or only after."""

    def compare(before: dict[str, Any] | None = None, **after: Any) -> list[str]:
        found = meaning(replace(office, **(before or {})), replace(office, **after))
        return [d.sentence for d in found.differences]

    return compare


def rule(of: Rule, **fields: Any) -> Rule:
    return of.model_copy(update=fields)


def test_nothing_is_said_of_equal_plans(said: Change) -> None:
    assert said() == []


def test_numbers_become_reachable_for_a_group(said: Change) -> None:
    (first, *others) = said({"dialplan": (EMERGENCY, LOCAL)})
    assert first == (
        "numbers matching 9011Z. become reachable for group sales (was: refused, no rule matches), "
        "via b; shortest: 901110; without end, 278,460 of 9 characters or less"
    )
    assert [re.match(r".* stay refused for everybody but group sales, .*", o) is not None
            for o in others] == [True]  # fmt: skip


def test_a_permission_that_is_granted_is_told_with_what_was_lacking(
    said: Change, office: System
) -> None:
    groups = {**office.groups, "lobby": Group(permissions=("international",))}
    (sentence,) = said(groups=groups)
    assert "for group lobby (was: refused, lacks international), via b;" in sentence


def test_numbers_that_are_no_longer_reachable(said: Change) -> None:
    (sentence,) = said(dialplan=(EMERGENCY, ABROAD))
    assert sentence == (
        "numbers matching 9NXXXXXX are no longer reachable for everybody (refused, no rule "
        "matches; was: via a); shortest: 92000000; 8,000,000 numbers"
    )


def test_numbers_that_leave_by_another_gateway(said: Change) -> None:
    (sentence,) = said(dialplan=(EMERGENCY, ABROAD, rule(LOCAL, via=("c", "a"))))
    assert sentence.startswith(
        "numbers matching 9NXXXXXX leave by c, then a instead of a for everybody;"
    )


def test_numbers_that_are_sent_otherwise(said: Change) -> None:
    (sentence,) = said(dialplan=(EMERGENCY, rule(ABROAD, prepend="00"), LOCAL))
    assert "are sent as 00… instead of +… for group sales;" in sentence


def test_the_same_rewriting_in_other_words_is_no_difference(said: Change) -> None:
    same = rule(LOCAL, strip=0, prepend="", dial="+1212${EXTEN:1}")
    also = rule(EMERGENCY, dial="911", strip=3)
    assert said(dialplan=(also, ABROAD, same)) == []


def test_rules_that_change_places_without_a_number_in_common_are_no_difference(
    said: Change,
) -> None:
    assert said(dialplan=(LOCAL, EMERGENCY, ABROAD)) == []


def test_a_schedule_says_when(said: Change) -> None:
    (sentence,) = said(dialplan=(EMERGENCY, ABROAD, rule(LOCAL, when="office_hours")))
    assert "no longer reachable for everybody while office_hours is closed (" in sentence


def test_hours_that_a_schedule_gains_and_loses(said: Change) -> None:
    rules = (EMERGENCY, ABROAD, rule(LOCAL, when="office_hours"))
    later = {"office_hours": Schedule(weekly=("mon-fri 10:00-18:00",))}
    found = said({"dialplan": rules}, dialplan=rules, schedules=later)
    assert ["in the hours that office_hours gains" in sentence for sentence in found].count(
        True
    ) == 1
    assert ["in the hours that office_hours loses" in sentence for sentence in found].count(
        True
    ) == 1


def test_new_users_are_told_together(said: Change, office: System) -> None:
    new = {f"new{n}": User(name="New", extension=f"40{n}") for n in range(10)}
    (sentence,) = said(users={**office.users, **new})
    assert sentence == (
        "numbers matching 40X become reachable for everybody (was: refused, no rule matches), "
        "a user; shortest: 400; 10 numbers"
    )


def test_a_number_that_becomes_somebody_elses(said: Change, office: System) -> None:
    alice, bob = office.users["alice"], office.users["bob"]
    swapped = {
        "alice": alice.model_copy(update={"extension": "202"}),
        "bob": bob.model_copy(update={"extension": "201"}),
    }
    assert said(users={**office.users, **swapped}) == [
        "calls to 201 lead to user bob instead of user alice for everybody; 1 number",
        "calls to 202 lead to user alice instead of user bob for everybody; 1 number",
    ]


@pytest.mark.parametrize(
    ("granted", "who"),
    [
        (("alice",), "user alice"),
        (("alice", "carol"), "users alice, carol"),
        (("dave", "erin"), "site store"),
        (("dave", "erin", "frank"), "site store and user frank"),
        (("alice", "bob", "carol", "dave", "erin", "frank"), "sites hq, store and user frank"),
        (tuple(name for name in PEOPLE if name != "carol"), "everybody but group lobby"),
        (tuple(PEOPLE), "everybody"),
    ],
)
def test_people_are_named(said: Change, office: System, granted: list[str], who: str) -> None:
    users = {
        id_: user.model_copy(update={"permissions": ("local",) if id_ in granted else ()})
        for id_, user in office.users.items()
    }
    rules = (EMERGENCY, ABROAD, rule(LOCAL, type="local"))
    (sentence,) = said({"dialplan": rules}, dialplan=rules, users=users)
    assert f" for {who} (was: refused, lacks local)" in sentence


def kinds(old: System, **after: Any) -> dict[str, tuple[str, ...]]:
    return {d.numbers.example: d.kinds for d in meaning(old, replace(old, **after)).differences}


def test_kinds_of_calls_are_marked_by_the_number_as_it_leaves(office: System) -> None:
    rules = (EMERGENCY, rule(ABROAD, type="custom", via=("c",)), rule(LOCAL, via=("c",)))
    free = {"alice": office.users["alice"].model_copy(update={"permissions": ("custom",)})}
    found = kinds(replace(office, users=free), dialplan=rules)
    assert found == {"901110": ("international", "premium"), "92000000": ()}


def test_premium_numbers_are_marked_however_they_are_dialled(office: System) -> None:
    new = Rule(rule="x", type="internal", match="8XXXXXXX", strip=1, prepend="1900", via=("a",))
    assert kinds(office, dialplan=(*office.dialplan, new)) == {"80000000": ("premium",)}


def test_a_change_for_help_comes_first_and_says_when_it_only_gains(office: System) -> None:
    more = rule(EMERGENCY, via=("a", "b"))
    one = {id_: g.model_copy(update={"emergency": False}) for id_, g in office.gateways.items()}
    before = replace(office, gateways=one)
    changed = (more, rule(ABROAD, via=("c",)), LOCAL)
    first, *others = meaning(before, replace(before, dialplan=changed)).differences
    assert first.sentence == (
        "numbers matching 911, 9911 leave by a, then b instead of a for everybody; "
        "shortest: 911; 2 numbers"
    )
    assert first.kinds == ("emergency",)
    assert first.improves
    assert all("emergency" not in each.kinds for each in others)
    back = meaning(replace(before, dialplan=changed), before).differences[0]
    assert back.kinds == ("emergency",)
    assert not back.improves


def test_what_is_too_complex_is_said_and_no_crash(office: System) -> None:
    overlapping = tuple(
        Rule(rule=f"r{n}", type="internal", match="X" * n + "5" + "X" * (39 - n), via=("a",))
        for n in range(40)
    )
    found = meaning(office, replace(office, dialplan=overlapping))
    assert found.unknown.startswith("too complex to tell: the patterns overlap in more than")
    assert found.caught({"premium"}) == ("premium",)


def test_a_did_that_lands_elsewhere_is_inbound(office: System) -> None:
    alice = office.users["alice"].model_copy(update={"did": "+12125550201"})
    with_did = replace(office, users={**office.users, "alice": alice})
    rule_ = {"rule": "did", "match": "+12125550201", "from": ["a"], "to": {"user": "bob"}}
    to_bob = Rule.model_validate(rule_)
    (found,) = meaning(with_did, replace(with_did, dialplan=(*office.dialplan, to_bob))).differences
    assert found.sentence == (
        "calls to +12125550201 lead to user bob instead of user alice for callers by a; 1 number"
    )
    assert found.kinds == ("inbound",)


def test_what_a_gateway_falls_back_to_is_told_once_for_all_that_share_it(office: System) -> None:
    caught = Inbound(fallback=Destination(user="carol"))
    changed = {id_: g.model_copy(update={"inbound": caught}) for id_, g in office.gateways.items()}
    (sentence,) = (
        d.sentence for d in meaning(office, replace(office, gateways=changed)).differences
    )
    assert sentence.startswith(
        "numbers matching +! become reachable for callers by a, b, c (was: refused, no rule "
        "matches), user carol;"
    )


def test_a_forwarding_tells_whom_it_reaches_and_what_that_costs(
    said: Change, office: System
) -> None:
    alice = office.users["alice"].model_copy(
        update={"forward": (Forward(to="901144207", when="office_hours"), Forward(to="203"))}
    )
    changed = replace(office, users={**office.users, "alice": alice})
    differences = meaning(office, changed).differences
    assert [(d.sentence, d.kinds) for d in differences] == [
        ("calls to user alice while office_hours is closed also reach user carol", ()),
        (
            "calls to user alice while office_hours is open also reach +44207 via b, user carol",
            ("international",),
        ),
    ]
    assert meaning(changed, office).differences[0].sentence.endswith("no longer reach user carol")


def test_a_rule_changes_what_forwardings_reach_that_use_it(office: System) -> None:
    alice = office.users["alice"].model_copy(update={"forward": (Forward(to="95551234"),)})
    before = replace(office, users={**office.users, "alice": alice})
    other = (EMERGENCY, ABROAD, rule(LOCAL, via=("c",)))
    found = [d.sentence for d in meaning(before, replace(before, dialplan=other)).differences]
    assert found[1:] == [
        "calls to user alice also reach +12125551234 via c and no longer reach +12125551234 via a"
    ]


def test_who_wants_peace_is_reached_by_nobody(said: Change, office: System) -> None:
    quiet = {
        id_: office.users[id_].model_copy(update={"do_not_disturb": True})
        for id_ in ("alice", "bob")
    }
    assert said(users={**office.users, **quiet}) == [
        "calls to users alice, bob are refused with 480",
    ]


def test_members_that_come_and_go_in_another_order(said: Change) -> None:
    team = HuntGroup(extension="400", members=("alice", "bob"), strategy="sequential")
    other = team.model_copy(update={"members": ("bob", "alice")})
    assert said({"hunt_groups": {"team": team}}, hunt_groups={"team": other}) == []
    other = team.model_copy(update={"members": ("bob", "carol")})
    assert said({"hunt_groups": {"team": team}}, hunt_groups={"team": other}) == [
        "calls to hunt group team also reach user carol and no longer reach user alice"
    ]
