"""A node that runs signed commits only: by its tree's policy, or by `pbx run --verify`."""

from collections.abc import Callable
from pathlib import Path

import pytest
from running import Site, eventually, run
from signing import SshKey


@pytest.fixture
def alice(tmp_path: Path) -> SshKey:
    return SshKey.make(tmp_path / "alice")


@pytest.fixture
def signers(tmp_path: Path, alice: SshKey) -> Path:
    path = tmp_path / "signers"
    path.write_text(alice.line())
    return path


def demand(site: Site, signers: Path, mode: str = "head") -> None:
    """Have the tree say that commits are to be signed."""
    site.edit("system:\n", f"system:\n  verify: {{signers: {signers}, mode: {mode}}}\n")


def rename(site: Site, new: str) -> str:
    """An unsigned commit that can be pushed."""
    text = (site.tree / "pbx.yaml").read_text()
    old = text.split("alice: {name: ")[1].split(",")[0]
    site.edit(f"alice: {{name: {old}", f"alice: {{name: {new}")
    return site.commit(f"Call her {new}")


def signed(site: Site, alice: SshKey) -> str:
    """The newest commit, signed."""
    site.git(*alice.settings(), "commit", "-q", "--amend", "--no-edit", "-S")
    return site.head()


def stalled(site: Site) -> str:
    return next(
        f"{c['reason']}: {c['message']}"
        for c in site.status()["conditions"]
        if c["type"] == "Stalled" and c["status"] == "True"
    )


def slip_in(site: Site) -> None:
    """Bring the clone's commit into the bare repository past its hooks."""
    run("git", "fetch", "-q", site.tree, "+main:main", cwd=site.directory)


def test_what_runs_says_whose_commit_runs_next(
    new_site: Callable[..., Site], alice: SshKey, signers: Path
) -> None:
    site = new_site(bare=True)
    demand(site, signers, "range")
    began = site.commit("From now on, signed")
    site.git("push", "-q")
    site.start()
    site.runs(began)

    unsigned = rename(site, "Ann")
    words = f'{unsigned[:10]} "Call her Ann" by Ann is not signed'
    refused = site.git("push", check=False)
    assert refused.returncode != 0
    assert f"The push was refused: {words}." in " ".join(
        line.removeprefix("remote: ").strip() for line in refused.stderr.splitlines()
    )

    slip_in(site)
    eventually(lambda: site.status()["attempted_revision"] == unsigned)
    assert eventually(lambda: site.says("Stalled"))
    assert stalled(site) == f"Unverified: {unsigned[:10]}: {words}"
    assert site.status()["applied_revision"] == began
    history = site.pbx("history", site.directory, "--state", site.state).stdout
    assert "unverified" in history
    assert words in history

    site.edit(f"  verify: {{signers: {signers}, mode: range}}\n", "")
    dropped = site.commit("No more signatures")
    slip_in(site)
    eventually(lambda: site.status()["attempted_revision"] == dropped)
    site.stop()
    site.start(ready=False)
    eventually(lambda: site.says("Ready") and site.status()["attempted_revision"] == dropped)
    eventually(lambda: site.says("Stalled"))
    assert site.status()["applied_revision"] == began

    site.git("reset", "-q", "--hard", began)
    rename(site, "Amy")
    good = signed(site, alice)
    run("git", "update-ref", "refs/heads/main", began, cwd=site.directory)
    assert "it runs" in site.git("push").stderr
    site.runs(good)

    site.edit(f"  verify: {{signers: {signers}, mode: range}}\n", "")
    site.commit("No more signatures")
    free = signed(site, alice)
    site.git("push", "-q")
    site.runs(free)
    loose = rename(site, "Ada")
    site.git("push", "-q")
    site.runs(loose)


def test_hooks_refuse_alike_while_no_node_runs(
    new_site: Callable[..., Site], alice: SshKey, signers: Path
) -> None:
    site = new_site(bare=True)
    demand(site, signers)
    site.commit("From now on, signed")
    site.git("push", "-q")
    unsigned = rename(site, "Ann")
    refused = site.git("push", check=False)
    assert refused.returncode != 0
    assert f'{unsigned[:10]} "Call her Ann" by Ann is not signed' in refused.stderr
    signed(site, alice)
    site.git("push", "-q")


def test_the_very_first_commit_is_judged_by_the_command_line(
    new_site: Callable[..., Site], alice: SshKey, signers: Path
) -> None:
    site = new_site()
    site.start("--verify", str(signers), ready=False)
    eventually(lambda: site.says("Stalled"))
    assert "is not signed" in stalled(site)
    assert site.status()["applied_revision"] is None
    rename(site, "Ann")
    site.runs(signed(site, alice))


def test_commits_of_ours_are_signed_or_not_made(
    new_site: Callable[..., Site], alice: SshKey, signers: Path
) -> None:
    site = new_site(bare=True)
    first = site.head()
    demand(site, signers)
    began = site.commit("From now on, signed")
    site.git("push", "-q")
    site.start()
    options = ("--dir", site.directory, "--state", site.state)
    mine = (("devices", "approve", "805ec0010203", "--user", "bob", "--model", "yealink-t46s"),
            ("rollback", first))  # fmt: skip
    for words in mine:
        done = site.pbx(*words, *options)
        assert done.returncode == 1
        assert "is not signed. Have git sign here" in done.stderr
    assert run("git", "rev-parse", "main", cwd=site.directory).stdout.strip() == began
    for key, value in (
        ("gpg.format", "ssh"), ("user.signingkey", str(alice.path)), ("commit.gpgsign", "true"),
    ):  # fmt: skip
        run("git", "config", key, value, cwd=site.directory)
    for words in mine:
        done = site.pbx(*words, *options)
        assert done.returncode == 0, done.stderr
    newest = run("git", "rev-parse", "main", cwd=site.directory).stdout.strip()
    assert site.status()["applied_revision"] == newest


def test_apply_says_before_it_commits_that_the_commit_would_not_run(
    new_site: Callable[..., Site], alice: SshKey, signers: Path
) -> None:
    site = new_site()
    demand(site, signers)
    began = site.commit("From now on, signed")
    site.start()
    site.runs(began)
    site.edit("Bob Brown", "Bob Braun")
    apply = ("apply", site.directory, "--state", site.state, "--yes", "-m", "Rename Bob")
    done = site.pbx(*apply)
    assert done.returncode == 1
    assert "is not signed. Have git sign here" in done.stderr
    assert site.head() == began
    site.git("config", "gpg.format", "ssh")
    site.git("config", "user.signingkey", str(alice.path))
    site.git("config", "commit.gpgsign", "true")
    done = site.pbx(*apply)
    assert done.returncode == 0, done.stderr
    assert site.status()["applied_revision"] == site.head()


def test_what_a_program_commits_vouches_for_nobody_else_s_commit(
    new_site: Callable[..., Site], alice: SshKey, signers: Path
) -> None:
    site = new_site(bare=True)
    demand(site, signers)
    began = site.commit("From now on, signed")
    site.git("push", "-q")
    for key, value in (
        ("gpg.format", "ssh"), ("user.signingkey", str(alice.path)), ("commit.gpgsign", "true"),
    ):  # fmt: skip
        run("git", "config", key, value, cwd=site.directory)
    site.start()
    site.runs(began)

    site.edit(f"  verify: {{signers: {signers}, mode: head}}\n", "")
    unsigned = rename(site, "Eve")
    slip_in(site)
    assert eventually(lambda: site.says("Stalled"))
    table = site.tree / "people.csv"
    table.write_text("user,name\nfred,Fred Fox\n")
    options = ("--dir", site.directory, "--state", site.state)
    for words in (
        ("import", "csv", table),
        ("import", "csv", table, "--force"),
        ("devices", "approve", "805ec0010203", "--user", "bob", "--model", "yealink-t46s"),
        ("secrets", "rotate", "users/bob"),
    ):
        done = site.pbx(*words, *options)
        assert done.returncode == 1, done.stdout
        assert f"nothing is built on {unsigned[:10]}" in done.stderr
        assert "is not signed" in done.stderr
    assert run("git", "rev-parse", "main", cwd=site.directory).stdout.strip() == unsigned
    assert site.status()["applied_revision"] == began
