"""`git push` to a node: bad trees are refused at the door, good ones run at once."""

import time
from collections.abc import Callable

import pytest
from running import PBX, Site, eventually, run


@pytest.fixture(scope="module")
def site(module_site: Callable[..., Site]) -> Site:
    made = module_site(bare=True)
    made.start()
    return made


def test_a_good_push_runs_within_a_second(site: Site) -> None:
    site.edit("Alice Adams", "Alice Abbot")
    commit = site.commit("Rename Alice")
    pushed = site.git("push")
    assert "it runs" in pushed.stderr
    start = time.monotonic()
    site.runs(commit)
    # Asking takes longer than running: the answer of the very first question counts.
    assert time.monotonic() - start < 5
    assert "1 user updated" in pushed.stderr


def test_a_bad_push_is_refused_with_the_line(site: Site) -> None:
    before = site.git("rev-parse", "origin/main").stdout.strip()
    site.edit('extension: "203"', 'extension: "201"')
    site.commit("Two with one number")
    pushed = site.git("push", check=False)
    assert pushed.returncode != 0
    assert "error[PBX1203]" in pushed.stderr
    assert "pbx.yaml:29:41" in pushed.stderr
    assert "The push was refused" in pushed.stderr
    assert "Traceback" not in pushed.stderr
    assert site.status()["applied_revision"] == before
    assert run("git", "rev-parse", "main", cwd=site.directory).stdout.strip() == before
    site.git("reset", "-q", "--hard", before)


def test_a_push_that_drops_commits_is_refused(site: Site) -> None:
    before = site.head()
    site.git("commit", "-q", "--amend", "-m", "Another history")
    pushed = site.git("push", "--force", check=False)
    assert pushed.returncode != 0
    assert "git pull --rebase" in pushed.stderr
    assert site.status()["applied_revision"] == before
    site.git("reset", "-q", "--hard", before)


def test_another_branch_runs_nothing(site: Site) -> None:
    before = site.head()
    site.git("checkout", "-qb", "try")
    site.edit("Bob Brown", "Bob Braun")
    site.commit("Try a name")
    site.git("push", "-q", "origin", "try")
    site.git("checkout", "-q", "main")
    time.sleep(0.5)
    assert site.status()["wanted_revision"] == before


def test_a_tree_without_pbx_yaml_is_refused(site: Site) -> None:
    before = site.head()
    site.git("rm", "-q", "pbx.yaml")
    site.git("commit", "-qm", "Remove the PBX")
    pushed = site.git("push", check=False)
    assert pushed.returncode != 0
    assert "PBX1020" in pushed.stderr
    site.git("reset", "-q", "--hard", before)


def test_the_branch_that_runs_cannot_be_deleted(site: Site) -> None:
    pushed = site.git("push", "origin", ":main", check=False)
    assert pushed.returncode != 0
    assert "cannot be deleted" in pushed.stderr


def test_an_unsafe_push_waits_for_force(site: Site) -> None:
    text = (site.tree / "pbx.yaml").read_text()
    line = next(line for line in text.splitlines() if "rule: emergency" in line)
    before = site.head()
    site.edit(f"{line}\n", "")
    commit = site.commit("No emergency calls")
    pushed = site.git("push")
    assert "does not run" in pushed.stderr
    assert "last emergency route" in pushed.stderr
    status = site.status()
    assert status["applied_revision"] == before
    assert status["wanted_revision"] == commit
    assert site.pbx("diff", site.directory).returncode == 3
    done = site.pbx("rollback", site.directory)
    assert done.returncode == 0, done.stderr
    site.git("pull", "-q", "--rebase")
    site.runs(site.head())
    assert line in (site.tree / "pbx.yaml").read_text()


def test_where_no_node_answers_the_hook_says_what_will_wait(new_site: Callable[..., Site]) -> None:
    site = new_site(bare=True)
    site.edit("system:\n", "system:\n  safety: {critical: [users/lobby]}\n")
    site.commit("The lobby is critical")
    assert "will not run it" not in site.git("push").stderr
    site.edit('{name: Lobby, extension: "203"', '{name: Lobby, enabled: false, extension: "203"')
    site.commit("Close the lobby")
    pushed = site.git("push").stderr
    assert "The node will not run it by itself: disables users/lobby, which is critical" in pushed
    assert "`pbx apply --force`" in pushed


def test_an_empty_repository_is_waited_for(new_site: Callable[..., Site]) -> None:
    made = new_site("first")
    empty = made.directory.parent / "empty.git"
    run("git", "init", "-q", "--bare", "-b", "main", empty, cwd=made.directory.parent)
    made.directory = empty
    made.start(ready=False)
    eventually(lambda: "has no commits yet" in made.output())
    assert made.status()["healthy"] is False
    made.git("push", "-q", empty, "main")
    made.runs(made.head())
    assert made.stop() == 0


def test_a_remote_branch_is_followed_by_polling(new_site: Callable[..., Site]) -> None:
    origin = new_site("origin")
    made = new_site("node")
    made.start("--remote", str(origin.directory), "--interval", "0.2", ready=False)
    origin.edit(f"port: {origin.http}", f"port: {made.http}")
    made.runs(origin.commit("Another port"))
    origin.edit("Bob Brown", "Bob Braun")
    made.runs(origin.commit("Rename Bob"))
    assert made.status()["source"]["forced"] is False
    origin.git("commit", "-q", "--amend", "-m", "Rename Bob, better")
    made.runs(origin.head())
    assert made.status()["source"]["forced"] is True
    assert "the branch was rewritten" in made.pbx("status", "--state", made.state).stdout


def test_init_refuses_what_is_already_there(new_site: Callable[..., Site]) -> None:
    made = new_site()
    again = run(PBX, "init", made.tree, cwd=made.tree, check=False)
    assert again.returncode == 1
    assert "is a Git repository already" in again.stderr
