"""Edits become one whole commit, on a branch here or at a remote, or none."""

import multiprocessing
import subprocess

import pytest

from schema.validate import validate
from sync.errors import CommitRefused, EditRefused, Overtaken, TreeRefused
from sync.git import Repository
from sync.message import Identity, trailers_of
from sync.remote import Clone
from sync.writeback import (
    ABSENT,
    LocalTarget,
    Note,
    Put,
    RemoteTarget,
    Remove,
    difference,
    write_back,
)

LINE = '  "001565000001": {model: yealink-t46s, lines: [alice]}'


def test_a_commit_says_who_what_and_by_which_command(pushed, git, phone, checked):
    before = pushed.head()
    note = Note("Approve", "devices approve", author=Identity("Carol", "c@example.test"))
    written = write_back(LocalTarget(pushed), [phone(1)], note, checked)
    info = pushed.commit_info(written.commit)
    assert (info.parents, info.author, info.subject) == ((before,), "Carol", "Approve")
    assert trailers_of(info.body) == {"Dialtree-By": "devices approve"}
    assert written.files == ("pbx.yaml",)
    assert pushed.head() == written.commit


def test_only_the_new_lines_differ(pushed, git, bare, phone, note, checked):
    target = LocalTarget(pushed)
    written = write_back(target, [phone(1)], note, checked)
    shown = git(bare, "diff", "--numstat", written.base, written.commit)
    assert shown == "3\t0\tpbx.yaml"  # block style, as the phones beside it
    assert '+  "001565000001":\n' in difference(target, written)


def test_nothing_to_change_is_no_commit(pushed, phone, note, checked):
    write_back(LocalTarget(pushed), [phone(1)], note, checked)
    head = pushed.head()
    again = write_back(LocalTarget(pushed), [phone(1), Remove(("phones", "none"))], note, checked)
    assert (again.commit, again.conflicts, pushed.head()) == (None, (), head)
    assert difference(LocalTarget(pushed), again) == ""


def test_a_tree_with_errors_is_not_committed(pushed, phone, note, checked):
    head = pushed.head()
    with pytest.raises(TreeRefused, match="nobody") as refused:
        write_back(LocalTarget(pushed), [phone(1, user="nobody")], note, checked)
    assert refused.value.diagnostics[0].code == "PBX1202"
    assert pushed.head() == head


def test_modes_other_files_and_odd_names_stay(tree, repository, git, commit, phone, note, checked):
    commit(tree, {"notes ü.txt": "x\r\n", "users/ä b.yaml": "users: {carol: {name: C}}\n"})
    (tree / "pbx.yaml").chmod(0o755)
    git(tree, "commit", "--quiet", "-am", "Mode")
    edits = [phone(1), Put(("users", "carol", "name"), "Carol Ü")]
    write_back(LocalTarget(repository), edits, note, checked)
    assert git(tree, "ls-tree", "HEAD", "pbx.yaml").startswith("100755")
    assert git(tree, "diff", "--name-only", "-z", "HEAD~").split("\0")[:-1] == [
        "pbx.yaml", "users/ä b.yaml",
    ]  # fmt: skip
    assert (tree / "users/ä b.yaml").read_text() == "users: {carol: {name: Carol Ü}}\n"
    assert git(tree, "status", "--porcelain") == ""


def test_attributes_that_convert_line_ends_change_nothing(
    tree, repository, git, commit, configuration, phone, note, checked
):
    data = configuration.replace("\n", "\r\n").encode()
    (tree / "pbx.yaml").write_bytes(data)
    git(tree, "commit", "--quiet", "-am", "CRLF")
    write_back(LocalTarget(repository), [phone(1)], note, checked)
    stored = subprocess.run(["git", "show", "HEAD:pbx.yaml"], cwd=tree, capture_output=True).stdout
    assert stored.count(b"\r\n") == stored.count(b"\n") == data.count(b"\n") + 3


def test_uncommitted_changes_are_never_touched(tree, repository, git, phone, note, checked):
    (tree / "pbx.yaml").write_text("# half an idea\n")
    head = repository.head()
    with pytest.raises(CommitRefused, match=r"uncommitted changes in pbx\.yaml: commit or discard"):
        write_back(LocalTarget(repository), [phone(1)], note, checked)
    assert (tree / "pbx.yaml").read_text() == "# half an idea\n"
    assert repository.head() == head


def test_a_branch_that_is_not_checked_out_needs_no_clean_files(
    tree, repository, git, phone, note, checked
):
    git(tree, "branch", "production")
    (tree / "pbx.yaml").write_text("# half an idea\n")
    written = write_back(LocalTarget(repository, "production"), [phone(1)], note, checked)
    assert git(tree, "rev-parse", "production") == written.commit
    assert (tree / "pbx.yaml").read_text() == "# half an idea\n"


def test_what_a_person_changed_meanwhile_stays(pushed, note, checked):
    edits = [
        Put(("users", "alice", "name"), "Alice B", expected="Alice Zacharias"),
        Put(("users", "bob", "name"), "Bob B", expected="Bob Brown"),
        Put(("users", "gone", "name"), "X", expected="Y"),
        Put(("phones", "0015651234ab"), {"model": "x", "lines": ["bob"]}, expected=ABSENT),
    ]
    written = write_back(LocalTarget(pushed), edits, note, checked)
    assert [str(conflict) for conflict in written.conflicts] == [
        "users/alice/name was changed meanwhile; what stands there stays",
        "users/gone/name is gone meanwhile; it stays so",
        "phones/0015651234ab was changed meanwhile; what stands there stays",
    ]
    assert written.conflicts[0].found == "Alice Adams"
    tree = validate(pushed.tree("HEAD")).system
    assert (tree.users["alice"].name, tree.users["bob"].name) == ("Alice Adams", "Bob B")


def test_somebody_who_pushes_in_between_keeps_their_change(
    tree, bare, pushed, git, phone, note, checked
):
    """The edit is made again on the new tip, right beside what was pushed."""
    pushes = []

    def validate_slowly(source):
        if not pushes:
            text = (tree / "pbx.yaml").read_text()
            (tree / "pbx.yaml").write_text(
                text.replace(
                    "    keys: [{blf: alice}]\n",
                    "    keys: []\n" + LINE.replace("0001", "0002") + "\n",
                )
            )
            git(tree, "commit", "--quiet", "-am", "Mine")
            git(tree, "push", "--quiet")
            pushes.append(git(tree, "rev-parse", "HEAD"))
        return checked(source)

    written = write_back(LocalTarget(pushed), [phone(1)], note, validate_slowly)
    assert pushed.commit_info(written.commit).parents == tuple(pushes)
    phones = validate(pushed.tree("HEAD")).system.phones
    assert {"001565000001", "001565000002"} < phones.keys()
    assert phones["64167f5678cd"].keys == ()


def test_those_who_always_come_first_end_it(pushed, tree, git, phone, note, checked, monkeypatch):
    monkeypatch.setattr("sync.writeback.commit.TRIES", 3)

    def overtaken(source):
        git(tree, "commit", "--quiet", "--allow-empty", "-m", "Again")
        git(tree, "push", "--quiet")
        return checked(source)

    with pytest.raises(Overtaken, match="main moved 3 times"):
        write_back(LocalTarget(pushed), [phone(1)], note, overtaken)
    assert pushed.commit_info("main").subject == "Again"


def test_a_remote_is_pushed_to_and_never_forced(tmp_path, bare, tree, git, phone, note, checked):
    clone = Clone(tmp_path / "clone.git", str(bare))
    target = RemoteTarget(clone)
    overtakes = []

    def overtaken(source):
        if len(overtakes) < 2:
            git(tree, "commit", "--quiet", "--allow-empty", "-m", "Theirs")
            git(tree, "push", "--quiet")
            overtakes.append(git(tree, "rev-parse", "HEAD"))
        return checked(source)

    written = write_back(target, [phone(1)], note, overtaken)
    assert git(bare, "rev-parse", "main") == written.commit
    assert git(bare, "rev-parse", "main^") == overtakes[-1]
    clone.close()


def test_a_remote_whose_hook_refuses_is_quoted(tmp_path, bare, git, phone, note, checked):
    hook = bare / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    head = git(bare, "rev-parse", "main")
    clone = Clone(tmp_path / "clone.git", str(bare))
    with pytest.raises(CommitRefused, match="refused the push"):
        write_back(RemoteTarget(clone), [phone(1)], note, checked)
    assert git(bare, "rev-parse", "main") == head
    clone.close()


@pytest.mark.parametrize("path", [("dialplan", "x"), ("users",), (), ("notes", "x")])
def test_what_has_no_id_is_not_written_back(pushed, note, checked, path):
    with pytest.raises(EditRefused, match="only entries with ids"):
        write_back(LocalTarget(pushed), [Put(path, 1)], note, checked)


# Several at once


def write_many(directory, first, count, kind):
    """A process of its own that adds phones one by one."""
    with Repository.open(directory) as repository:
        target = LocalTarget(repository)
        for number in range(first, first + count):
            value = {"model": "yealink-t46s", "lines": ["alice"]}
            edit = Put((kind, f"0015650{number:05x}"), value, expected=ABSENT)
            write_back(target, [edit], Note(f"Phone {number}", "test"), validate)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("where", ["tree", "bare"])
def test_two_programs_and_a_person_lose_nothing(where, request, tmp_path, git, push):
    """200 commits by two writers; into the bare repository somebody pushes all the while too."""
    directory = request.getfixturevalue(where)
    fork = multiprocessing.get_context("fork")
    writers = [
        fork.Process(target=write_many, args=(directory, first, 100, "phones"))
        for first in (0, 1000)
    ]
    for writer in writers:
        writer.start()
    pushes = 0
    person = tmp_path / "person"
    if where == "bare":
        git(tmp_path, "clone", "--quiet", str(directory), str(person))
    while any(writer.is_alive() for writer in writers):
        if where == "bare":
            (person / f"note{pushes}.txt").write_text("")
            git(person, "add", ".")
            git(person, "commit", "--quiet", "-m", "A person's")
            while push(person).returncode:
                git(person, "pull", "--quiet", "--rebase")
            pushes += 1
        for writer in writers:
            writer.join(0.2)
    assert [writer.exitcode for writer in writers] == [0, 0]
    with Repository.open(directory) as repository:
        phones = validate(repository.tree("HEAD")).system.phones
        added = [mac for mac in phones if mac.startswith("0015650")]
        subjects = git(directory, "log", "--format=%s").split("\n")
    assert (
        len(added) == len([subject for subject in subjects if subject.startswith("Phone")]) == 200
    )
    assert subjects.count("A person's") == pushes
    assert (pushes > 0) == (where == "bare")
