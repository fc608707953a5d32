"""What a person wrote stays, and a warning says so."""

from directory_office import HEAD, batch, codes, person

from sync.importing import Policy

ALICE = person("alice", id="a", extension="201", email="a@b", groups=["sales"])


def test_a_persons_value_stays_until_it_is_handed_back(office):
    office.run(batch(ALICE))
    office.edit('"201"', '"288"', "Alice wants 288")
    done = office.run(batch(ALICE))
    assert office.users()["alice"]["extension"] == "288"
    (warning,) = done.warnings
    assert warning.code == "PBX1843"
    assert 'users/alice/extension stays "288", written by Alice Adams (' in warning.message
    assert '"Alice wants 288"); cn=alice,dc=example,dc=test says "201"' in warning.message
    assert (warning.file, warning.range.start.line) == ("pbx.yaml", 10)
    done = office.run(batch(ALICE), Policy(take=frozenset({"users/alice/extension"})))
    assert not done.warnings
    assert office.users()["alice"]["extension"] == "201"
    assert not office.run(batch(ALICE)).edits


def test_a_value_that_a_person_changed_back_is_nobodys_trouble(office):
    office.run(batch(ALICE))
    office.edit('"201"', '"288"')
    office.edit('"288"', '"201"')
    assert not office.run(batch(ALICE)).warnings
    moved = person("alice", id="a", extension="202", email="a@b", groups=["sales"])
    assert codes(office.run(batch(moved)).warnings) == ["PBX1843"]


def test_what_a_person_removed_stays_away(office):
    office.run(batch(ALICE))
    office.edit(", email: a@b", "", "No mail for her")
    done = office.run(batch(ALICE))
    assert "email" not in office.users()["alice"]
    assert codes(done.warnings) == ["PBX1843"]
    assert "stays without" in done.warnings[0].message


def test_what_a_person_added_stays(office):
    office.run(batch(ALICE))
    office.edit("groups: [sales]", "groups: [support, sales], do_not_disturb: true")
    other = person("alice", id="a", extension="201", email="a@b", groups=["emea"])
    done = office.run(batch(other))
    assert not done.warnings
    assert office.users()["alice"]["groups"] == ["support", "emea"]
    assert office.users()["alice"]["do_not_disturb"] is True


def test_an_item_that_a_person_took_out_stays_out(office):
    office.run(batch(person("alice", id="a", extension="201", groups=["sales", "support"])))
    office.edit("groups: [sales, support]", "groups: [sales]")
    done = office.run(batch(person("alice", id="a", extension="201", groups=["sales", "support"])))
    assert codes(done.warnings) == ["PBX1843"]
    assert office.users()["alice"]["groups"] == ["sales"]


def test_an_entry_that_a_person_removed_stays_away_until_it_is_taken(office):
    office.run(batch(ALICE, person("bob", extension="202")))
    lines = [line for line in office.text().splitlines(keepends=True) if "alice:" not in line]
    office.save("".join(lines), "Alice has no telephone")
    done = office.run(batch(ALICE, person("bob", extension="202")))
    assert list(office.users()) == ["bob"]
    assert codes(done.warnings) == ["PBX1844"]
    take = Policy(take=frozenset({"users/alice"}))
    office.run(batch(ALICE, person("bob", extension="202")), take)
    assert sorted(office.users()) == ["alice", "bob"]


def test_a_group_that_a_person_removed_stays_away(office):
    emea = batch(person("alice", id="a", extension="201", groups=["emea", "sales"]))
    office.run(emea)
    text = office.text().replace("\n  emea: {managed_by: ldap/corp}", "")
    office.save(text.replace("groups: [emea, sales]", "groups: [sales]"), "No emea")
    assert "emea" not in office.text()
    more = batch(*emea.people, person("bob", extension="202", groups=["emea"]))
    done = office.run(more)
    assert sorted(set(codes(done.warnings))) == ["PBX1843", "PBX1844"]
    assert "emea" not in office.text()
    assert "bob" in office.users()


def test_an_entry_that_a_person_moved_is_still_the_importers(office):
    office.run(batch(ALICE))
    line = next(line for line in office.text().splitlines() if "alice:" in line)
    office.commit(
        office.directory,
        {"pbx.yaml": HEAD, "users/hq.yaml": f"users:\n    # Here she is\n{line}  # alice\n"},
        "One file for each site",
    )
    moved = person("alice", id="a", extension="202", email="b@b", groups=["sales"])
    done = office.run(batch(moved))
    assert not done.warnings
    assert office.users()["alice"]["extension"] == "202"
    assert office.text("users/hq.yaml").splitlines()[1] == "    # Here she is"


def test_a_rollback_is_a_persons_decision(office):
    office.run(batch(ALICE))
    office.run(batch(person("alice", id="a", extension="202", groups=["sales"])))
    before = office.repository.resolve("HEAD~1")
    from sync.commits import roll_back

    roll_back(office.repository, before)
    done = office.run(batch(person("alice", id="a", extension="202", groups=["sales"])))
    assert office.users()["alice"]["extension"] == "201"
    assert codes(done.warnings) == ["PBX1843"]


def test_an_importer_does_not_own_what_another_one_brought(office):
    office.run(batch(ALICE))
    office.edit("managed_by: ldap/corp", "managed_by: ldap/other")
    done = office.run(batch(person("alice", id="a", extension="202")))
    assert codes(done.warnings) == ["PBX1841"]
    assert "belongs to ldap/other" in done.warnings[0].message
