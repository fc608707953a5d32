"""Who somebody is: asked of a real directory, and of what is derived here."""

import json
import os
import subprocess
import sys
import threading
import time
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from directory import ACCOUNT, ACCOUNT_PASSWORD, PEOPLE, Member, running

from engine.login import Attempts, Login
from engine.login.login import REFUSAL_SECONDS
from engine.secrets import SecretReader, Secrets, load_or_create_master_key
from schema.tree import DirectorySource
from schema.validate import validate

ALICE = Member("aadams", password="of-alice", extension="201")
BOB = Member("bbrown", password="of-bob", extension="202", control=514)
DORA = Member("ddoe", password="of-dora", extension="204")
ODD = "½ שלום\u00adⅣ\x01"
"""What SASLprep (RFC 4013) would write in another way, or refuse; directories take it as it is."""
FRED = Member("ffox", password=ODD, extension="207")
SECRETS = Secrets(bytes(32), "corp.test")

TREE = """\
version: 1
system: {{domain: corp.test, login: {{local_while_unreachable: {local}}}}}
nodes: {{pbx1: {{address: 127.0.0.1}}}}
directories:
  corp:
    kind: active_directory
    servers: ["{url}"]
    tls: {{starttls: false}}
    bases: ["{base}"]
    bind: {{dn: "{account}", password: !env DIRECTORY_PASSWORD}}
    timeout: 2s
users:
  aadams:
    {{name: Al, extension: "201", aliases: [alice], managed_id: "{alice}", managed_by: ldap/corp}}
  bbrown: {{name: Bob, extension: "202", managed_by: ldap/corp, managed_id: "{bob}"}}
  carol: {{name: Carol, extension: "203"}}
  ddoe:
    {{name: Dora, extension: "204", enabled: false, managed_by: ldap/corp, managed_id: "{dora}"}}
  erik: {{name: Erik, extension: "205", enabled: false}}
  ffox: {{name: Fred, extension: "207", managed_by: ldap/corp, managed_id: "{fred}"}}
  gone: {{name: Gone, extension: "206", managed_by: ldap/corp, managed_id: nobody-any-more}}
"""  # fmt: skip


@pytest.fixture(scope="module")
def slapd(tmp_path_factory):
    folder = tmp_path_factory.mktemp("login") / "server"
    with running(folder, [ALICE, BOB, DORA, FRED]) as server:
        yield server


def tree(folder: Path, url: str, local: str = "false") -> Path:
    ids = {
        "alice": ALICE.source_id,
        "bob": BOB.source_id,
        "dora": DORA.source_id,
        "fred": FRED.source_id,
    }
    text = TREE.format(url=url, base=PEOPLE, account=ACCOUNT, local=local, **ids)
    folder.mkdir(exist_ok=True)
    (folder / "pbx.yaml").write_text(text)
    return folder


class Waits(list):
    """What was waited for, without waiting."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def asking(folder: Path, password: str = ACCOUNT_PASSWORD, **words) -> Login:
    found = validate(DirectorySource(folder))
    assert found.system is not None, found.diagnostics
    reader = SecretReader(folder / "age.key", {"DIRECTORY_PASSWORD": password})
    words = {"wait": Waits()} | words
    return Login(found.system, SECRETS, reader, words.pop("attempts", Attempts()), **words)


@pytest.fixture
def login(slapd, tmp_path):
    return asking(tree(tmp_path / "tree", slapd.url))


def test_a_password_of_the_directory_opens(login):
    result = login.check("aadams", "of-alice", "192.0.2.1")
    assert (result.accepted, result.user, result.backend) == (True, "aadams", "ldap/corp")


@pytest.mark.parametrize("name", ["alice", "AAdams", "ALICE"])
def test_people_may_use_their_other_names(login, name):
    assert login.check(name, "of-alice").user == "aadams"


@pytest.mark.parametrize(
    ("name", "password", "reason"),
    [
        ("aadams", "of-bob", "wrong"),
        ("bbrown", "of-bob", "wrong"),  # disabled in the directory
        ("ddoe", "of-dora", "disabled"),  # disabled in the tree
        ("nobody", "of-alice", "no such user"),
        ("gone", "of-alice", "wrong"),
        ("carol", "of-alice", "wrong"),
        ("", "of-alice", "no such user"),
        ("*", "of-alice", "no such user"),
        ("aadams)(objectClass=*", "of-alice", "no such user"),
    ],
)
def test_others_are_refused(login, name, password, reason):
    result = login.check(name, password)
    assert not result.accepted
    assert reason in result.reason


def test_a_password_opens_as_it_was_typed(login):
    assert login.check("ffox", ODD).accepted
    for other in (unicodedata.normalize("NFKC", ODD), ODD.replace("\u00ad", ""), ODD[:-1]):
        assert login.check("ffox", other).reason == "the password is wrong"


@pytest.mark.parametrize("password", ["\u00ad", "\x00", "\ud800", "a\x00b", "\u202e", " "])
def test_no_password_is_beyond_words(login, password):
    assert login.check("aadams", password).reason == "the password is wrong"


@pytest.mark.parametrize("name", ["aadams", "carol", "nobody"])
def test_an_empty_password_opens_nothing(login, name):
    assert not login.check(name, "").accepted


def test_whoever_is_in_no_directory_has_a_local_password(login):
    password = SECRETS.login_password("carol", 1)
    result = login.check("carol", password)
    assert (result.user, result.backend) == ("carol", "local")
    assert not login.check("erik", SECRETS.login_password("erik", 1)).accepted


def test_local_passwords_of_people_of_a_directory_do_not_open(login):
    assert not login.check("aadams", SECRETS.login_password("aadams", 1)).accepted


def test_local_passwords_differ_by_user_epoch_and_use():
    made = {
        SECRETS.login_password("carol", 1), SECRETS.login_password("carol", 2),
        SECRETS.login_password("alice", 1), SECRETS.sip_password("carol", "", 1)[:16],
    }  # fmt: skip
    assert len(made) == 4


def test_while_the_directory_is_away_nobody_of_it_gets_in(tmp_path):
    login = asking(tree(tmp_path / "tree", "ldap://127.0.0.1:1"))
    result = login.check("aadams", SECRETS.login_password("aadams", 1))
    assert not result.accepted
    assert "refuses the connection" in result.reason
    assert login.check("carol", SECRETS.login_password("carol", 1)).accepted


def test_while_the_directory_is_away_local_passwords_open_where_the_tree_says_so(tmp_path):
    login = asking(tree(tmp_path / "tree", "ldap://127.0.0.1:1", local="true"))
    result = login.check("aadams", SECRETS.login_password("aadams", 1))
    assert (result.user, result.backend) == ("aadams", "local")
    assert not login.check("aadams", "of-alice").accepted
    assert not login.check("ddoe", SECRETS.login_password("ddoe", 1)).accepted


def test_a_wrong_password_is_no_reason_to_look_locally(slapd, tmp_path):
    login = asking(tree(tmp_path / "tree", slapd.url, local="true"))
    assert not login.check("aadams", SECRETS.login_password("aadams", 1)).accepted


def test_an_outage_is_no_wrong_password(tmp_path):
    login = asking(tree(tmp_path / "tree", "ldap://127.0.0.1:1"))
    reasons = {login.check("aadams", "of-alice").reason for _ in range(8)}
    assert not any("locked" in reason for reason in reasons)


def test_too_many_wrong_passwords_lock_even_the_right_one(slapd, tmp_path):
    now = [0.0]
    login = asking(tree(tmp_path / "tree", slapd.url), clock=lambda: now[0])
    for name in ("aadams", "alice", "AADAMS", "aadams", "alice"):
        assert not login.check(name, "guess", "192.0.2.1").accepted
    result = login.check("aadams", "of-alice", "198.51.100.1")
    assert "locked" in result.reason
    assert result.backend == ""
    now[0] = 901.0
    assert login.check("aadams", "of-alice").accepted


def test_passwords_that_are_tried_at_once_are_no_more(tmp_path):
    asked, all_asked = [], threading.Barrier(40, timeout=10)

    def takes(*_):
        asked.append(1)
        time.sleep(0.2)  # as long as a directory takes: meanwhile the others ask
        return False

    attempts = Attempts()
    login = asking(tree(tmp_path / "tree", "ldap://127.0.0.1:1"), attempts=attempts, takes=takes)

    def guess(number):
        all_asked.wait()
        return login.check("aadams", f"guess {number}", f"192.0.2.{number}")

    with ThreadPoolExecutor(40) as people:
        results = list(people.map(guess, range(40)))
    assert not any(result.accepted for result in results)
    assert len(asked) == 5
    assert sum("locked" in result.reason for result in results) == 35


def test_the_account_that_looks_people_up_is_named_when_it_is_refused(slapd, tmp_path):
    login = asking(tree(tmp_path / "tree", slapd.url), password="old-one")
    result = login.check("aadams", "of-alice")
    assert "refuses the account" in result.reason
    assert "old-one" not in result.reason


def test_a_secret_that_is_missing_is_said(slapd, tmp_path):
    result = asking(tree(tmp_path / "tree", slapd.url), password="").check("aadams", "of-alice")
    assert "directories/corp/bind/password" in result.reason


@pytest.mark.parametrize("name", ["aadams", "bbrown", "ddoe", "carol", "nobody", "gone", "erik"])
def test_no_refusal_comes_before_its_time(slapd, tmp_path, name):
    login = asking(tree(tmp_path / "tree", slapd.url), wait=time.sleep)
    begin = time.monotonic()
    assert not login.check(name, "guess").accepted
    assert REFUSAL_SECONDS <= time.monotonic() - begin < 2 * REFUSAL_SECONDS


def test_nobody_costs_the_same_questions_as_somebody(slapd, tmp_path):
    asked = []

    def takes(*question):
        asked.append(question[3])
        return False

    login = asking(tree(tmp_path / "tree", slapd.url), takes=takes)
    login.check("nobody", "guess")
    login.check("aadams", "guess")
    assert asked == ["", ALICE.source_id]


def run(folder: Path, *words: str, password: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cli", *words, str(folder), "--state", str(folder / "state")]
    environment = {**os.environ, "DIRECTORY_PASSWORD": ACCOUNT_PASSWORD}
    return subprocess.run(
        command, input=f"{password}\n", capture_output=True, text=True, timeout=60, env=environment
    )


@pytest.fixture
def node(slapd, tmp_path):
    folder = tree(tmp_path / "tree", slapd.url)
    (folder / "state").mkdir(mode=0o700)
    load_or_create_master_key(folder / "state" / "master.key")
    return folder


def test_the_command_says_who_answered_and_never_the_password(node):
    done = run(node, "login", "check", "aadams", password="of-alice")
    assert (done.returncode, done.stdout) == (
        0, "accepted: aadams by ldap/corp: the password is right\n"
    )  # fmt: skip
    done = run(node, "login", "check", "--format", "json", "aadams", password="of-bob")
    assert done.returncode == 2
    assert json.loads(done.stdout)["accepted"] is False
    assert "of-bob" not in done.stdout + done.stderr


def test_the_local_password_that_is_shown_opens(node):
    shown = run(node, "secrets", "show", "--login", "carol").stdout.split()[-1]
    done = run(node, "login", "check", "carol", password=shown)
    assert done.stdout.startswith("accepted: carol by local")
