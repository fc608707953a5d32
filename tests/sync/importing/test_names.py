"""A number or name leads to one entry, whoever wants it too."""

from directory_office import HEAD, batch, codes, person


def test_what_somebody_has_is_nobody_elses(office):
    office.save(HEAD + '  carol: {name: Carol, extension: "201", did: "+12125550201"}\n')
    wanted = person("alice", extension="201", did=["+12125550201", "+12125550299"])
    done = office.run(batch(wanted))
    assert codes(done.warnings) == ["PBX1842", "PBX1842"]
    assert done.warnings[0].message == (
        'extension "201" of users/alice is left out: it is the extension of users/carol '
        "(cn=alice,dc=example,dc=test)"
    )
    assert (done.warnings[0].file, done.warnings[0].range.start.line) == ("pbx.yaml", 10)
    alice = office.users()["alice"]
    assert alice["did"] == "+12125550299" or alice["did"] == ["+12125550299"]
    assert "extension" not in alice


def test_aliases_are_names_like_any_other(office):
    office.save(HEAD + '  carol: {name: Carol, extension: "203", aliases: [boss]}\n')
    done = office.run(
        batch(person("alice", extension="201", aliases=["boss", "carol", "aa", "202"]),
              person("bob", extension="202"))
    )  # fmt: skip
    assert codes(done.warnings) == ["PBX1842"] * 3
    assert office.users()["alice"]["aliases"] == ["aa", "202"]
    assert "extension" not in office.users()["bob"]


def test_two_may_change_their_numbers_for_each_others(office):
    office.run(batch(person("alice", extension="201"), person("bob", extension="202")))
    office.run(batch(person("alice", extension="202"), person("bob", extension="201")))
    assert [office.users()[name]["extension"] for name in ("alice", "bob")] == ["202", "201"]


def test_who_does_not_get_another_number_keeps_the_old_one(office):
    office.save(HEAD + '  carol: {name: Carol, extension: "209"}\n')
    office.run(batch(person("alice", extension="201"), person("bob", extension="202")))
    done = office.run(batch(person("alice", extension="209"), person("bob", extension="201")))
    assert [office.users()[name]["extension"] for name in ("alice", "bob")] == ["201", "202"]
    assert codes(done.warnings) == ["PBX1842", "PBX1842"]


def test_a_user_name_that_is_somebodys_alias_is_not_taken(office):
    office.save(HEAD + '  carol: {name: Carol, extension: "203", aliases: [alice]}\n')
    done = office.run(batch(person("alice", extension="201")))
    assert list(office.users()) == ["carol"]
    assert codes(done.warnings) == ["PBX1842"]
