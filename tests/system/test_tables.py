"""Tables out of real repositories and into them, by the `pbx` command."""

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


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """A repository whose tree is TREE."""
    directory = tmp_path / "office"
    run(PBX, "init", directory, cwd=tmp_path)
    (directory / "pbx.yaml").write_text(TREE)
    run("git", "rm", "-rq", "tests", cwd=directory)
    run("git", "commit", "-qam", "Begin", cwd=directory)
    return directory


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
