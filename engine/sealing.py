"""`pbx secrets encrypt` and `rotate --recipients`: sealed secrets are written into the tree.

Sealing takes public keys only, which stand in the tree; sealing anew takes a private key as well.
May know: repositories, keys, where secrets stand. May not: how files are changed.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path as FilePath

from engine.branches import branch_to_write, tell_node
from engine.checking import InvalidTree
from engine.secrets import SecretReader
from engine.secrets.identities import Identities, load_identities
from engine.secrets.sealing import fingerprints, seal, unseal
from engine.workbench import UsageError, Workbench
from schema.documents import document_of
from schema.secret_places import Found, places, recipients_in, secrets_in, takes_secret
from schema.source import Document, Path, SecretReference
from schema.suggest import did_you_mean
from schema.tree import TreeSource, select
from sync.errors import CommitRefused, TreeRefused
from sync.writeback import LocalTarget, Note, Put, RemoteTarget, Written, difference, write_back
from sync.writeback.scalars import block

LONGEST = 16 * 1024
"""Bytes of a secret."""

BY = "secrets encrypt"
ENTRY_TRAILER = "Dialtree-Entry"


@dataclass(frozen=True)
class Changed:
    """What came of it: the change as `git diff` shows it, and a sentence for each step."""

    difference: str
    said: tuple[str, ...]


def documents(source: TreeSource) -> list[Document]:
    """The files of a tree, however wrong they are."""
    return [document_of(source, entry) for entry in select(source.entries()).read]


def path_of(text: str) -> Path:
    """The path of a key that takes a secret, from what somebody typed. Raises UsageError."""
    path = tuple(text.strip("/").split("/"))
    if takes_secret(path):
        return path
    known = ["/".join(place) for place in places()]
    hint = did_you_mean(text, known, "keys") or f"such as {known[0]}"
    raise UsageError(f"{text} is not a key that takes a secret: {hint}")


def reveal(desk: Workbench, text: str, identity: FilePath | None = None) -> bytes:
    """The secret at a path of the tree that runs, or of the newest there is.

    Raises UsageError where there is none, SecretsError where it cannot be opened.
    """
    where = "/".join(map(str, path_of(text)))
    source = desk.baseline("running") or desk.source()
    found = next((one for one in secrets_in(documents(source)) if one.where == where), None)
    if found is None:
        raise UsageError(f"there is no secret at {where}, in {source.name}")
    return SecretReader(identity or desk.state.identity).read(found.secret, where)


def scalar(desk: Workbench, text: str, value: bytes) -> str:
    """A sealed value as YAML to paste behind its key. Needs no repository, only saved files."""
    where = "/".join(map(str, path_of(text)))
    sealed = seal(_checked(value), where, recipients_in(documents(desk.source())))
    head, lines = block(sealed) or ("", [])
    return "\n".join([head, *(f"  {line}" for line in lines)])


def encrypt(desk: Workbench, text: str, value: bytes, remote: str | None = None) -> Changed:
    """Seal a value for all recipients of the tree, and commit it at its path.

    Raises UsageError, SecretsError, InvalidTree, RepositoryError.
    """
    path = path_of(text)
    where = "/".join(map(str, path))
    with branch_to_write(desk, remote) as target:
        recipients = recipients_in(documents(target.repository.tree(_tip(target))))
        sealed = seal(_checked(value), where, recipients)
        note = Note(f"Seal a secret: {where}", BY, trailers={ENTRY_TRAILER: where})
        changed = _changed(desk, target, note, _write(desk, target, [Put(path, sealed)], note))
        return replace(changed, difference=_without_old(changed.difference))


def reseal(desk: Workbench, identity: FilePath, remote: str | None = None) -> Changed:
    """Seal anew, for the present recipients, what is sealed for others, as one commit.

    Raises UsageError, SecretsError, InvalidTree, RepositoryError.
    """
    identities = load_identities(identity)
    with branch_to_write(desk, remote) as target:
        files = documents(target.repository.tree(target.tip()))
        recipients = recipients_in(files)
        sealed = [found for found in secrets_in(files) if found.secret.kind == "age"]
        edits = [
            Put(found.path, secret, expected=found.secret)
            for found in sealed
            if (secret := _anew(found, identities, recipients)) is not None
        ]
        count = f"{len(recipients)} recipient{'s' * (len(recipients) != 1)}"
        if not edits:
            return Changed("", (f"all {len(sealed)} sealed secrets are for the {count} already",))
        secrets = f"{len(edits)} secret{'s' * (len(edits) != 1)}"
        note = Note(f"Seal {secrets} anew for {count}", "secrets rotate --recipients")
        changed = _changed(desk, target, note, _write(desk, target, edits, note))
        return Changed(changed.difference, (*changed.said, *_warnings(identities, recipients)))


def _anew(
    found: Found, identities: Identities, recipients: tuple[str, ...]
) -> SecretReference | None:
    opened = unseal(found.secret, found.where, identities)
    if opened.recipients == fingerprints(recipients):
        return None
    return seal(opened.value, found.where, recipients)


def _warnings(identities: Identities, recipients: tuple[str, ...]) -> Iterable[str]:
    yield (
        "whoever was a recipient before opens what stands in Git's history: have those secrets "
        "changed that they are not to know"
    )
    if not fingerprints(identities.public) & fingerprints(recipients):
        yield f"{identities.name} is not among the recipients: it opens none of them any more"


def _without_old(difference: str) -> str:
    """A difference that does not show what went: it may have been readable."""
    removed = re.compile(r"^-(?!--).+$", re.MULTILINE)
    return removed.sub("-  ********", difference)


def _checked(value: bytes) -> bytes:
    if not value:
        raise UsageError("there is nothing to seal: the value is empty")
    if len(value) > LONGEST:
        raise UsageError(f"a secret has at most {LONGEST // 1024} KiB")
    return value


def _tip(target: LocalTarget | RemoteTarget) -> str:
    try:
        return target.tip()
    except CommitRefused as error:
        raise UsageError(f"{error}; or seal with --print, and paste it behind its key") from error


def _write(
    desk: Workbench, target: LocalTarget | RemoteTarget, edits: list[Put], note: Note
) -> Written:
    try:
        written = write_back(target, edits, note, desk.validate)
    except TreeRefused as error:
        raise InvalidTree("the tree with the sealed secret", error.diagnostics) from error
    if written.conflicts:
        edit = written.conflicts[0].edit
        above = "/".join(map(str, edit.path[:-1]))
        raise UsageError(
            f"{above} is not in the tree, or was changed by somebody else just now: look at it, "
            "or seal with --print and write it yourself"
        )
    return written


def _changed(
    desk: Workbench, target: LocalTarget | RemoteTarget, note: Note, written: Written
) -> Changed:
    said = f"{str(written.commit)[:10]} on {target.branch}: {note.subject}"
    return Changed(difference(target, written), (said, tell_node(desk.state, written)))
