"""`pbx secrets rotate users/alice`: other derived passwords, by a commit that raises an epoch.

May know: repositories, plans. May not: keys: a commit needs none.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from engine.branches import branch_to_write, tell_node
from engine.checking import InvalidTree, ValidTree
from engine.plan import Plan
from engine.sealing import ENTRY_TRAILER, Changed
from engine.workbench import UsageError, Workbench
from schema.entries import KINDS, normalised_mac
from schema.models import System
from schema.source import Path
from schema.suggest import did_you_mean
from sync.errors import TreeRefused
from sync.writeback import ABSENT, LocalTarget, Note, Put, RemoteTarget, difference, write_back

SECTIONS = ("users", "phones", "gateways")
KEY = "credential_epoch"


class Rotated(NamedTuple):
    """What was committed, and what it does."""

    changed: Changed
    plan: Plan


def rotate(desk: Workbench, text: str, remote: str | None = None) -> Rotated:
    """Raise the epoch of "users/alice", "phones/0015651234ab" or "gateways/pstn".

    Raises UsageError, InvalidTree, RepositoryError.
    """
    with branch_to_write(desk, remote) as target:
        before = target.repository.tree(target.tip())
        tree = desk.valid(before)
        section, id_ = _entry(tree.system, text)
        edit = _raised(tree, section, id_)
        name = f"{section}/{id_}"
        note = Note(f"Rotate the secrets of {name}", "secrets rotate",
                    trailers={ENTRY_TRAILER: name})  # fmt: skip
        commit = _write(desk, target, edit, note, name)
        plan = desk.plan(target.repository.tree(commit.commit), before)
        said = f"{commit.commit[:10]} on {target.branch}: {note.subject}"
        said_all = (said, commit.told, *_next_steps(tree.system, section, id_))
        return Rotated(Changed(commit.difference, said_all), plan)


class _Committed(NamedTuple):
    commit: str
    difference: str
    told: str


def _write(
    desk: Workbench, target: LocalTarget | RemoteTarget, edit: Put, note: Note, name: str
) -> _Committed:
    try:
        written = write_back(target, [edit], note, desk.validate)
    except TreeRefused as error:
        raise InvalidTree("the tree with the raised epoch", error.diagnostics) from error
    if written.commit is None:
        raise UsageError(f"{name} was changed by somebody else just now: look, and try again")
    return _Committed(written.commit, difference(target, written), tell_node(desk.state, written))


def _entry(system: System, text: str) -> tuple[str, str]:
    """Section and id of an entry that has an epoch."""
    section, _, id_ = text.strip("/").partition("/")
    if section not in SECTIONS or not id_:
        raise UsageError(
            f"{text} has no secrets of its own: name users/ID, phones/MAC or gateways/ID"
        )
    id_ = normalised_mac(id_) if section == "phones" else id_
    known = getattr(system, section)
    if id_ not in known:
        hint = did_you_mean(id_, known)
        raise UsageError(f'there is no {KINDS[section]} "{id_}"' + (f": {hint}" if hint else ""))
    if section == "gateways" and known[id_].device is None:
        raise UsageError(
            f'the gateway "{id_}" is no device that is configured from here: whoever runs it gives '
            "you its password"
        )
    return section, id_


def _raised(tree: ValidTree, section: str, id_: str) -> Put:
    entry: Any = getattr(tree.system, section)[id_]
    below: Path = ("device",) if section == "gateways" else ()
    epoch = (entry.device if below else entry).credential_epoch
    document, base = tree.origins.entry(section, id_)
    written = document.value((*base, *below))
    path = (section, id_, *below, KEY)
    return Put(path, epoch + 1, expected=written.get(KEY, ABSENT))


def _next_steps(system: System, section: str, id_: str) -> Iterator[str]:
    """What a person has to do that no profile does."""
    if section == "users":
        phones = [mac for mac, phone in system.phones.items() if id_ in phone.lines]
        if phones:
            yield f"its phones fetch their new passwords themselves: {', '.join(phones)}"
        yield f"a softphone that was set up by hand needs the new one: pbx secrets show {id_}"
        return
    device = system.gateways[id_].device if section == "gateways" else None
    mac = device.mac if device is not None else id_
    yield (
        f"its old URL is worth nothing any more: give it the new one (pbx devices url {mac}), or "
        f"let it ask (pbx devices enrol {mac})"
    )
