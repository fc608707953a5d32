"""Tables out of real repositories and into them, by the `pbx` command."""

import json
import subprocess
from pathlib import Path

import pytest
from running import PBX, run

TREE = """version: 1
system: {domain: example.test}
nodes: {pbx1: {address: 192.0.2.5}}
users:
  bob: {name: Bob Brown, extension: "202", did: "+12125550202"}
  # the boss
  alice: {name: "Alice, Adams", extension: "201", aliases: [al]}
phones:
  "001565000001": {model: yealink-t46s, lines: [alice, bob]}
"""


def repository(directory: Path, tree: str) -> Path:
    """A repository that had nothing else before: what people remove stays away."""
    directory.mkdir()
    (directory / "pbx.yaml").write_text(tree)
    run("git", "init", "-q", "-b", "main", cwd=directory)
    run("git", "add", "pbx.yaml", cwd=directory)
    run("git", "commit", "-qm", "Begin", cwd=directory)
    return directory


@pytest.fixture
def office(tmp_path: Path) -> Path:
    return repository(tmp_path / "office", TREE)


def test_a_tree_is_printed_as_a_table(office: Path) -> None:
    done = run(PBX, "export", "csv", office, cwd=office)
    assert done.stdout.splitlines() == [
        "user,name,extension,did,aliases,email,groups,site,permissions,caller_id,enabled,"
        "mac,model,description,phone_site",
        'alice,"Alice, Adams",201,,al,,,,,,true,001565000001,yealink-t46s,,',
        "bob,Bob Brown,202,+12125550202,,,,,,,true,001565000001,yealink-t46s,,",
    ]


def test_a_table_for_sipxcom_and_a_spreadsheet_goes_to_a_file(office: Path, tmp_path: Path) -> None:
    target = tmp_path / "people.csv"
    run(PBX, "export", "csv", office, "-o", target, "--format", "sipxcom", "--excel", cwd=office)
    text = target.read_bytes().decode("utf-8-sig")
    header, alice, _ = text.split("\r\n")[:3]
    assert header.startswith("User name,PIN,Voicemail PIN,SIP password,First name")
    assert len(header.split(",")) == 61
    assert alice.startswith('"alice","","","","Alice,","Adams","\'201 al"')


STAFF = """User name;First name;Last name;Ext;Group;MAC;Model;Password
carol;Carol;Clark;203;sales;00:15:65:AA:BB:CC;SIP-T46S;hunter2
dan;Dan;Dean;204;;;;
"""


def import_csv(
    office: Path, file: Path, *words: str | Path, code: int = 0
) -> subprocess.CompletedProcess[str]:
    state = office.parent / "state"
    done = run(PBX, "import", "csv", file, *words, "-C", office, "--state", state, cwd=office,
               check=False)  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    return done


def git(office: Path, *words: str) -> str:
    return run("git", *words, cwd=office).stdout


def exported(office: Path, *words: str) -> str:
    return run(PBX, "export", "csv", office, *words, cwd=office).stdout


@pytest.fixture
def staff(tmp_path: Path) -> Path:
    file = tmp_path / "staff.csv"
    file.write_text(STAFF)
    return file


def test_a_table_becomes_one_commit_and_no_second_one(office: Path, staff: Path) -> None:
    done = import_csv(office, staff)
    assert "+  carol:" in done.stdout
    message = git(office, "log", "-1", "--format=%an %s%n%(trailers:only)")
    assert message.startswith(
        "csv/staff Import 2 users from staff.csv: 2 new; 1 phone: 1 new; 1 group: 1 new\n"
    )
    assert "Dialtree-By: import csv/staff" in message
    tree = (office / "pbx.yaml").read_text()
    assert "  # the boss\n" in tree
    assert "hunter2" not in tree + done.stdout + done.stderr + git(office, "log", "-p")
    assert git(office, "status", "--porcelain") == ""
    run(PBX, "validate", office, cwd=office)
    before = git(office, "rev-parse", "HEAD")
    assert "nothing to change" in import_csv(office, staff).stdout
    assert git(office, "rev-parse", "HEAD") == before


def test_a_dry_run_shows_the_change_and_makes_none(office: Path, staff: Path) -> None:
    before = git(office, "rev-parse", "HEAD")
    done = import_csv(office, staff, "--dry-run")
    assert "+  dan:" in done.stdout
    assert git(office, "rev-parse", "HEAD") == before
    assert git(office, "status", "--porcelain") == ""


def test_bad_rows_refuse_the_file_or_are_left_out(office: Path, staff: Path) -> None:
    staff.write_text(STAFF + 'erin;"Erin\nE.";Eden;x;;;;hunter3\n')
    before = git(office, "rev-parse", "HEAD")
    done = import_csv(office, staff, code=1)
    assert f"{staff}:5:10" in done.stderr
    assert "--skip-bad leaves 1 of its rows out" in done.stderr
    assert "hunter" not in done.stderr
    assert git(office, "rev-parse", "HEAD") == before
    assert "2 new" in import_csv(office, staff, "--skip-bad").stdout
    assert "erin" not in exported(office)


def test_what_a_person_wrote_stays(office: Path, staff: Path) -> None:
    import_csv(office, staff)
    tree = office / "pbx.yaml"
    tree.write_text(tree.read_text().replace("Dan Dean", "Daniel Dean"))
    git(office, "commit", "-qam", "Call Dan by his name")
    staff.write_text(STAFF.replace("204", "205"))
    done = import_csv(office, staff)
    assert "PBX1843" in done.stderr
    assert "dan,Daniel Dean,205" in exported(office)
    import_csv(office, staff, "--take", "users/dan/name")
    assert "dan,Dan Dean,205" in exported(office)


def test_an_empty_cell_keeps_what_the_import_brought(office: Path, staff: Path) -> None:
    import_csv(office, staff)
    staff.write_text("user,ext,group\ncarol,,support\n")
    import_csv(office, staff)
    assert "carol,Carol Clark,203,,,,sales support," in exported(office)


def test_who_is_not_in_a_complete_table_is_disabled(office: Path, tmp_path: Path) -> None:
    everybody = [f"u{number},User {number}" for number in range(12)]
    file = tmp_path / "staff.csv"
    file.write_text("\n".join(("user,name", *everybody, "")))
    import_csv(office, file)
    file.write_text("\n".join(("user,name", *everybody[1:], "")))
    assert "nothing to change" in import_csv(office, file).stdout
    import_csv(office, file, "--complete")
    assert [line for line in exported(office).splitlines() if ",false," in line] == [
        "u0,User 0,,,,,,,,,false,,,,"
    ]
    file.write_text("user,name\n")
    assert "nothing was done" in import_csv(office, file, "--complete", code=3).stderr


@pytest.mark.parametrize("words", [(), ("--excel",), ("--format", "sipxcom")])
def test_what_was_exported_changes_nothing_and_fills_an_empty_tree(
    office: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    file = tmp_path / "people.csv"
    run(PBX, "export", "csv", office, "-o", file, *words, cwd=office)
    done = import_csv(office, file)
    assert "nothing to change" in done.stdout
    assert done.stderr == ""
    empty = repository(tmp_path / "empty", TREE.partition("users:")[0])
    import_csv(empty, file)
    assert exported(empty) == exported(office)


def test_scripts_read_what_came_of_it(office: Path, staff: Path) -> None:
    done = import_csv(office, staff, "--format", "json", "--as", "people")
    (report,) = json.loads(done.stdout)["imports"]
    assert (report["importer"], report["outcome"]) == ("csv/people", "done")
    assert report["counts"]["new"] == 2
    assert [warning["code"] for warning in report["warnings"]] == ["PBX1833"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--map", "Ext=extnsion"), 'did you mean "extension"?'),
        (("--map", "Ext"), '--map takes "Column=key"'),
        (("--encoding", "klingon"), 'there is no encoding "klingon"'),
        (("--as", "a/b"), "cannot be the name of an import"),
    ],
)
def test_wrong_options_are_told(
    office: Path, staff: Path, words: tuple[str, ...], said: str
) -> None:
    assert said in import_csv(office, staff, *words, code=1).stderr


def test_a_file_that_is_not_there_is_told(office: Path, tmp_path: Path) -> None:
    assert "No such file" in import_csv(office, tmp_path / "staff.csv", code=1).stderr
