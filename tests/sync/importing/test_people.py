"""People of a source become users, and stay the same ones."""

from directory_office import CORP, HEAD, batch, codes, person

from sync.importing import Policy, Range

ALICE = person("alice", extension="201", groups=["sales"], email="alice@example.test")


def test_new_people_become_users(office):
    done = office.run(batch(ALICE, person("bob", extension="202", did="+12125550202")))
    assert office.users() == {
        "alice": {
            "name": "Alice", "extension": "201", "groups": ["sales"],
            "email": "alice@example.test", "managed_by": CORP, "managed_id": "u-alice",
        },
        "bob": {
            "name": "Bob", "extension": "202", "did": "+12125550202", "managed_by": CORP,
            "managed_id": "u-bob",
        },
    }  # fmt: skip
    assert done.counts.words() == "2 users: 2 new"
    assert not done.warnings


def test_nothing_to_change_is_no_edit(office):
    office.run(batch(ALICE))
    assert office.plan(batch(ALICE)).edits == ()


def test_what_the_source_changes_is_changed_and_nothing_else(office):
    office.run(batch(ALICE))
    before = office.text()
    done = office.run(batch(person("alice", extension="299", groups=["sales"])))
    assert done.counts.words() == "1 user: 1 changed"
    assert office.users()["alice"]["extension"] == "299"
    assert "email" not in office.users()["alice"]
    assert office.text().replace('"299"', '"201"') != before
    assert "alice@example.test" not in office.text()


def test_whoever_is_renamed_keeps_the_entry_and_gets_the_new_name_as_an_alias(office):
    office.run(batch(ALICE))
    renamed = person("alice", user="alice.adams", extension="201", groups=["sales"])
    office.run(batch(renamed))
    assert list(office.users()) == ["alice"]
    assert office.users()["alice"]["aliases"] == ["alice.adams"]
    assert office.plan(batch(renamed)).edits == ()


def test_an_entry_that_nobody_handed_over_is_left_alone(office):
    office.save(HEAD + '  alice: {name: By Hand, extension: "201"}\n')
    done = office.run(batch(ALICE))
    assert codes(done.warnings) == ["PBX1841"]
    assert "users/alice was written by hand" in done.warnings[0].message
    assert (done.warnings[0].file, done.warnings[0].range.start.line) == ("pbx.yaml", 10)
    assert office.subjects() == ["By hand", "Begin"]


def test_an_entry_is_handed_over_by_its_key_or_by_taking_it(office):
    by_hand = HEAD + '  alice: {name: By Hand, extension: "201"%s}\n'
    office.save(by_hand % f", managed_by: {CORP}")
    done = office.run(batch(ALICE))
    alice = office.users()["alice"]
    assert (alice["name"], alice["managed_id"]) == ("By Hand", "u-alice")
    assert codes(done.warnings) == ["PBX1843"]
    office.save(by_hand % "")
    office.run(batch(ALICE), Policy(take=frozenset({"users/alice"})))
    assert office.users()["alice"]["name"] == "Alice"
    assert office.users()["alice"]["managed_by"] == CORP


def test_groups_are_made_when_somebody_is_in_them_and_never_removed(office):
    office.run(batch(person("alice", extension="201", groups=["emea"])))
    assert f"emea: {{managed_by: {CORP}}}" in office.text()
    office.run(batch(person("alice", extension="201")))
    assert "groups" not in office.users()["alice"]
    assert "emea" in office.text()


def test_an_account_made_again_at_the_source_keeps_its_entry(office):
    office.run(batch(ALICE))
    done = office.run(batch(person("alice", id="other", extension="201", groups=["sales"])))
    assert codes(done.warnings) == ["PBX1846"]
    assert office.users()["alice"]["managed_id"] == "other"
    assert done.counts.disabled == 0


def test_numbers_are_given_from_a_range_and_stay(office):
    office.policy = Policy(extensions=Range("200", "203"))
    office.save(HEAD + '  carol: {name: Carol, extension: "201"}\n')
    office.run(batch(person("alice"), person("bob")))
    assert [office.users()[name]["extension"] for name in ("alice", "bob")] == ["200", "202"]
    assert office.plan(batch(person("alice"), person("bob"))).edits == ()


def test_a_number_that_somebody_had_is_given_last(office):
    office.policy = Policy(extensions=Range("200", "202"))
    office.run(batch(person("alice"), person("bob")))
    text = office.text()
    lines = [line for line in text.splitlines(keepends=True) if "alice" not in line.lower()]
    office.save("".join(lines), "Alice left")
    one = batch(person("bob"), person("dora"))
    office.run(one)
    assert office.users()["dora"]["extension"] == "202"
    office.run(batch(*one.people, person("eve")))
    assert office.users()["eve"]["extension"] == "200"
    done = office.run(batch(*one.people, person("eve"), person("fred")))
    assert codes(done.warnings) == ["PBX1845"]


def test_phones_come_with_people_and_follow_renamed_ones(office):
    from sync.importing import PhoneRecord

    def phone(user: str) -> PhoneRecord:
        return PhoneRecord("0015650a0001", {"model": "yealink-t46s", "lines": [user]}, "row 2")

    office.run(batch(ALICE, phones=(phone("alice"),)))
    assert '"0015650a0001": {model: yealink-t46s, lines: [alice]' in office.text()
    renamed = person("alice", user="alice.adams", extension="201", groups=["sales"])
    done = office.run(batch(renamed, phones=(phone("alice.adams"),)))
    assert done.counts.phones_changed == 0
    other = PhoneRecord("0015650a0002", {"model": "yealink-t46s", "lines": ["nobody"]}, "row 3")
    assert codes(office.run(batch(renamed, phones=(other,))).warnings) == ["PBX1847"]
