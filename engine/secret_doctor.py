"""`pbx secrets doctor`: whether this node has all keys, and every secret of the tree can be read.

Findings are data; each problem says what to do. May know: keys, where secrets stand, Git's
history. May not: what a secret is used for. Shows nothing of any secret.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from engine.sealing import documents
from engine.secrets import SecretReader, SecretsError, load_master_key
from engine.secrets.identities import Identities
from engine.secrets.reading import READABLE_BY_ALL
from engine.secrets.sealing import fingerprints, unseal
from engine.workbench import Workbench
from schema.secret_places import Found, recipients_in, secrets_in
from sync.errors import GitFailed, GitTimedOut, RepositoryError
from sync.git import Repository

SEARCHED: Final = 30.0
"""Seconds that Git's history is searched for keys at most."""

KEYS_IN_FILES: Final = "AGE-SECRET-KEY-1[0-9A-Z]{10}|-----BEGIN [A-Z ]*PRIVATE KEY-----"
KEY_FILES: Final = ("*master.key", "*age.key")


@dataclass(frozen=True)
class Finding:
    """One check. `advice` says what to do about a problem, "" when all is well."""

    what: str
    advice: str = ""

    @property
    def ok(self) -> bool:
        """Whether there is nothing to do."""
        return not self.advice


def as_text(findings: Iterable[Finding]) -> str:
    """One line for each."""
    return "\n".join(
        f"ok       {one.what}" if one.ok else f"problem  {one.what}: {one.advice}"
        for one in findings
    )


def as_json(findings: Iterable[Finding]) -> dict[str, Any]:
    """The shape that `pbx secrets doctor --format json` prints."""
    return {"checks": [{"ok": one.ok, "what": one.what, "advice": one.advice} for one in findings]}


def examine(desk: Workbench, identity: Path | None = None) -> Iterator[Finding]:
    """All checks in their order. Raises RepositoryError, SourceError where there is no tree."""
    files = documents(desk.source())
    recipients = recipients_in(files)
    found = list(secrets_in(files))
    reader = SecretReader(identity or desk.state.identity)
    yield _master(desk)
    identities = None
    if recipients or any(one.secret.kind == "age" for one in found) or reader.identity.exists():
        identities, findings = _identity(reader, recipients)
        yield from findings
    for one in found:
        yield _secret(one, reader, identities, recipients)
    if not found:
        yield Finding("the tree holds no secret of others")
    yield from _history(desk)


def _master(desk: Workbench) -> Finding:
    try:
        load_master_key(desk.state.master_key)
    except SecretsError as error:
        return Finding("the master key", f"{error}; `pbx secrets init` makes one where none was")
    return Finding(f"the master key {desk.state.master_key}")


def _identity(
    reader: SecretReader, recipients: tuple[str, ...]
) -> tuple[Identities | None, list[Finding]]:
    """The key that opens sealed secrets, and what there is to say of it."""
    try:
        identities = reader.identities()
    except SecretsError as error:
        return None, [Finding("the key for sealed secrets", str(error))]
    findings = [Finding(f"the key for sealed secrets {reader.identity}")]
    if fingerprints(identities.public) & fingerprints(recipients):
        findings.append(Finding("the tree lists its recipient"))
    else:
        shown = ", ".join(identities.public)
        advice = f"the tree does not list it: add {shown} under system.secrets.recipients"
        findings.append(Finding("its recipient", advice))
    return identities, findings


def _secret(
    found: Found, reader: SecretReader, identities: Identities | None, recipients: tuple[str, ...]
) -> Finding:
    what = f"{found.where} ({found.line}, !{found.secret.kind})"
    try:
        if found.secret.kind == "age":
            return Finding(what, _sealed(found, identities, recipients))
        reader.read(found.secret, found.where)
    except SecretsError as error:
        return Finding(what, str(error))
    return Finding(what, _too_open(Path(found.secret.text)) if found.secret.kind == "file" else "")


def _sealed(found: Found, identities: Identities | None, recipients: tuple[str, ...]) -> str:
    """What is wrong with a sealed secret. Raises SecretsError where it does not open."""
    if identities is None:
        return "it cannot be opened without the key"
    opened = unseal(found.secret, found.where, identities)
    wanted = fingerprints(recipients)
    again = "run `pbx secrets rotate --recipients`"
    if not opened.recipients:
        return f"it was not sealed by `pbx`, so nobody knows for whom: {again}"
    gone, missing = len(opened.recipients - wanted), len(wanted - opened.recipients)
    told = [f"for {gone} that the tree no longer lists"] * bool(gone)
    told += [f"not for {missing} that it lists"] * bool(missing)
    return f"it is sealed {' and '.join(told)}: {again}" if told else ""


def _too_open(path: Path) -> str:
    if path.stat().st_mode & READABLE_BY_ALL:
        return f"everybody on this machine can read it: chmod 600 {path}"
    return ""


def _history(desk: Workbench) -> Iterator[Finding]:
    """Private keys that were ever committed: Git keeps them for everybody who clones."""
    try:
        repository = desk.repository
    except RepositoryError:
        return
    with repository:
        try:
            commits = _commits_with_keys(repository)
        except GitTimedOut:
            yield Finding(
                f"Git's history was searched for keys for {SEARCHED:.0f} s, not to its end"
            )
            return
        except GitFailed:
            return
    if not commits:
        yield Finding("no private key in Git's history")
    for commit, subject in commits:
        yield Finding(
            f"commit {commit}: {subject}",
            "it holds a private key, which whoever has the repository can read: make another one, "
            "and have what it opened changed; removing it from the history is not enough",
        )


def _commits_with_keys(repository: Repository) -> list[tuple[str, str]]:
    form = "--format=%h%x09%s"
    lines = repository.git.run(
        "log", "--all", "--no-textconv", "--no-ext-diff", "-E", "-G", KEYS_IN_FILES, form,
        timeout=SEARCHED,
    )  # fmt: skip
    files = repository.git.run(
        "log", "--all", "--diff-filter=A", form, "--", *(f":(glob)**/{name}" for name in KEY_FILES),
        timeout=SEARCHED,
    )  # fmt: skip
    found = {}
    for line in (lines + files).decode("utf-8", "replace").splitlines():
        commit, _, subject = line.partition("\t")
        found[commit] = re.sub(r"[^ -~\u00a0-\uffff]", "?", subject)[:100]
    return list(found.items())
