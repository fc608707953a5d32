"""The command line on a running node, as an admin types it: texts, exit codes, no secrets."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from running import PBX, Site, run

ALICE = "0015651234ab"


@pytest.fixture(scope="module")
def site(module_site: Callable[..., Site]) -> Site:
    made = module_site()
    made.start()
    return made


def test_a_node_is_found_by_its_directory(site: Site) -> None:
    done = site.pbx("status", site.tree)
    assert done.returncode == 0, done.stderr
    assert "node        pbx1" in done.stdout
    assert f"sip/udp     127.0.0.1:{site.sip}" in done.stdout


def test_status_has_the_documented_keys(site: Site) -> None:
    page = (Path(__file__).parents[2] / "docs" / "json.md").read_text()
    documented = page.split("## pbx status\n")[1].split("`")[1]
    status = site.status()
    assert set(status) == set(re.findall(r'"(\w+)"', documented))
    assert status["history"][0] == {
        "revision": status["applied_revision"],
        "outcome": "applied",
        "finished": status["history"][0]["finished"],
    }


def test_status_without_a_node_is_unreachable(site: Site, tmp_path: Path) -> None:
    done = site.pbx("status", "--state", tmp_path)
    assert done.returncode == 1
    assert "no node answers" in done.stderr


def test_selftest_tells_each_step(site: Site) -> None:
    done = site.pbx("selftest")
    assert done.returncode == 0
    steps = [line.split("ms  ")[1] for line in done.stdout.splitlines()[:-1]]
    assert [step.split()[0] for step in steps] == [
        "register", "register", "ring", "answer", "hang", "remove",
    ]  # fmt: skip
    assert done.stdout.splitlines()[-1] == "the call went through"
    assert site.status()["registrations"] == []


def test_apply_shows_commits_and_runs(site: Site) -> None:
    site.edit("Alice Adams", "Alice Apply")
    shown = site.pbx("diff")
    assert shown.returncode == 2
    assert '    name: "Alice Adams" → "Alice Apply"' in shown.stdout
    done = site.pbx("apply", "-m", "Rename Alice", "--yes")
    assert done.returncode == 0, done.stderr
    assert "1 user updated" in done.stdout
    assert site.git("log", "-1", "--format=%s").stdout.strip() == "Rename Alice"
    assert site.status()["applied_revision"] == site.head()
    assert site.pbx("diff").returncode == 0


def test_apply_asks_first(site: Site) -> None:
    before = site.head()
    site.edit("Alice Apply", "Alice Ask")
    done = site.pbx("apply")  # nobody answers
    assert done.returncode == 1
    assert "Apply this?" in done.stdout
    assert site.head() == before
    site.git("checkout", "-q", "pbx.yaml")


def test_rollback_commits_and_runs_what_was_before(site: Site) -> None:
    site.edit("Bob Brown", "Bob Braun")
    assert site.pbx("apply", "--yes").returncode == 0
    bad = site.head()
    done = site.pbx("rollback")
    assert done.returncode == 0, done.stderr
    assert "name: Bob Brown" in (site.tree / "pbx.yaml").read_text()
    assert site.git("rev-parse", "HEAD~1").stdout.strip() == bad
    assert site.status()["applied_revision"] == site.head()


def test_rollback_to_nowhere_is_refused(site: Site) -> None:
    done = site.pbx("rollback", "deadbeef")
    assert done.returncode == 1
    assert '"deadbeef" names no commit' in done.stderr


def test_history_lists_attempts_with_and_without_a_node(site: Site) -> None:
    attempts = json.loads(site.pbx("history", "--format", "json").stdout)["history"]
    assert attempts[0]["revision"] == site.head()
    assert attempts[0]["outcome"] == "applied"
    assert attempts[0]["author"] == "Ann"
    assert "Rename Alice" in site.pbx("history").stdout


def test_an_unsafe_apply_stops_with_3(site: Site) -> None:
    text = (site.tree / "pbx.yaml").read_text()
    line = next(line for line in text.splitlines() if "rule: emergency" in line)
    before = site.head()
    site.edit(f"{line}\n", "")
    (site.tree / "tests" / "office.yaml").unlink()  # which would not let it pass
    assert site.pbx("diff").returncode == 3
    assert site.pbx("apply", "--yes").returncode == 3
    assert site.head() == before
    assert site.pbx("apply", "--yes", "--force").returncode == 0
    site.edit("dialplan:\n", f"dialplan:\n{line}\n")
    assert site.pbx("apply", "--yes").returncode == 0


def test_a_bad_tree_is_told_by_every_command_in_the_same_words(site: Site) -> None:
    site.edit('extension: "202"', "extension: 202")
    for words in (
        ["validate"],
        ["diff"],
        ["apply", "--yes"],
        ["route", "911"],
        ["render", "-o", "x"],
    ):
        done = site.pbx(*words)
        assert done.returncode == 1, words
        text = done.stdout + done.stderr
        assert re.search(r"pbx\.yaml:32:16\n", text), text
        assert 'extension: "202"' in text, text
    site.git("checkout", "-q", "pbx.yaml")


def test_secrets_need_the_key_of_the_node(site: Site, tmp_path: Path) -> None:
    assert len(site.password("alice")) == 24
    assert site.password("alice") != site.password("bob")
    assert site.password("alice", ALICE) != site.password("alice")
    done = site.pbx("secrets", "show", "alice", "--state", tmp_path)
    assert done.returncode == 1
    assert "there is no master key" in done.stderr
    done = site.pbx("secrets", "show", "alicia")
    assert done.returncode == 1
    assert 'did you mean "alice"' in done.stderr


def test_a_profile_is_at_its_url_and_nowhere_else(site: Site) -> None:
    body = run("curl", "-sf", site.url(ALICE), cwd=site.tree).stdout
    assert f"account.1.password = {site.password('alice', ALICE)}" in body
    for path in (f"{ALICE}.cfg", f"d/x/{ALICE}.cfg", "", "d/", "../etc/passwd", "%2e%2e/"):
        done = run(
            "curl", "-s", "--path-as-is", "-o", "/dev/null", "-w", "%{http_code}",
            f"http://127.0.0.1:{site.http}/{path}", cwd=site.tree,
        )  # fmt: skip
        assert done.stdout == "404", path


def test_render_writes_what_is_served_and_the_same_twice(site: Site, tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert site.pbx("render", "-o", tmp_path / name).returncode == 0
    one, two = ({p.relative_to(d): p.read_bytes() for p in d.rglob("*") if p.is_file()}
                for d in (tmp_path / "one", tmp_path / "two"))  # fmt: skip
    assert one == two
    served = run("curl", "-sf", site.url(ALICE), cwd=site.tree).stdout
    assert one[Path(f"devices/{ALICE}/{ALICE}.cfg")].decode() == served
    path = tmp_path / "one" / "devices" / ALICE / f"{ALICE}.cfg"
    assert path.stat().st_mode & 0o077 == 0


def test_without_a_key_rendering_shows_placeholders(site: Site, tmp_path: Path) -> None:
    done = site.pbx("render", "-o", tmp_path / "out", "--state", tmp_path / "none")
    assert done.returncode == 0
    assert "placeholders" in done.stderr
    text = (tmp_path / "out" / "devices" / ALICE / f"{ALICE}.cfg").read_text()
    assert "(SIP password of alice" in text


def test_route_explains_and_its_exit_code_says_whether(site: Site) -> None:
    done = site.pbx("route", "95551234", "--from", "alice", "--at", "mon 10:00")
    assert done.returncode == 0
    assert "+12125551234" in done.stdout
    refused = site.pbx("route", "95551234", "--from", "lobby")
    assert refused.returncode == 2
    assert "local" in refused.stdout
    assert site.pbx("route", "911").returncode == 0
    assert site.pbx("route", "1", "--from", "nobody").returncode == 1


def test_explain_names_the_level_and_the_line(site: Site) -> None:
    done = site.pbx("explain", "users/alice")
    assert done.returncode == 0
    assert re.search(r"permission long_distance +yes +group sales +pbx\.yaml:\d+:\d+", done.stdout)
    assert site.pbx("explain", "users/nobody").returncode == 1


@pytest.mark.parametrize("form", ["text", "json", "github", "junit", "sarif"])
def test_every_view_of_diagnostics_prints(site: Site, form: str) -> None:
    done = site.pbx("validate", "--format", form)
    assert done.returncode == 0
    if form in ("json", "sarif"):
        json.loads(done.stdout)


def test_schema_is_for_editors(site: Site) -> None:
    schema = json.loads(site.pbx("schema").stdout)
    assert "draft-07" in schema["$schema"]
    first = (site.tree / "pbx.yaml").read_text().splitlines()[0]
    modeline = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)
    assert modeline is not None
    assert json.loads((site.tree / modeline[1]).read_text()) == schema


def test_devices_are_listed(site: Site) -> None:
    listed = json.loads(site.pbx("devices", "list", "--format", "json").stdout)["devices"]
    assert {device["mac"] for device in listed} == {ALICE, "64167f5678cd"}
    assert next(d for d in listed if d["mac"] == ALICE)["fetched"]


MISTAKES = [
    ["nosuch"],
    ["diff", "--rev", "nosuch"],
    ["diff", "--against", "nosuch"],
    ["validate", "/nosuch"],
    ["devices", "url", "zz"],
    ["rollback", "-C", "/nosuch"],
    ["run", "/nosuch", "--node", "other", "--state", "/proc/nosuch"],
]


@pytest.mark.parametrize("words", MISTAKES, ids=" ".join)
def test_mistakes_are_told_without_a_traceback(site: Site, words: list[str]) -> None:
    done = site.pbx(*words)
    assert done.returncode != 0
    assert "Traceback" not in done.stdout + done.stderr
    assert "internal error" not in done.stdout + done.stderr


def test_nothing_secret_is_in_the_tree_the_log_the_plan_or_the_store(site: Site) -> None:
    passwords = [site.password("alice"), site.password("alice", ALICE), site.password("bob")]
    token = site.url(ALICE).rstrip("/").rsplit("/", 1)[1]
    run("curl", "-s", site.url(ALICE), cwd=site.tree)
    site.edit("Alice Apply", "Alice Last")
    shown = [site.pbx("diff", "--format", form).stdout for form in ("text", "json", "markdown")]
    shown += [site.pbx("status", "--format", form).stdout for form in ("text", "json")]
    shown += [site.output(), site.git("show", "--stat", "-p", "HEAD").stdout]
    site.git("checkout", "-q", "pbx.yaml")
    stored = b"".join(
        path.read_bytes()
        for path in site.state.iterdir()
        if path.is_file() and path.name != "master.key"
    )
    tree = b"".join(path.read_bytes() for path in site.tree.rglob("*") if path.is_file())
    key = (site.state / "master.key").read_bytes()
    for secret in (*passwords, token):
        assert not [text for text in shown if secret in text]
        assert secret.encode() not in stored + tree
    assert key not in stored + tree


def test_help_is_there_for_every_command(site: Site) -> None:
    assert "a PBX you git push" in run(PBX, "--help", cwd=site.tree).stdout


def test_a_running_node_judges_commits_by_the_tests_too(site: Site) -> None:
    (site.tree / "tests").mkdir(exist_ok=True)
    failing = '- {from: lobby, dial: "95551234", expect: {via: pstn}}\n'
    (site.tree / "tests" / "lobby.yaml").write_text(failing)
    before = site.head()
    applied = site.pbx("apply", "--yes")
    assert applied.returncode == 1
    assert "no commit was made" in applied.stderr
    assert "tests/lobby.yaml:1:3" in applied.stderr
    site.git("add", "-A")
    done = site.git("commit", "-qm", "Let the lobby call", check=False)
    assert done.returncode == 1
    assert "error[PBX1705]: lobby dials 95551234" in done.stderr
    assert site.head() == before
    site.git("rm", "-qf", "tests/lobby.yaml")
