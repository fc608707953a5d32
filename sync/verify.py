"""Signatures: whether commits were signed by somebody who may change what runs.

`git verify-commit` judges, in an empty repository made for the occasion, which has the objects of
the real one and nothing else of it: no setting, replaced object or graft there, no key ring of the
account can speak for a signature. May know: commits, the policy. May not: who asks, what runs.
"""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from schema.models.verify import Verify
from sync.errors import CommitRefused, GitMissing, UnknownRevision
from sync.git import Repository

TIMEOUT = 30.0
"""Seconds for one program; a GPG key ring with thousands of keys takes a few."""

ALLOWED_SIGNERS = "allowed_signers"
"""The SSH signers in a folder of signers."""
KEY_FILES = ("*.asc", "*.gpg", "*.pgp")
KEY_RINGS = ("pubring.kbx", "pubring.gpg")

SHA1_DIGITS = 40

UNTRUSTED = {
    "BADSIG": "was changed after it was signed",
    "REVKEYSIG": "is signed by GPG key {key}, which was revoked",
    "EXPKEYSIG": "is signed by GPG key {key}, which has expired",
    "EXPSIG": "has a signature of GPG key {key} that has expired",
    "ERRSIG": "is signed by GPG key {key}, which is not in {signers}",
}
"""What gpg reports (doc/DETAILS, "Format of the status-fd output"), the first that fits."""


class _Unusable(Exception):  # noqa: N818 - the sentence says what is wrong
    """The signers cannot be read."""


def objection(
    repository: Repository, policy: Verify, commit: str, since: str | None = None
) -> str | None:
    """Why a commit may not run, in words that follow its id; None when it may.

    `since` is the commit that runs, None when nothing does: then the newest commit alone is
    judged, whatever the mode. Blocks. Raises GitMissing.
    """
    try:
        with _court(repository, policy) as court:
            for each in court.commits(commit, since if policy.mode == "range" else None):
                trouble = court.judge(each)
                if trouble is not None:
                    return f"{_named(repository, each)} {trouble}"
    except _Unusable as error:
        return f"{commit[:10]} cannot be verified: {error}"
    except subprocess.TimeoutExpired as late:
        return f"{commit[:10]} cannot be verified: {late.cmd[0]} took over {TIMEOUT:g} s"
    return None


def refuse_own(repository: Repository, policy: Verify | None, commit: str) -> None:
    """Stop a commit of ours that the node would not run, before a branch moves to it.

    Raises CommitRefused. Where the signers are not on this machine, only that it is signed counts.
    """
    if policy is None:
        return
    data = repository.objects.read(commit).data
    if Path(policy.signers).exists() or not signature_of(commit, data):
        trouble = objection(repository, policy.model_copy(update={"mode": "head"}), commit)
        if trouble is not None:
            raise CommitRefused(f"system.verify lets signed commits run only, and {trouble}{HOW}")


HOW = (
    ". Have git sign here: set user.signingkey (gpg.format ssh or openpgp) and commit.gpgsign true"
)


def signs(repository: Repository) -> bool:
    """Whether git is configured here to sign every commit; `git commit-tree` does not ask."""
    return bool(repository.setting("commit.gpgsign"))


def signing(repository: Repository) -> tuple[str, ...]:
    """What `git commit-tree` is given to sign where `git commit` would."""
    return ("-S",) if signs(repository) else ()


def signature_of(commit: str, data: bytes) -> str:
    """The armoured signature in a commit object, "" without one.

    Of two headers, git looks at the one of the hash that the repository's ids are made with.
    """
    head = data.partition(b"\n\n")[0]
    name = b"gpgsig" if len(commit) == SHA1_DIGITS else b"gpgsig-sha256"
    found = re.search(rb"^%b (.*(?:\n .*)*)" % name, head, re.MULTILINE)
    return found[1].replace(b"\n ", b"\n").decode("ascii", "replace") + "\n" if found else ""


@dataclass(frozen=True)
class _Court:
    """The empty repository, and what is asked in it."""

    folder: Path
    repository: Repository
    policy: Verify
    environment: dict[str, str]

    def commits(self, commit: str, since: str | None) -> Iterator[str]:
        """Those to judge, newest first. Raises _Unusable where they cannot be listed."""
        yield commit
        if since is None:
            return
        try:
            excluded = [f"^{self.repository.resolve(since)}"]
        except UnknownRevision:  # history was rewritten: nothing of it has been judged
            excluded = []
        listed = self._run("git", "rev-list", "--topo-order", commit, *excluded)
        if listed.returncode != 0:
            raise _Unusable(f"its history is not complete here ({listed.stderr.strip()})")
        yield from (each for each in listed.stdout.split() if each != commit)

    def judge(self, commit: str) -> str | None:
        """What is wrong with one commit's signature."""
        signature = signature_of(commit, self.repository.objects.read(commit).data)
        if not signature:
            return "is not signed"
        if signature.startswith("-----BEGIN SSH SIGNATURE"):
            return self._ssh(commit, signature)
        if signature.startswith("-----BEGIN PGP"):
            return self._gpg(commit)
        return "is signed in another way than by SSH or GPG"

    def _ssh(self, commit: str, signature: str) -> str | None:
        signers = _ssh_signers(Path(self.policy.signers))
        told = {"gpg.ssh.allowedSignersFile": str(signers)}
        if self.policy.revoked is not None:
            told["gpg.ssh.revocationFile"] = str(_readable(Path(self.policy.revoked)))
        verified = self._run("git", "verify-commit", "--raw", commit, settings=told)
        if verified.returncode != 0:
            return _ssh_trouble(verified.stderr, signers)
        # Git asks whether the key was valid at the time that the commit itself names. A key that
        # has expired could sign for the past: it has to be valid now, too.
        file = self.folder / "signature"
        file.write_text(signature)
        now = self._run("ssh-keygen", "-Y", "find-principals", "-s", str(file), "-f", str(signers))
        return None if now.returncode == 0 else _ssh_trouble(now.stderr, signers)

    def _gpg(self, commit: str) -> str | None:
        home = self.folder / "gnupg"
        if not home.exists():
            home.mkdir(mode=0o700)
            self._import(home)
        verified = self._run("git", "verify-commit", "--raw", commit)
        if verified.returncode == 0:
            return None
        said = dict(re.findall(r"^\[GNUPG:\] ([A-Z_]+) ?(\S*)", verified.stderr, re.MULTILINE))
        for word, text in UNTRUSTED.items():
            if word in said:
                return text.format(key=said[word], signers=self.policy.signers)
        return f"has a signature that gpg does not take ({_last(verified.stderr)})"

    def _import(self, home: Path) -> None:
        for path in _gpg_keys(Path(self.policy.signers)):
            if path.name in KEY_RINGS:
                shutil.copy(path, home / path.name)
                continue
            done = self._run("gpg", "--batch", "--quiet", "--no-autostart", "--import", str(path))
            if done.returncode != 0:
                raise _Unusable(f"gpg does not take the keys in {path} ({_last(done.stderr)})")

    def _run(
        self, *command: str, settings: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        environment = {**self.environment, **_settings(settings or {})}
        try:
            return subprocess.run(  # noqa: S603 - fixed programs, no shell
                command, cwd=self.folder, env=environment, stdin=subprocess.DEVNULL,
                capture_output=True, text=True, errors="replace", timeout=TIMEOUT, check=False,
            )  # fmt: skip
        except FileNotFoundError:
            if command[0] == "git":
                raise GitMissing from None
            raise _Unusable(f"the program {command[0]} is not installed") from None


@contextmanager
def _court(repository: Repository, policy: Verify) -> Iterator[_Court]:
    signers = Path(policy.signers)
    if not repository.bare and signers.resolve().is_relative_to(repository.directory.resolve()):
        raise _Unusable(f"{signers} lies in the tree: whoever commits could change it")
    with tempfile.TemporaryDirectory(prefix="pbx-verify-") as name:
        folder = Path(name)
        _make_empty(folder, repository)
        kept = {key: os.environ[key] for key in ("PATH", "TZ") if key in os.environ}
        environment = {
            "PATH": os.defpath, **kept, "LC_ALL": "C", "HOME": name,
            "GNUPGHOME": str(folder / "gnupg"), "GIT_DIR": name,
            "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_NO_REPLACE_OBJECTS": "1",
        }  # fmt: skip
        yield _Court(folder, repository, policy, environment)


def _make_empty(folder: Path, repository: Repository) -> None:
    """A repository without anything but somebody else's objects (gitrepository-layout(5))."""
    # A hook's pushed objects still wait in quarantine.
    waiting = repository.environment.get("GIT_OBJECT_DIRECTORY")
    places = [str(repository.common_dir / "objects"), *([waiting] if waiting else [])]
    form = repository.git.line("rev-parse", "--show-object-format")
    for directory in ("objects/info", "refs"):
        (folder / directory).mkdir(parents=True)
    (folder / "objects/info/alternates").write_text("".join(f"{place}\n" for place in places))
    (folder / "HEAD").write_text("ref: refs/heads/none\n")
    version = 0 if form == "sha1" else 1
    extension = "" if form == "sha1" else f"[extensions]\n\tobjectFormat = {form}\n"
    config = f"[core]\n\trepositoryFormatVersion = {version}\n\tbare = true\n{extension}"
    (folder / "config").write_text(config)


def _settings(values: dict[str, str]) -> dict[str, str]:
    """Settings of git for one command (git-config(1), GIT_CONFIG_COUNT)."""
    environment = {"GIT_CONFIG_COUNT": str(len(values))}
    for number, (key, value) in enumerate(values.items()):
        environment |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return environment


def _readable(path: Path) -> Path:
    try:
        with path.open("rb"):
            return path
    except OSError as error:
        raise _Unusable(f"{path}: {(error.strerror or str(error)).lower()}") from None


def _ssh_signers(signers: Path) -> Path:
    if signers.is_dir():
        return _readable(signers / ALLOWED_SIGNERS)
    return Path(os.devnull) if _holds_gpg_keys(_readable(signers)) else signers


def _gpg_keys(signers: Path) -> Sequence[Path]:
    if not signers.is_dir():
        return [signers] if _holds_gpg_keys(_readable(signers)) else []
    names = (*KEY_FILES, *KEY_RINGS)
    # A ring is copied, and imports go on top of it: it has to come first.
    found = {path: None for name in reversed(names) for path in sorted(signers.glob(name))}
    return [_readable(path) for path in found]


def _holds_gpg_keys(path: Path) -> bool:
    """Whether a file has GPG keys, armoured or not (RFC 4880 section 4.2), and no SSH signers."""
    with path.open("rb") as file:
        start = file.read(4096)
    return start[:1] >= b"\x80" or b"-----BEGIN PGP PUBLIC KEY BLOCK" in start


def _ssh_trouble(said: str, signers: Path) -> str:
    """What git and ssh-keygen said, in our words."""
    key = re.search(r"SHA256:\S+", said)
    by = f"is signed by SSH key {key[0]}" if key else "is signed by an SSH key"
    if "incorrect signature" in said:
        return "was changed after it was signed"
    for mark, text in (
        ("key has expired", f"which had expired in {signers}"),
        ("key is not yet valid", f"which is not valid yet in {signers}"),
        (
            "not permitted for use in signature namespace",
            f"which may not sign for git in {signers}",
        ),
        ("No principal matched", f"which is not in {signers}"),
    ):
        if mark in said:
            return f"{by}, {text}"
    if said.strip() == "Could not verify signature.":  # all that git passes on of a revoked key
        return "is signed by an SSH key that was revoked"
    return f"has a signature that ssh-keygen does not take ({_last(said)})"


def _last(said: str) -> str:
    lines = said.strip().splitlines()
    return lines[-1] if lines else "no reason given"


def _named(repository: Repository, commit: str) -> str:
    info = repository.commit_info(commit)
    return f'{commit[:10]} "{info.subject}" by {info.author}'
