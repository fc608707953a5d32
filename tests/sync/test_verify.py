"""Commits signed by real keys of ssh-keygen and gpg, and what is found wrong with the others."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from signing import GpgHome, SshKey, gpg_home, run

from schema.models.verify import Verify
from sync.errors import CommitRefused
from sync.git import Repository
from sync.verify import objection, refuse_own, signature_of

Signed = Callable[..., str]


@pytest.fixture
def alice(tmp_path: Path) -> SshKey:
    return SshKey.make(tmp_path / "alice")


@pytest.fixture
def mallory(tmp_path: Path) -> SshKey:
    return SshKey.make(tmp_path / "mallory")


@pytest.fixture
def gpg() -> Iterator[GpgHome]:
    with gpg_home() as home:
        yield home


@pytest.fixture
def signers(tmp_path: Path, alice: SshKey) -> Path:
    path = tmp_path / "signers"
    path.write_text(alice.line())
    return path


@pytest.fixture
def repository(tree: Path) -> Iterator[Repository]:
    with Repository.open(tree) as opened:
        yield opened


@pytest.fixture
def signed(tree: Path, git) -> Signed:
    """signed(settings) -> the id of a new commit on main, signed as they say."""

    def make(settings: tuple[str, ...] = (), message: str = "Change", *options: str) -> str:
        sign = "-S" if settings else "--no-gpg-sign"
        git(tree, *settings, "commit", "-q", "--allow-empty", sign, "-m", message, *options)
        return git(tree, "rev-parse", "HEAD")

    return make


def policy_of_git(signers: Path) -> tuple[str, ...]:
    """What makes `git verify-commit` ask the same file."""
    return ("-c", f"gpg.ssh.allowedSignersFile={signers}")


def policy(signers: Path, mode: str = "head", **more: str) -> Verify:
    return Verify.model_validate({"signers": str(signers), "mode": mode, **more})


def test_a_commit_that_a_signer_signed_may_run(repository, signers, signed, alice) -> None:
    assert objection(repository, policy(signers), signed(alice.settings())) is None


def test_an_unsigned_commit_may_not(repository, signers, signed) -> None:
    commit = signed()
    assert objection(repository, policy(signers), commit) == (
        f'{commit[:10]} "Change" by Alice Adams is not signed'
    )


def test_a_stranger_s_signature_names_the_key_and_the_file(
    repository, signers, signed, mallory
) -> None:
    said = objection(repository, policy(signers), signed(mallory.settings()))
    fingerprint = run("ssh-keygen", "-l", "-f", mallory.path).split()[1]
    assert said is not None
    assert said.endswith(f"is signed by SSH key {fingerprint}, which is not in {signers}")


def tampered(git, tree: Path, commit: str) -> str:
    """The same commit with another message below the old signature."""
    text = git(tree, "cat-file", "commit", commit) + "\nand more\n"
    done = subprocess.run(
        ["git", "hash-object", "-t", "commit", "-w", "--stdin"],
        cwd=tree, input=text, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.strip()


def test_a_commit_changed_after_it_was_signed(
    repository, signers, signed, alice, git, tree
) -> None:
    commit = tampered(git, tree, signed(alice.settings()))
    said = objection(repository, policy(signers), commit)
    assert said is not None
    assert said.endswith("was changed after it was signed")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ('valid-before="20200101"', "which had expired in"),
        ('valid-after="20990101"', "which is not valid yet in"),
        ('namespaces="file"', "which may not sign for git in"),
    ],
)
def test_limits_of_a_signer_hold(repository, signers, signed, alice, options, words) -> None:
    signers.write_text(alice.line(options))
    said = objection(repository, policy(signers), signed(alice.settings()))
    assert said is not None
    assert f"{words} {signers}" in said


def test_a_key_within_its_limits_signs(repository, signers, signed, alice) -> None:
    signers.write_text(
        alice.line('namespaces="git",valid-after="20200101",valid-before="20990101"')
    )
    assert objection(repository, policy(signers), signed(alice.settings())) is None


def test_an_expired_key_cannot_sign_for_the_past(
    repository, signers, signed, alice, monkeypatch
) -> None:
    signers.write_text(alice.line('valid-before="20200101"'))
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2019-06-01T12:00:00Z")
    said = objection(repository, policy(signers), signed(alice.settings()))
    assert said is not None
    assert "which had expired" in said


def test_nor_behind_the_signature_of_somebody_else(
    repository, signers, signed, alice, mallory, git, tree, tmp_path, monkeypatch
) -> None:
    signers.write_text(alice.line() + mallory.line('valid-before="20200101"'))
    good = signed(alice.settings())
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2019-06-01T12:00:00Z")
    old = git(tree, "cat-file", "commit", signed(mallory.settings())) + "\n"
    # Git takes the header of the repository's own hash, and leaves the other one out of account.
    others = (
        signature_of(good, git(tree, "cat-file", "commit", good).encode())
        .rstrip("\n")
        .replace("\n", "\n ")
    )
    crafted = tmp_path / "crafted"
    crafted.write_text(old.replace("\ngpgsig ", f"\ngpgsig-sha256 {others}\ngpgsig ", 1))
    commit = git(tree, "hash-object", "-t", "commit", "-w", str(crafted))
    git(tree, *policy_of_git(signers), "verify-commit", commit)
    said = objection(repository, policy(signers), commit)
    assert said is not None
    assert "which had expired" in said


def test_a_revoked_ssh_key(repository, signers, signed, alice, mallory, tmp_path) -> None:
    signers.write_text(alice.line() + mallory.line())
    revoked = tmp_path / "revoked"
    run("ssh-keygen", "-q", "-k", "-f", revoked, f"{mallory.path}.pub")
    judge = policy(signers, revoked=str(revoked))
    assert objection(repository, judge, signed(alice.settings())) is None
    said = objection(repository, judge, signed(mallory.settings()))
    assert said is not None
    assert said.endswith("is signed by an SSH key that was revoked")


def test_a_signature_for_another_purpose_is_none_for_git(
    repository, signers, signed, alice, git, tree, tmp_path
) -> None:
    plain = git(tree, "cat-file", "commit", signed()) + "\n"
    payload = tmp_path / "payload"
    payload.write_text(plain)
    run("ssh-keygen", "-q", "-Y", "sign", "-n", "file", "-f", alice.path, payload)
    armour = payload.with_name("payload.sig").read_text().rstrip("\n").replace("\n", "\n ")
    head, _, message = plain.partition("\n\n")
    done = subprocess.run(
        ["git", "hash-object", "-t", "commit", "-w", "--stdin"], cwd=tree, check=True,
        input=f"{head}\ngpgsig {armour}\n\n{message}", capture_output=True, text=True,
    )  # fmt: skip
    assert objection(repository, policy(signers), done.stdout.strip()) is not None


def test_settings_of_the_repository_do_not_weaken_it(
    repository, signers, signed, mallory, git, tree, tmp_path
) -> None:
    git(tree, "config", "gpg.ssh.program", "/bin/true")
    own = tmp_path / "own"
    own.write_text(mallory.line())
    git(tree, "config", "gpg.ssh.allowedSignersFile", str(own))
    git(tree, "config", "gpg.program", "/bin/true")
    git(tree, "config", "--unset", "gpg.ssh.program")
    commit = signed(mallory.settings())
    git(tree, "config", "gpg.ssh.program", "/bin/true")
    assert objection(repository, policy(signers), commit) is not None


def test_a_replaced_object_does_not_speak_for_a_commit(
    repository, signers, signed, alice, git, tree
) -> None:
    good = signed(alice.settings(), "Good")
    bad = signed((), "Bad")
    git(tree, "replace", bad, good)
    assert objection(repository, policy(signers), bad) is not None
    assert repository.commit_info(bad).subject == "Bad"


def test_the_account_s_own_key_ring_says_nothing(
    repository, signers, signed, gpg, monkeypatch
) -> None:
    key = gpg.make("mallory")
    commit = signed(gpg.settings(key))
    monkeypatch.setenv("GNUPGHOME", str(gpg.path))
    said = objection(repository, policy(signers), commit)
    assert said is not None
    assert "which is not in" in said


@pytest.mark.parametrize("form", ["armoured", "binary", "folder", "ring"])
def test_a_commit_signed_by_gpg(repository, signed, gpg, tmp_path, form) -> None:
    key = gpg.make("alice")
    where = tmp_path / "keys"
    if form in ("folder", "ring"):
        where.mkdir()
    if form == "ring":
        (where / "pubring.kbx").write_bytes((gpg.path / "pubring.kbx").read_bytes())
    else:
        file = where / "alice.asc" if form == "folder" else where
        gpg.gpg(*(["--armor"] if form != "binary" else []), "--output", file, "--export", key)
    assert objection(repository, policy(where), signed(gpg.settings(key))) is None


def test_a_folder_has_signers_of_both_kinds(repository, signed, gpg, alice, tmp_path) -> None:
    key = gpg.make("bob")
    where = tmp_path / "keys"
    where.mkdir()
    (where / "allowed_signers").write_text(alice.line())
    gpg.gpg("--output", where / "bob.gpg", "--export", key)
    assert objection(repository, policy(where), signed(gpg.settings(key))) is None
    assert objection(repository, policy(where), signed(alice.settings())) is None


def test_gpg_signatures_that_do_not_count(repository, signed, gpg, tmp_path, git, tree) -> None:
    good, gone, old = (
        gpg.make("good"), gpg.make("gone"),
        gpg.make("old", days="1d", when="20200101T000000"),
    )  # fmt: skip
    stranger = signed(gpg.settings(gpg.make("stranger")))
    commits = [
        tampered(git, tree, signed(gpg.settings(good))),
        signed(gpg.settings(gone)),
        signed(gpg.settings(old, "20200101T060000")),
    ]
    gpg.revoke(gone)
    keys = tmp_path / "keys"
    gpg.gpg("--armor", "--output", keys, "--export", good, gone, old)
    said = [objection(repository, policy(keys), commit) for commit in (*commits, stranger)]
    words = ("changed after it was signed", "revoked", "expired", f"not in {keys}")
    for sentence, word in zip(said, words, strict=True):
        assert sentence is not None
        assert word in sentence


def test_head_judges_the_newest_and_range_all_since(repository, signers, signed, alice) -> None:
    ran = signed(alice.settings(), "Ran")
    signed(alice.settings(), "First")
    bad = signed((), "In the middle")
    newest = signed(alice.settings(), "Newest")
    assert objection(repository, policy(signers), newest, ran) is None
    said = objection(repository, policy(signers, "range"), newest, ran)
    assert said == f'{bad[:10]} "In the middle" by Alice Adams is not signed'
    assert objection(repository, policy(signers, "range"), newest, bad) is None


def test_range_looks_behind_merges_and_at_them(
    repository, signers, signed, alice, git, tree
) -> None:
    ran = signed(alice.settings(), "Ran")
    git(tree, "checkout", "-q", "-b", "side")
    side = signed((), "On the side")
    git(tree, "checkout", "-q", "main")
    signed(alice.settings(), "On main")
    git(tree, *alice.settings(), "merge", "-q", "-S", "--no-edit", "side")
    merged = git(tree, "rev-parse", "HEAD")
    said = objection(repository, policy(signers, "range"), merged, ran)
    assert said is not None
    assert said.startswith(side[:10])
    git(tree, "reset", "-q", "--hard", "HEAD^")
    git(tree, "checkout", "-q", "-b", "good", ran)
    signed(alice.settings(), "Signed on the side")
    git(tree, "checkout", "-q", "main")
    git(tree, "merge", "-q", "--no-gpg-sign", "--no-edit", "good")
    unsigned = git(tree, "rev-parse", "HEAD")
    said = objection(repository, policy(signers, "range"), unsigned, ran)
    assert said is not None
    assert said.startswith(unsigned[:10])


def test_nothing_has_been_judged_of_a_history_that_is_new(
    repository, signers, signed, alice, git, tree
) -> None:
    git(tree, "checkout", "-q", "--orphan", "other")
    begin = signed((), "Begin again")
    newest = signed(alice.settings())
    said = objection(repository, policy(signers, "range"), newest, "0" * 39 + "1")
    assert said is not None
    assert said.startswith(begin[:10])


def test_signers_that_cannot_be_used(repository, signed, alice, tmp_path, tree) -> None:
    commit = signed(alice.settings())
    missing = tmp_path / "missing"
    said = objection(repository, policy(missing), commit)
    assert said == f"{commit[:10]} cannot be verified: {missing}: no such file or directory"
    (tree / "signers").write_text(alice.line())
    said = objection(repository, policy(tree / "signers"), commit)
    assert said is not None
    assert "lies in the tree" in said


def test_our_own_commits_are_held_back_when_they_would_not_run(
    repository, signers, signed, alice
) -> None:
    refuse_own(repository, policy(signers), signed(alice.settings()))
    refuse_own(repository, None, unsigned := signed())
    with pytest.raises(CommitRefused, match=r"is not signed\. Have git sign here"):
        refuse_own(repository, policy(signers), unsigned)


def test_sha256_repositories_are_judged_alike(tmp_path, signers, alice, git) -> None:
    there = tmp_path / "sha256"
    there.mkdir()
    git(there, "init", "-q", "--object-format=sha256")
    git(there, *alice.settings(), "commit", "-q", "-S", "--allow-empty", "-m", "Begin")
    good = git(there, "rev-parse", "HEAD")
    git(there, "commit", "-q", "--allow-empty", "-m", "More")
    with Repository.open(there) as repository:
        assert objection(repository, policy(signers), good) is None
        assert objection(repository, policy(signers), git(there, "rev-parse", "HEAD")) is not None
