"""One import from beginning to end: ask the source, compare, commit, remember, tell the node.

May know: repositories, the store, safety limits. May not: kinds of sources, or what is compared how
(sync.importing).
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from engine.branches import branch_to_write, tell_node
from engine.checking import Checked, InvalidTree, ValidTree
from engine.desired import Compiler, Desired
from engine.errors import USER_ERRORS, explain_to_user
from engine.importing.report import Outcome, Report
from engine.importing.task import Task
from engine.plan import diff
from engine.state import StateDirectory
from engine.store import Store
from engine.workbench import UsageError, Workbench
from schema.collector import collector_paused
from schema.tree import TreeSource
from sync.errors import CommitRefused, TreeRefused
from sync.importing import (
    Batch,
    Memory,
    Missing,
    OwnershipInGit,
    Policy,
    Present,
    Reconciled,
    command_of,
    reconcile,
)
from sync.message import Identity
from sync.writeback import (
    LocalTarget,
    Note,
    Proposal,
    RemoteTarget,
    Written,
    difference,
    propose,
    write_back,
)

TRIES = 3
"""Times that a comparison is made anew because of what somebody pushed meanwhile."""
TOLD: tuple[type[Exception], ...] = (*USER_ERRORS, InvalidTree, OSError)
"""Failures that are noted; a defect of ours is not."""
Target = LocalTarget | RemoteTarget


@dataclass(frozen=True)
class Request:
    """How one run is wanted. `take`: what is handed over to the importer, "users/alice/name"."""

    dry_run: bool = False
    force: bool = False
    take: frozenset[str] = frozenset()
    remote: str | None = None
    branch: str | None = None

    def policy(self, ordinary: Policy) -> Policy:
        """The ordinary policy of an import, for this run."""
        return replace(ordinary, take=self.take, forced=self.force)


class _Unsafe(Exception):  # noqa: N818 - caught here
    """A plan is over a safety limit; nothing was written."""

    def __init__(self, limits: tuple[str, ...]) -> None:
        super().__init__("; ".join(limits))
        self.limits = limits


def run_import(desk: Workbench, task: Task, request: Request) -> Report:
    """Import, and tell the node of the state directory.

    Blocks. Raises SourceUnavailable, InvalidTree, RepositoryError, SecretsError, StoreError,
    UsageError; then nothing was written.
    """
    desk.state.create()
    with _store(desk.state) as store:
        report, written = _noted(desk, task, request, store)
    if written is None:
        return report
    told = tell_node(desk.state, written, force=request.force)
    return replace(report, said=(*report.said, told))


def _noted(
    desk: Workbench, task: Task, request: Request, store: Store
) -> tuple[Report, Written | None]:
    """Import, and note what became of it for the status. A dry run is nobody's business."""
    try:
        with branch_to_write(desk, request.remote, request.branch) as target:
            report, written = _Run(desk, task, request, store, target).outcome()
    except TOLD as error:
        if not request.dry_run:
            store.imports.note(_row(task.importer, "failed", _reason(error)))
        raise
    if not request.dry_run:
        row = _row(task.importer, report.outcome, report.message, report.commit)
        store.imports.note({**row, "warnings": len(report.warnings)})
    return report, written


def _row(importer: str, outcome: str, message: str, commit: str | None = None) -> dict[str, Any]:
    return {
        "importer": importer, "at": time.time(), "outcome": outcome, "message": message,
        "commit": commit, "warnings": 0,
    }  # fmt: skip


def _reason(error: Exception) -> str:
    """An error in one line; of a tree with errors, the first of them."""
    if isinstance(error, InvalidTree):
        wrong = [one for one in error.diagnostics if one.severity == "error"]
        return f"{error}: {wrong[0].message}" if wrong else str(error)
    return explain_to_user(error)


def directories_of(desk: Workbench, request: Request) -> list[str]:
    """The directories of the newest commit. Raises UsageError where there are none."""
    with branch_to_write(desk, request.remote, request.branch) as target:
        tree = desk.valid(target.repository.tree(target.tip()))
    if not tree.system.directories:
        raise UsageError("there are no directories in the tree: add a section `directories`")
    return list(tree.system.directories)


@contextmanager
def _store(state: StateDirectory) -> Iterator[Store]:
    store = Store(state.database)
    try:
        yield store
    finally:
        store.close()


class _Run:
    """The steps of one import, on one branch."""

    def __init__(
        self, desk: Workbench, task: Task, request: Request, store: Store, target: Target
    ) -> None:
        self._desk, self._task, self._request = desk, task, request
        self._store, self._target = store, target

    def outcome(self) -> tuple[Report, Written | None]:
        """Ask once; compare again where somebody pushed what the commit cannot go with."""
        batch: Batch | None = None
        for attempt in range(TRIES):
            base = self._target.tip()
            self._refuse_bad(base)
            tree = self._desk.valid(self._target.repository.tree(base))
            batch = batch or self._task.read(tree)
            found = self._compared(tree, base, batch)
            try:
                return self._carried_out(found, tree)
            except TreeRefused as error:
                if attempt == TRIES - 1 or self._target.tip() == base:
                    name = f"the tree with what {self._task.importer} says"
                    raise InvalidTree(name, error.diagnostics) from error
        raise AssertionError("the last attempt returns or raises")

    def _refuse_bad(self, base: str) -> None:
        """On top of a commit that was taken back, a commit of ours would run it again."""
        if not self._request.force and self._store.last_outcome(base) == "unhealthy":
            raise CommitRefused(
                f"nothing is built on {base[:10]}, which ran and was taken back (pbx history): "
                "commit something better first, such as pbx rollback, or say --force"
            )

    def _compared(self, tree: ValidTree, base: str, batch: Batch) -> Reconciled:
        store, importer = self._store.imports, self._task.importer
        missing = {id_: Missing(*row) for id_, row in store.missing(importer).items()}
        memory = Memory(missing, store.numbers())
        with collector_paused():
            return reconcile(
                batch,
                Present(importer, tree.system, tree.origins),
                OwnershipInGit(self._target.repository, base, importer),
                self._request.policy(self._task.policy(tree)),
                memory,
                time.time(),
            )

    def _carried_out(self, found: Reconciled, tree: ValidTree) -> tuple[Report, Written | None]:
        importer = self._task.importer
        report = Report(importer, "nothing", found.counts, found.warnings, found.unsafe)
        if self._request.dry_run:
            return self._proposed(found, tree, report), None
        if found.unsafe:
            return replace(report, outcome="unsafe"), None
        if not found.edits:
            self._remember(found)
            return report, None
        try:
            written = write_back(
                self._target, found.edits, self._note(found, tree), self._judge(found, tree)
            )
        except _Unsafe as over:
            return replace(report, outcome="unsafe", unsafe=over.limits), None
        self._remember(found)
        if written.commit is None:
            return report, None
        subject = f"{written.commit[:10]} on {self._target.branch}: {self._subject(found)}"
        said = (subject, *map(str, written.conflicts))
        shown = difference(self._target, written)
        done = replace(report, outcome="done", commit=written.commit, difference=shown, said=said)
        return done, written

    def _proposed(self, found: Reconciled, tree: ValidTree, report: Report) -> Report:
        """What would be done, also where a limit would stop it."""
        limits = found.unsafe
        try:
            proposal = propose(self._target, found.edits, self._judge(found, tree))
        except _Unsafe as over:
            limits = over.limits
            proposal = propose(self._target, found.edits, self._desk.validate)
        outcome = self._outcome(proposal, limits)
        said = (self._subject(found),) if found.edits else ()
        shown = difference(self._target, proposal)
        return replace(report, outcome=outcome, unsafe=limits, difference=shown, said=said)

    def _outcome(self, proposal: Proposal, limits: tuple[str, ...]) -> Outcome:
        if limits:
            return "unsafe"
        return "nothing" if proposal.tree is None else "planned"

    def _judge(self, found: Reconciled, tree: ValidTree) -> Callable[[TreeSource], Checked]:
        """Validation, and the limits on what the node would delete, before anything is written."""
        counts = found.counts
        if self._request.force or not counts.deleted + counts.phones_deleted:
            return self._desk.validate

        def judge(source: TreeSource) -> Checked:
            checked = self._desk.validate(source)
            if checked.system is not None:
                new = ValidTree(checked.system, checked.origins, checked.families)
                plan = diff(self._desired(tree), self._desired(new))
                if plan.unsafe or plan.refused:
                    raise _Unsafe((*plan.unsafe, *plan.refused))
            return checked

        return judge

    def _desired(self, tree: ValidTree) -> Desired:
        compiler = Compiler(self._desk.families)
        return compiler.compile(tree.system, tree.origins, tree.families)

    def _subject(self, found: Reconciled) -> str:
        return f"Import {found.counts.words(self._task.source)}"

    def _note(self, found: Reconciled, tree: ValidTree) -> Note:
        trailers = {
            f"Dialtree-{name.replace('_', '-').title()}": str(count)
            for name, count in found.counts.by_name().items()
        }
        importer = self._task.importer
        author = Identity(importer, f"import@{tree.system.system.domain}")
        return Note(self._subject(found), command_of(importer), author=author, trailers=trailers)

    def _remember(self, found: Reconciled) -> None:
        noted = found.noted
        self._store.imports.save(
            self._task.importer, noted.seen, noted.missing, noted.numbers, time.time()
        )
