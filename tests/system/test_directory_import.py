"""A company of 5,000 people in a directory becomes users of a tree, and stays so through its life.

One story, told in order: each step changes the real directory (slapd), runs `pbx import ldap` as a
person would, and looks at the commit that came of it.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from directory import ACCOUNT, ACCOUNT_PASSWORD, PEOPLE, Cutter, Member, Slapd, running

from schema.tree import DirectorySource
from schema.validate import validate

COUNT = 5_000
PBX = Path(sys.executable).with_name("pbx")
TREE = """\
version: 1
system: {{domain: corp.test, region: DE}}   # where it all begins
nodes: {{pbx1: {{address: 127.0.0.1}}}}
sites: {{hq: {{}}}}
users:
  # The desk at the door, nobody in the directory.
  reception: {{name: "Reception", extension: "100"}}
directories:
  corp:
    kind: active_directory
    servers: ["{url}"]
    tls: {{starttls: false}}
    bases: ["{base}"]
    bind: {{dn: "{account}", password: !env DIRECTORY_PASSWORD}}
    filter: "(objectClass=user)"
    page_size: 500
    groups: {{map: {{Sales: sales, Support: support}}}}
    defaults: {{site: hq}}
    extensions: {{from: "60000", to: "69999"}}
    missing: {{disable_after: 1s}}
"""


def member(number: int, **words) -> Member:
    group = "Sales" if number % 2 else "Support"
    given = {
        "given": f"Given{number}", "surname": f"Family{number}", "unit": "staff",
        "extension": str(20_000 + number) if number % 10 else "", "groups": (group,),
        "phone": f"030 9018{number:05d}",
    }  # fmt: skip
    return Member(f"user{number}", **{**given, **words})


class Company:
    """The directory, and the repository that follows it."""

    def __init__(self, server: Slapd, folder: Path) -> None:
        self.server, self.folder, self.secret = server, folder, ACCOUNT_PASSWORD
        folder.mkdir()
        self.write_tree(server.url)
        self.git("init", "-q", "-b", "main")
        self.commit("Begin")

    def write_tree(self, url: str) -> None:
        text = TREE.format(url=url, base=PEOPLE, account=ACCOUNT)
        (self.folder / "pbx.yaml").write_text(text)

    def write_tree_elsewhere(self, port: int) -> None:
        """Let the directory be behind another port."""
        found = re.search(r"ldap://127\.0\.0\.1:\d+", (self.folder / "pbx.yaml").read_text())
        assert found is not None
        self.replace_in_tree(found[0], f"ldap://127.0.0.1:{port}")

    def replace_in_tree(self, old: str, new: str) -> None:
        path = self.folder / "pbx.yaml"
        path.write_text(path.read_text().replace(old, new, 1))
        self.commit(f"Write {new}")

    def git(self, *words: str) -> str:
        done = subprocess.run(
            ["git", *words], cwd=self.folder, capture_output=True, text=True, check=True,
            env=self.environment, timeout=60,
        )  # fmt: skip
        return done.stdout.strip()

    def commit(self, subject: str) -> None:
        self.git("add", "-A")
        self.git("commit", "-qm", subject)

    @property
    def environment(self) -> dict[str, str]:
        who = {
            f"GIT_{role}_{what}": "tester@corp.test"
            for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
        }  # fmt: skip
        secret = {"DIRECTORY_PASSWORD": self.secret}
        return {**os.environ, **who, **secret, "GIT_CONFIG_GLOBAL": os.devnull}

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(PBX), "import", "ldap", "corp", *words, "--dir", str(self.folder)],
            capture_output=True, text=True, timeout=120, env=self.environment,
        )  # fmt: skip

    @property
    def head(self) -> str:
        return self.git("rev-parse", "HEAD")

    @property
    def subject(self) -> str:
        return self.git("log", "-1", "--format=%s")

    def users(self):
        found = validate(DirectorySource(self.folder))
        assert found.system is not None, found.errors
        return found.system.users


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    folder = tmp_path_factory.mktemp("company")
    people = [member(number) for number in range(COUNT)]
    with running(folder / "slapd", people, ["staff", "board"]) as server:
        yield Company(server, folder / "tree")


def said(done: subprocess.CompletedProcess[str]) -> str:
    assert "Traceback" not in done.stdout + done.stderr
    assert ACCOUNT_PASSWORD not in done.stdout + done.stderr
    return done.stdout + done.stderr


def imported(company: Company, *words: str, code: int = 0) -> str:
    done = company.run(*words)
    assert done.returncode == code, said(done)[-2000:]
    return said(done)


def test_a_dry_run_shows_everybody_and_does_nothing(company):
    before = company.head
    assert "5,000 users from corp: 5,000 new" in imported(company, "--dry-run")
    assert company.head == before


def test_everybody_comes_in_one_commit(company):
    imported(company)
    assert company.subject.startswith("Import 5,000 users from corp: 5,000 new")
    users = company.users()
    assert len(users) == COUNT + 1
    assert users["user7"].model_dump(exclude_defaults=True) == {
        "name": "Given7 Family7", "extension": "20007", "did": "+4930901800007",
        "groups": ("sales",), "site": "hq", "managed_by": "ldap/corp",
        "managed_id": member(7).source_id,
    }  # fmt: skip
    assert company.git("log", "-1", "--format=%(trailers:key=Dialtree-By,valueonly)") == (
        "import ldap/corp"
    )


def test_what_people_wrote_is_as_it_was(company):
    text = (company.folder / "pbx.yaml").read_text()
    assert "   # where it all begins\n" in text
    assert (
        '  # The desk at the door, nobody in the directory.\n  reception: {name: "Reception"'
        in text
    )
    removed = company.git("diff", "--numstat", "HEAD~1").split("\n")
    assert all(line.split()[1] == "0" for line in removed)


def test_who_has_no_number_got_one_of_the_range_and_keeps_it(company):
    given = {id_: u.extension for id_, u in company.users().items() if u.extension[0] == "6"}
    assert len(given) == COUNT // 10
    assert len(set(given.values())) == len(given)
    assert set(given) == {f"user{number}" for number in range(0, COUNT, 10)}


def test_without_news_there_is_no_commit(company):
    before = company.head
    assert "nothing to change" in imported(company)
    assert company.head == before


def test_changes_come_as_one_commit_that_counts_them(company):
    server, board = company.server, f"ou=board,{PEOPLE}"
    numbers = {id_: user.extension for id_, user in company.users().items()}
    server.add(*(member(number) for number in range(COUNT, COUNT + 3)))
    server.replace(member(11), displayName="Grace Hopper", sAMAccountName="ghopper")
    server.move(member(11), "cn=ghopper")
    server.move(member(12), "cn=user12", above=board)
    server.replace(member(13), userAccountControl="514")
    server.replace(member(20), displayName="Somebody Else")
    server.delete(member(14), member(15))
    imported(company)
    users = company.users()
    assert re.match(r"Import 6 users from corp: 3 new, 2 changed, 1 disabled", company.subject)
    assert (users["user11"].name, users["user11"].aliases) == ("Grace Hopper", ("ghopper",))
    assert "ghopper" not in users
    assert users["user12"].managed_id == member(12).source_id
    assert users["user13"].enabled is False
    assert users["user20"].extension == numbers["user20"]
    assert users["user14"].enabled
    assert users[f"user{COUNT}"].extension[0] == "6"


def test_whoever_is_missing_for_long_is_disabled_and_comes_back(company):
    imported(company)
    users = company.users()
    assert not users["user14"].enabled
    assert not users["user15"].enabled
    assert company.subject.startswith("Import 2 users from corp: 2 disabled")
    company.server.add(member(14), member(15))
    company.server.replace(member(13), userAccountControl="512")
    imported(company)
    users = company.users()
    assert users["user14"].enabled
    assert users["user13"].enabled
    assert company.subject.startswith("Import 3 users from corp")


def test_what_a_person_wrote_stays_and_is_said(company):
    path = next(p for p in company.folder.rglob("*.yaml") if "user30:" in p.read_text())
    text = path.read_text()
    entry = re.search(r"  user31:.*?(?=\n  user32:)", text, re.S)
    assert entry is not None
    path.write_text(text.replace(entry[0], entry[0].replace("20031", "31"), 1))
    company.commit("Give user31 a short number")
    company.server.replace(member(31), ipPhone="29031", displayName="Ada Lovelace")
    told = imported(company)
    user = company.users()["user31"]
    assert (user.name, user.extension) == ("Ada Lovelace", "31")
    assert "user31" in told
    assert "tester@corp.test" in told
    imported(company, "--take", "users/user31/extension")
    assert company.users()["user31"].extension == "29031"


def test_an_outage_in_mid_page_changes_nothing(company):
    company.server.delete(member(40))
    cutter = Cutter(company.server.port, after=300_000)
    company.write_tree_elsewhere(cutter.port)
    before = company.head
    try:
        told = imported(company, code=1)
        assert company.head == before
    finally:
        cutter.close()
        company.write_tree_elsewhere(company.server.port)
    assert f"ldap://127.0.0.1:{cutter.port} closed the connection" in told
    assert company.git("status", "--porcelain") == ""


def test_a_directory_that_is_down_says_so(company):
    company.server.stop()
    try:
        told = imported(company, code=1)
    finally:
        company.server.start()
    assert "refuses the connection" in told


def test_an_empty_answer_disables_nobody(company):
    company.replace_in_tree("(objectClass=user)", "(objectClass=device)")
    before = company.head
    for _ in range(3):
        told = imported(company, code=3) if _ else company.run().stderr
    assert company.head == before
    assert "--force" in told
    assert all(user.enabled for user in company.users().values())
    company.replace_in_tree("(objectClass=device)", "(objectClass=user)")
    imported(company)


def test_a_wrong_password_is_said_without_it(company):
    company.secret = "not-this-one"
    told = imported(company, code=1)
    company.secret = ACCOUNT_PASSWORD
    assert "refuses the account" in told
    assert "not-this-one" not in told
