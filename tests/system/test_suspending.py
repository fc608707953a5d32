"""`pbx suspend`: what runs goes on, and nothing new comes, until `pbx resume`."""

from collections.abc import Callable

from running import Site, eventually


def test_a_suspended_node_takes_no_commits_until_it_is_resumed(
    new_site: Callable[..., Site],
) -> None:
    site = new_site(bare=True)
    site.start()
    before = site.head()
    site.runs(before)
    here = (site.directory, "--state", site.state)
    said = site.pbx("suspend", *here, "--reason", "moving house", check=True).stdout
    assert "no commits are taken until `pbx resume`" in said

    site.edit("Bob Brown", "Bob Braun")
    commit = site.commit("Rename Bob")
    pushed = site.git("push").stderr
    assert "but it does not run: the node is suspended by" in pushed
    assert ": moving house; `pbx resume` takes it" in pushed
    eventually(lambda: site.status()["wanted_revision"] == commit)
    status = site.status()
    assert status["applied_revision"] == before
    assert status["suspended"]["reason"] == "moving house"
    assert status["suspended"]["by"] in said
    assert "Suspended   True  Suspended: suspended by" in site.pbx("status", *here).stdout

    site.stop()
    site.start()
    eventually(lambda: site.status()["wanted_revision"] == commit)
    assert site.status()["applied_revision"] == before
    assert site.says("Suspended")

    said = site.pbx("resume", *here, check=True).stdout
    assert said.startswith(f"resumed: {commit[:10]} runs: ")
    assert site.status()["applied_revision"] == commit
    assert site.status()["suspended"] is None
    assert not site.says("Suspended")
    again = site.pbx("resume", *here)
    assert again.returncode == 1
    assert "the node is not suspended" in again.stderr


def test_apply_says_so_before_it_commits_and_can_be_forced(new_site: Callable[..., Site]) -> None:
    site = new_site()
    site.start()
    before = site.head()
    here = (site.directory, "--state", site.state)
    site.pbx("suspend", *here, check=True)
    site.edit("Bob Brown", "Bob Braun")
    done = site.pbx("apply", *here, "--yes")
    assert done.returncode == 1
    assert "nothing was done, the node is suspended by" in done.stderr
    assert site.head() == before
    done = site.pbx("apply", *here, "--yes", "--force")
    assert done.returncode == 0, done.stderr
    assert site.status()["applied_revision"] == site.head() != before
    assert site.says("Suspended")


def test_a_node_is_suspended_while_it_is_down(new_site: Callable[..., Site]) -> None:
    site = new_site()
    site.start()
    before = site.head()
    site.runs(before)
    site.stop()
    here = (site.directory, "--state", site.state)
    assert "the next start takes no commits" in site.pbx("suspend", *here, check=True).stdout
    site.edit("Bob Brown", "Bob Braun")
    commit = site.commit("Rename Bob")
    site.start()
    eventually(lambda: site.status()["wanted_revision"] == commit)
    assert site.status()["applied_revision"] == before
    site.stop()
    assert "when it starts" in site.pbx("resume", *here, check=True).stdout
    site.start()
    site.runs(commit)
