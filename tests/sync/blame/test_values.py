"""Whose commit is behind a value, in histories as people make them."""

from sync.blame import ENTRY, Item

HEAD = "version: 1\nsystem: {domain: example.test}\n"


def test_a_value_is_of_the_commit_that_wrote_it(repository, commit, behind):
    commit(repository.directory, {"pbx.yaml": HEAD + "users:\n  alice:\n    name: A\n"}, "First")
    text = HEAD + 'users:\n  alice:\n    name: A\n    extension: "201"\n'
    commit(repository.directory, {"pbx.yaml": text}, "Second")
    assert behind("users/alice", "name") == "First"
    assert behind("users/alice", "extension") == "Second"
    assert behind("users/alice") == "First"


def test_keys_on_one_line_are_told_apart(repository, commit, behind):
    for subject, line in (
        ("First", 'alice: {name: A, extension: "201", email: a@x}'),
        ("Second", 'alice: {name: A, extension: "202", email: a@x}'),
        ("Third", 'alice: {email: a@x, name: B, extension: "202"}'),
    ):
        commit(repository.directory, {"pbx.yaml": f"{HEAD}users:\n  {line}\n"}, subject)
    assert behind("users/alice", "email") == "First"
    assert behind("users/alice", "extension") == "Second"
    assert behind("users/alice", "name") == "Third"


def test_another_layout_is_no_other_value(repository, commit, behind):
    for subject, text in (
        ("First", 'users: {alice: {name: A, extension: "201"}}\n'),
        (
            "Second",
            'users:\n    alice:   # in blocks now\n        extension: "201"\n        name: A\n',
        ),
        ("Third", 'users:\n  "alice": {name: "A", "extension": \'201\'}\n'),
    ):
        commit(repository.directory, {"pbx.yaml": HEAD + text}, subject)
    assert behind("users/alice", "name") == behind("users/alice", "extension") == "First"


def test_an_entry_is_followed_from_file_to_file(repository, git, commit, behind):
    alice = "  alice: {name: A, email: %s}\n"
    start = {"pbx.yaml": HEAD + "users:\n" + alice % "a" + "  bob: {name: B}\n"}
    commit(repository.directory, start, "First")
    moved = {"pbx.yaml": HEAD, "users/a.yaml": "users:\n  bob: {name: B}\n" + alice % "b"}
    commit(repository.directory, moved, "Move, and change an address")
    git(repository.directory, "mv", "users/a.yaml", "users/b.yaml")
    commit(repository.directory, {}, "Rename the file")
    assert behind("users/alice", "name") == behind("users/bob", "name") == "First"
    assert behind("users/alice", "email") == "Move, and change an address"
    assert behind("users/bob") == "First"


def test_items_of_lists_have_commits_of_their_own(repository, commit, behind):
    for subject, groups in (
        ("First", "[sales]"),
        ("Second", "[support, sales]"),
        ("Third", "[support]"),
        ("Fourth", "[support, sales]"),
    ):
        text = f"{HEAD}users:\n  alice: {{name: A, groups: {groups}}}\n"
        commit(repository.directory, {"pbx.yaml": text}, subject)
    assert behind("users/alice", "groups", Item("str:'support'")) == "Second"
    assert behind("users/alice", "groups", Item("str:'sales'")) == "Fourth"


def test_one_did_is_the_same_alone_and_in_a_list(repository, commit, behind):
    for subject, dids in (("First", '"+1212"'), ("Second", '["+1213", "+1212"]')):
        text = f"{HEAD}users:\n  alice: {{name: A, did: {dids}}}\n"
        commit(repository.directory, {"pbx.yaml": text}, subject)
    assert behind("users/alice", "did", Item("str:'+1212'")) == "First"
    assert behind("users/alice", "did", Item("str:'+1213'")) == "Second"


def test_what_is_gone_is_of_the_commit_that_took_it_away(repository, commit, behind):
    for subject, users in (
        ("First", "  alice: {name: A, email: a, groups: [x, y]}\n  bob: {name: B}\n"),
        ("Second", "  alice: {name: A, groups: [x, y]}\n  bob: {name: B}\n"),
        ("Third", "  alice: {name: A, groups: [y]}\n"),
        ("Fourth", "  alice: {name: A, groups: [y]}\n  carol: {name: C}\n"),
    ):
        commit(repository.directory, {"pbx.yaml": f"{HEAD}users:\n{users}"}, subject)
    assert behind("users/alice", "email") == "Second"
    assert behind("users/alice", "groups", Item("str:'x'")) == "Third"
    assert behind("users/bob") == "Third"


def test_nobody_is_behind_what_never_was(repository, commit, behind):
    commit(repository.directory, {"pbx.yaml": HEAD + "users:\n  alice: {name: A}\n"}, "First")
    commit(repository.directory, {"pbx.yaml": HEAD + "users:\n  alice: {name: B}\n"}, "Second")
    assert behind("users/alice", "email") is None
    assert behind("users/nobody") is None


def test_an_entry_made_again_begins_anew(repository, commit, behind):
    for subject, users in (
        ("First", "users:\n  alice: {name: A, email: a}\n"),
        ("Second", ""),
        ("Third", "users:\n  alice: {name: A}\n"),
    ):
        commit(repository.directory, {"pbx.yaml": HEAD + users}, subject)
    assert behind("users/alice") == behind("users/alice", "name") == "Third"
    assert behind("users/alice", "email") is None


def test_a_merge_is_behind_nothing_that_a_side_brought(repository, git, commit, behind):
    here = repository.directory
    text = "users:\n  alice: {name: A}\n  bob: {name: B}\n  carol: {name: C}\n"
    commit(here, {"pbx.yaml": HEAD + text}, "First")
    git(here, "checkout", "--quiet", "-b", "side")
    commit(here, {"pbx.yaml": HEAD + text.replace("name: A", "name: AA")}, "On the side")
    git(here, "checkout", "--quiet", "main")
    commit(here, {"pbx.yaml": HEAD + text.replace("name: C", "name: CC")}, "On main")
    git(here, "merge", "--quiet", "--no-commit", "--no-ff", "side", "-X", "ours")
    both = text.replace("name: A", "name: AA").replace("name: C", "name: CC")
    commit(here, {"pbx.yaml": HEAD + both.replace("name: B", "name: BB")}, "Merge")
    assert behind("users/alice", "name") == "On the side"
    assert behind("users/carol", "name") == "On main"
    assert behind("users/bob", "name") == "Merge"
    assert behind("users/bob") == "First"


def test_a_value_behind_an_anchor_is_of_the_commit_that_changed_the_anchor(
    repository, commit, behind
):
    for subject, site in (("First", "hq"), ("Second", "branch")):
        users = f"  alice: &same {{name: A, site: {site}}}\n  bob: {{<<: *same, name: B}}\n"
        commit(repository.directory, {"pbx.yaml": f"{HEAD}users:\n{users}"}, subject)
    assert behind("users/bob", "site") == "Second"
    assert behind("users/bob", "name") == "First"


def test_a_file_that_nobody_can_read_is_passed_over(repository, commit, behind):
    for subject, users in (
        ("First", '  alice: {name: A, email: "a"}\n'),
        ("Broken", '  alice: {name: A, email: "a}\n'),
        ("Repaired", '  alice: {name: A, email: "b"}\n'),
    ):
        commit(repository.directory, {"pbx.yaml": f"{HEAD}users:\n{users}"}, subject)
    assert behind("users/alice", "name") == "First"
    assert behind("users/alice", "email") == "Broken"


def test_rules_and_the_system_have_commits_too(repository, commit, behind):
    rules = 'dialplan:\n- {rule: local, match: "9NXXXXXX", strip: 1}\n- {rule: far, match: "*9"}\n'
    commit(repository.directory, {"pbx.yaml": HEAD + rules}, "First")
    changed = HEAD.replace("example.test", "example.org") + rules.replace("strip: 1", "strip: 2")
    commit(repository.directory, {"pbx.yaml": changed}, "Second")
    assert behind("dialplan/local", "match") == behind("dialplan/far", "match") == "First"
    assert behind("dialplan/local", "strip") == behind("system/", "domain") == "Second"
    assert behind("system/", *ENTRY) == "First"
