"""What is there against what is wanted: phones, files on the disk, the store. On a whole node."""

import json
import sqlite3
from collections.abc import Callable
from typing import Any

import pytest
from running import Site, eventually, run
from softphone import SoftPhone

ALICE = "0015651234ab"


@pytest.fixture
def site(new_site: Callable[..., Site]) -> Site:
    site = new_site(bare=True)
    site.start()
    return site


def drift(site: Site) -> dict[str, Any]:
    words = ("diff", str(site.directory), "--state", str(site.state))
    found: dict[str, Any] = json.loads(site.pbx(*words, "--format", "json").stdout)["drift"]
    return found


def text(site: Site) -> str:
    return site.pbx("diff", site.directory, "--state", site.state).stdout


def fetch(site: Site) -> None:
    run("curl", "-sf", site.url(ALICE), cwd=site.tree)


def push(site: Site, subject: str) -> None:
    commit = site.commit(subject)
    site.git("push", "-q")
    site.runs(commit)


def test_a_phone_that_has_older_files_is_adrift_until_it_fetches(site: Site) -> None:
    found = drift(site)
    assert found["behind"] == []
    assert found["never"] > 0, "phones in their boxes are not adrift"
    fetch(site)
    assert drift(site)["current"] == 1
    site.edit("Alice Adams", "Alice Andrews")
    push(site, "Name Alice anew")
    assert drift(site)["behind"] == [ALICE]
    assert f"phone {ALICE} has older files than wanted: pbx devices resync" in text(site)
    fetch(site)
    assert drift(site)["behind"] == []
    assert "drift" not in text(site)


def test_damage_on_the_disk_is_told_with_what_mends_it(site: Site) -> None:
    assert drift(site)["files"] == []
    kept = site.state / "last-good.zip"
    content = kept.read_bytes()
    kept.write_bytes(content[: len(content) // 2])
    assert "last-good.zip" in drift(site)["files"][0]
    kept.unlink()
    assert drift(site)["files"] == [f"{kept} is missing: the next commit writes it again"]
    (site.state / "master.key").chmod(0o644)
    hook = site.directory / "hooks" / "pre-receive"
    hook.unlink()
    told = text(site)
    assert "master.key can be read by others (mode 644): chmod 600" in told
    assert f"the hook {hook} is missing" in told
    # What each says mends it.
    (site.state / "master.key").chmod(0o600)
    site.pbx("init", "--hooks", site.directory, check=True)
    site.edit("Alice Adams", "Alice Andrews")
    push(site, "Name Alice anew")
    assert drift(site)["files"] == []


def test_a_hook_that_git_would_pass_over_is_told(site: Site) -> None:
    hook = site.directory / "hooks" / "post-receive"
    hook.chmod(0o644)
    assert "is not executable" in drift(site)["files"][0]
    hook.write_text("#!/bin/sh\nexit 0\n")
    hook.chmod(0o755)
    assert "does not call `pbx hook post-receive`" in drift(site)["files"][0]


def test_registrations_that_only_the_store_has_are_told(site: Site) -> None:
    with SoftPhone("alice", site.derived("alice"), ("127.0.0.1", site.sip)) as phone:
        assert phone.register().status == 200
        assert drift(site)["database"] == []
        with sqlite3.connect(site.state / "store.sqlite", timeout=10) as store:
            store.execute("UPDATE bindings SET user = 'mallory'")
        [told] = drift(site)["database"]
    assert "2 registrations, of alice, mallory" in told


def test_status_has_what_the_last_look_found(site: Site) -> None:
    found = eventually(lambda: site.status()["drift"])
    assert set(found) == {
        "at", "behind", "never", "current", "by_hand", "files", "database"
    }  # fmt: skip
    assert site.status()["healthy"]
