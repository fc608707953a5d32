"""`pbx devices approve`: a phone that is not in the tree becomes one of its phones, by a commit.

Works on the repository; a running node is asked what it saw of the phone, and told of the commit.
May know: sightings, models, users. May not: how files are changed (sync.writeback).
"""

import re
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from engine.branches import branch_to_write, tell_node
from engine.checking import Checked, InvalidTree, ValidTree
from engine.client import NodeClient
from engine.control import NodeUnreachableError
from engine.state import StateDirectory
from engine.workbench import UsageError, Workbench
from renderers.devices import Families, recognise, recognise_mac
from schema.diagnostics import Diagnostic
from schema.entries import normalised_mac
from schema.suggest import did_you_mean
from sync.errors import TreeRefused
from sync.writeback import ABSENT, Note, Put, difference, write_back

MAC = re.compile("[0-9a-f]{12}")
BY = "devices approve"
ENTRY_TRAILER = "Dialtree-Entry"
"""Names what the commit added: "phones/0015651234ab"."""


@dataclass(frozen=True)
class Request:
    """What somebody approves. Without a `model`, the one that the phone said it is."""

    mac: str
    users: tuple[str, ...]
    model: str | None = None
    site: str | None = None
    label: str | None = None


@dataclass(frozen=True)
class Approved:
    """What came of it: the change as `git diff` shows it, and a sentence for each step."""

    difference: str
    said: tuple[str, ...]
    warnings: tuple[Diagnostic, ...]
    """What the tree with the phone makes one wonder about it."""


def approve(desk: Workbench, request: Request, remote: str | None = None) -> Approved:
    """Commit the phone to the branch that the node follows, here or at a Git URL.

    Raises UsageError for a phone that cannot be approved so, InvalidTree for a tree that has or
    would have errors, RepositoryError.
    """
    mac = _mac(request.mac)
    with branch_to_write(desk, remote) as target:
        tree = desk.valid(target.repository.tree(target.tip()))
        entry = _entry(desk.state, tree, mac, request)
        note = _note(tree.families, mac, entry)
        try:
            edit = Put(("phones", mac), entry, expected=ABSENT)
            written = write_back(target, [edit], note, desk.validate)
        except TreeRefused as error:
            raise InvalidTree("the tree with the phone", error.diagnostics) from error
        if written.commit is None:
            raise UsageError(f"{mac} was approved by somebody else just now")
        said = f"{written.commit[:10]} on {target.branch}: {note.subject}"
        told = tell_node(desk.state, written)
        warnings = _doubts(desk.validate(target.repository.tree(written.commit)), mac)
        return Approved(difference(target, written), (said, told), warnings)


def _mac(text: str) -> str:
    mac = normalised_mac(text)
    if MAC.fullmatch(mac) is None:
        raise UsageError(f'"{text}" is not a MAC address: it has 12 hexadecimal digits')
    return mac


def _entry(state: StateDirectory, tree: ValidTree, mac: str, request: Request) -> dict[str, Any]:
    """The phone as the tree will have it."""
    _refuse_known(tree, mac)
    for user in request.users:
        _known("user", user, tree.system.users)
    model = request.model or _sighted_model(state, tree.families, mac)
    _check_model(tree.families, model, request.users)
    entry: dict[str, Any] = {"model": model, "lines": list(request.users)}
    if request.label:
        entry["description"] = request.label
    if request.site:
        _known("site", request.site, tree.system.sites)
        entry["site"] = request.site
    return entry


def _refuse_known(tree: ValidTree, mac: str) -> None:
    if mac in tree.system.phones:
        document, path = tree.origins.entry("phones", mac)
        at = document.locate_key(path)
        lines = ", ".join(tree.system.phones[mac].lines)
        where = f"{at.file}:{at.range.start.line}"
        raise UsageError(f"{mac} is in the tree already, at {where}, for {lines}: edit it there")


def _known(kind: str, name: str, known: Any) -> None:
    if name not in known:
        hint = did_you_mean(name, known)
        raise UsageError(f'there is no {kind} "{name}"' + (f": {hint}" if hint else ""))


def _check_model(families: Families, model: str, users: tuple[str, ...]) -> None:
    _known("model", model, families.models)
    _, described = families.models[model]
    if len(users) > described.lines:
        lines = f"{described.lines} line{'s' * (described.lines != 1)}"
        raise UsageError(f"a {described.name} has {lines}, and {len(users)} users were named")


def _sighted_model(state: StateDirectory, families: Families, mac: str) -> str:
    """The model that the phone showed itself to be. Raises UsageError where nobody can tell."""
    waiting: list[dict[str, Any]] = []
    with suppress(NodeUnreachableError):
        waiting = NodeClient(state).pending()
    seen = next((seen for seen in waiting if seen["mac"] == mac), {})
    agent = str(seen.get("user_agent") or "")
    found = recognise(families, agent)
    model = found.model if found is not None and found.model else seen.get("model")
    if model:
        return str(model)
    makers = ", ".join(
        family.description.vendor
        for family in families.families
        if family.name in recognise_mac(families, mac)
    )
    known = f'it says "{agent}"' if agent else "it has not been seen"
    maker = f", its address is one of {makers}" if makers else ""
    raise UsageError(f"which model is {mac}? {known}{maker}: name it with --model")


def _note(families: Families, mac: str, entry: dict[str, Any]) -> Note:
    _, model = families.models[entry["model"]]
    subject = f"Approve phone {mac} ({model.name}) for {', '.join(entry['lines'])}"
    return Note(subject, BY, trailers={ENTRY_TRAILER: f"phones/{mac}"})


def _doubts(checked: Checked, mac: str) -> tuple[Diagnostic, ...]:
    """What the checks say of the lines in which the phone stands."""
    document, path = checked.origins.entry("phones", mac)
    begins, ends = document.locate_key(path).range.start, document.locate(path).range.end
    return tuple(
        found
        for found in checked.diagnostics
        if found.file == document.path and found.range and begins <= found.range.start <= ends
    )
