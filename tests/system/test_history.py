"""`pbx history`: who changed what, and when it ran where."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from running import Site, eventually, run


@pytest.fixture
def site(new_site: Callable[..., Site]) -> Site:
    made = new_site(bare=True)
    made.start()
    made.runs(made.head())
    return made


def listed(site: Site, *words: str) -> str:
    return site.pbx("history", site.directory, "--state", site.state, *words, check=True).stdout


def commits(site: Site) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(listed(site, "--format", "json"))["commits"]
    return found


def test_git_and_the_node_s_memory_are_one_story(site: Site) -> None:
    site.edit("Bob Brown", "Bob Braun")
    first = site.commit("Rename Bob")
    site.edit("Lobby", "Hall")
    second = site.commit("Rename the lobby")
    site.git("push", "-q")
    site.runs(second)
    here = ("--dir", site.directory, "--state", site.state)
    site.pbx(
        "devices", "approve", "805ec0010203", "--user", "bob", "--model", "yealink-t46s", *here,
        check=True,
    )  # fmt: skip

    newest, renamed, before, *_ = commits(site)
    assert newest["by"] == "devices approve"
    assert newest["changes"] == [{"action": "create", "entry": "phones/805ec0010203"}]
    assert len(newest["attempts"]) == 1
    assert (renamed["id"], before["id"]) == (second, first)
    assert renamed["author"] == "Ann"
    assert renamed["changes"] == [{"action": "update", "entry": "users/lobby"}]
    # It was pushed together with another one, and only that one ran.
    assert before["attempts"] == []
    text = listed(site)
    assert f"{second[:10]}  Rename the lobby (Ann)\n    ~ users/lobby\n    applied " in text
    assert "by devices approve)\n    + phones/805ec0010203\n    applied " in text
    assert len(json.loads(listed(site, "-n", "3", "--format", "json"))["commits"]) == 3

    site.stop()
    assert commits(site)[0] == newest


def test_what_did_not_run_says_why(site: Site) -> None:
    before = site.head()
    site.edit('extension: "203"', 'extension: "201"')
    bad = site.commit("Two with one number")
    run("git", "fetch", "-q", site.tree, "+main:main", cwd=site.directory)
    eventually(lambda: site.status()["attempted_revision"] == bad)
    eventually(lambda: site.says("Stalled"))
    text = listed(site)
    assert f"{bad[:10]}  Two with one number (Ann)\n    ~ users/lobby\n    invalid " in text
    assert "[PBX1203]" in text
    run("git", "update-ref", "refs/heads/main", before, cwd=site.directory)
    # Nothing of the branch any more, and the node tried it all the same.
    assert bad not in {one["id"] for one in commits(site)}
    assert f"{bad[:10]}  Two with one number (Ann)\n    invalid " in listed(site)


def test_other_nodes_are_told_by_what_they_say_in_git(site: Site) -> None:
    head = site.head()
    for word in ("applied", "healthy"):
        name = f"refs/dialtree/nodes/pbx2/{word}"
        run("git", "update-ref", name, head, cwd=site.directory)
    assert commits(site)[0]["nodes"]["pbx2"] == ["applied", "healthy"]
    assert "    pbx2 runs it, found it good" in listed(site)


def test_a_node_that_follows_a_remote_has_its_history_too(
    new_site: Callable[..., Site], tmp_path: Path
) -> None:
    origin = new_site("origin")
    node = new_site("node")
    node.directory = tmp_path / "nothing"
    origin.edit(f"port: {origin.http}", f"port: {node.http}")
    commit = origin.commit("Another port")
    node.start("--remote", str(origin.directory), "--interval", "0.2", ready=False)
    node.runs(commit)
    found = commits(node)
    assert found[0]["id"] == commit
    assert found[0]["changes"] == [{"action": "update", "entry": "nodes/pbx1"}]
    assert len(found[0]["attempts"]) == 1
