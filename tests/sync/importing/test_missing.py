"""Whoever is no longer at the source: noted, disabled, deleted only when asked, never in masses."""

import pytest
from directory_office import DAY, batch, codes, person

from sync.importing import PhoneRecord, Policy

TEAM = [person(f"user{number}", extension=f"{200 + number}") for number in range(12)]
BUT_ONE = batch(*TEAM[1:])


@pytest.fixture
def team(office):
    office.run(batch(*TEAM))
    return office


def test_the_missing_are_disabled_after_a_while_and_enabled_when_seen_again(team):
    assert team.run(BUT_ONE).edits == ()
    team.now += DAY - 1
    assert team.run(BUT_ONE).edits == ()
    team.now += 1
    assert team.run(BUT_ONE).counts.words() == "1 user: 1 disabled"
    assert team.users()["user0"]["enabled"] is False
    assert team.run(BUT_ONE).edits == ()
    assert team.run(batch(*TEAM)).counts.words() == "1 user: 1 enabled"
    assert "enabled" not in team.users()["user0"]
    assert team.memory.missing == {}


def test_whom_a_person_disabled_stays_disabled(team):
    team.edit("name: User0,", "name: User0, enabled: false,")
    assert team.run(batch(*TEAM)).edits == ()


def test_whom_a_person_enabled_again_stays_enabled(team):
    team.run(BUT_ONE)
    team.now += DAY
    team.run(BUT_ONE)
    text = team.text()
    team.save(text.replace(", enabled: false", "").replace("enabled: false, ", ""), "She stays")
    done = team.run(BUT_ONE)
    assert codes(done.warnings) == ["PBX1843"]
    assert "enabled" not in team.users()["user0"]


def test_half_an_answer_concludes_nothing(team):
    team.policy = Policy(disable_after=0.0, delete_after=0.0)
    assert team.run(batch(*TEAM[6:], complete=False)).edits == ()
    assert team.memory.missing == {}
    assert team.run(batch(complete=False)).edits == ()


def test_who_cannot_be_read_is_not_missing(team):
    team.policy = Policy(disable_after=0.0)
    unusable = batch(*TEAM[1:], unusable=frozenset({"u-user0"}))
    assert team.run(unusable).edits == ()


def test_nobody_believes_an_empty_answer(team):
    done = team.run(batch())
    assert done.unsafe == ("ldap/corp has nobody any more, and had 12 users",)
    assert team.memory.missing == {}


def test_nobody_believes_that_so_many_are_gone(team):
    done = team.run(batch(*TEAM[4:]))
    assert done.unsafe == (
        "misses 4 of 12 users (33 %); the limit is 30 % (system.safety.max_delete_percent)",
    )
    team.policy = Policy(forced=True)
    assert not team.run(batch(*TEAM[4:])).unsafe
    team.policy = Policy()
    team.now += DAY
    assert team.run(batch(*TEAM[4:])).counts.words() == "4 users: 4 disabled"


def test_a_source_that_disables_so_many_is_not_believed_either(team):
    off = [person(f"user{n}", extension=f"{200 + n}", enabled=False) for n in range(5)]
    done = team.run(batch(*off, *TEAM[5:]))
    assert done.unsafe[0].startswith("disables or deletes 5 of 13 users (38 %)")
    assert team.run(batch(off[0], *TEAM[1:])).counts.words() == "1 user: 1 disabled"
    assert team.run(batch(*TEAM)).counts.words() == "1 user: 1 enabled"


def test_who_is_deleted_takes_only_their_own_phones_along(team):
    mine = PhoneRecord("0015650a0000", {"model": "yealink-t46s", "lines": ["user0"]}, "row 1")
    team.run(batch(*TEAM, phones=(mine,)))
    team.policy = Policy(disable_after=None, delete_after=30 * DAY)
    team.run(BUT_ONE)
    assert "user0" in team.users()
    team.now += 30 * DAY
    done = team.run(BUT_ONE)
    assert done.counts.words() == "1 user: 1 deleted; 1 phone: 1 deleted"
    assert "user0" not in team.users()
    assert "0015650a0000" not in team.text()
    assert team.run(batch(*TEAM)).counts.new == 1


def test_whom_others_need_is_disabled_instead(team):
    group = 'hunt_groups:\n  help: {extension: "300", members: [user0, user1]}\n'
    team.save(team.text() + group, "A hunt group")
    team.policy = Policy(disable_after=None, delete_after=0.0)
    done = team.run(BUT_ONE)
    assert done.counts.words() == "1 user: 1 disabled"
    assert codes(done.warnings) == ["PBX1848"]
    assert "hunt_groups/help needs it" in done.warnings[0].message
