"""A node imports a directory at its time, runs what came of it, and outlives the directory."""

import time
from collections.abc import Callable

import pytest
from directory import ACCOUNT, ACCOUNT_PASSWORD, PEOPLE, Member, Slapd, running
from running import Site, eventually

SECTION = """
directories:
  corp:
    kind: active_directory
    servers: ["{url}"]
    tls: {{starttls: false}}
    bind: {{dn: "{account}", password: !env DIRECTORY_PASSWORD}}
    bases: ["{base}"]
    extensions: {{from: "400", to: "499"}}
    every: {every}
    node: {node}
"""
NEW = Member("carol", "Carol", "Clark")


@pytest.fixture
def slapd(tmp_path, monkeypatch):
    monkeypatch.setenv("DIRECTORY_PASSWORD", ACCOUNT_PASSWORD)
    with running(tmp_path / "slapd", [NEW]) as server:
        yield server


def with_directory(site: Site, slapd: Slapd, every: str = "1s", more: str = "") -> None:
    """A commit that names the directory."""
    path = site.tree / "pbx.yaml"
    section = SECTION.format(
        url=slapd.url, account=ACCOUNT, base=PEOPLE, every=every, node=first_node(site)
    )
    path.write_text(path.read_text() + more + section)
    site.commit("A directory")


def first_node(site: Site) -> str:
    return str(site.status().get("node") or "pbx1")


def latest(site: Site) -> dict:
    return next(iter(site.status().get("imports", [])), {})


@pytest.mark.parametrize("bare", [False, True], ids=["working tree", "bare"])
def test_people_of_a_directory_are_users_of_the_node(
    new_site: Callable[..., Site], slapd: Slapd, bare: bool
) -> None:
    site = new_site(bare=bare)
    site.start()
    with_directory(site, slapd)
    if bare:
        site.git("push", "-q")
    found = eventually(lambda: latest(site) if latest(site).get("commit") else None)
    assert found["outcome"] == "done"
    assert found["message"].endswith("Import 1 user from corp: 1 new")
    site.runs(found["commit"])
    assert "carol" in site.pbx("explain", "users/carol", site.directory).stdout or bare
    eventually(lambda: latest(site)["outcome"] == "nothing")
    shown = site.pbx("status", site.directory, "--state", site.state).stdout
    assert "import ldap/corp: " in shown
    assert "import of ldap/corp: " in site.output()
    assert "Import 1 user from corp: 1 new" in site.output()


def test_a_directory_that_is_down_is_told_and_the_node_goes_on(
    new_site: Callable[..., Site], slapd: Slapd
) -> None:
    site = new_site()
    site.start()
    slapd.stop()
    with_directory(site, slapd)
    found = eventually(lambda: latest(site) if latest(site).get("outcome") == "failed" else None)
    assert "directory corp: " in found["message"]
    shown = site.pbx("status", site.directory, "--state", site.state).stdout
    assert "failed: directory corp: " in shown
    assert site.says("Ready")
    slapd.start()
    eventually(lambda: latest(site).get("outcome") in ("done", "nothing"))
    assert "Traceback" not in site.output()


def test_another_node_leaves_it_to_the_one_that_imports(
    new_site: Callable[..., Site], slapd: Slapd
) -> None:
    site = new_site()
    text = (site.tree / "pbx.yaml").read_text()
    assert "nodes:\n" in text
    other = text.replace("nodes:\n", "nodes:\n  other: {address: 192.0.2.9}\n", 1)
    (site.tree / "pbx.yaml").write_text(
        other
        + SECTION.format(url=slapd.url, account=ACCOUNT, base=PEOPLE, every="1s", node="other")
    )
    site.commit("Another node imports")
    site.start("--node", "pbx1")
    assert site.status()["imports"] == []


def test_a_suspended_node_imports_nothing_until_it_is_resumed(
    new_site: Callable[..., Site], slapd: Slapd
) -> None:
    site = new_site()
    site.start()
    with_directory(site, slapd)
    eventually(lambda: latest(site).get("commit"))
    site.pbx("suspend", "--state", site.state, check=True)
    slapd.add(Member("dora", "Dora", "Diaz"))
    before, at = site.head(), latest(site)["at"]
    time.sleep(3)  # it would have asked twice
    assert site.head() == before
    assert latest(site)["at"] <= at + 1.5, "but for one that was under way"
    site.pbx("resume", "--state", site.state, check=True)
    eventually(lambda: site.head() != before)
