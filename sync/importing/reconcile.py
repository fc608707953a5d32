"""A batch and a tree → edits: the heart of every import. Pure but for asking who owns what.

May know: all of this room. May not: sources, commits, the store.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from schema.diagnostics import Diagnostic
from sync.blame import ENTRY, Entry, Leaf
from sync.importing.draft import Draft, decide, listed
from sync.importing.leaving import Leaving
from sync.importing.matching import match
from sync.importing.missing import absent_of, too_many
from sync.importing.names import settle_names
from sync.importing.notes import Notes
from sync.importing.numbers import Numbers
from sync.importing.ownership import Behinds, Ownership
from sync.importing.policy import Counts, Memory, Missing, Policy
from sync.importing.present import Present
from sync.importing.records import Batch
from sync.importing.wanting import Wanting
from sync.writeback import ABSENT, Edit, Put

GROUPS = ("groups",)
EXTENSION = ("extension",)
ENABLED = ("enabled",)


@dataclass(frozen=True)
class Noted:
    """What is to be remembered once a run is done."""

    seen: Mapping[str, str] = field(default_factory=dict)
    """Ids of the tree by source id."""
    missing: Mapping[str, Missing] = field(default_factory=dict)
    numbers: Mapping[str, str] = field(default_factory=dict)
    """Source ids by extension."""


@dataclass(frozen=True)
class Reconciled:
    """What an import would do. `unsafe`: limits that it exceeds, in words."""

    edits: tuple[Edit, ...] = ()
    counts: Counts = field(default_factory=Counts)
    warnings: tuple[Diagnostic, ...] = ()
    unsafe: tuple[str, ...] = ()
    noted: Noted = field(default_factory=Noted)


def reconcile(
    batch: Batch,
    present: Present,
    ownership: Ownership,
    policy: Policy,
    memory: Memory,
    now: float,
) -> Reconciled:
    """Compare a batch with a tree. `now` in epoch seconds. Raises RepositoryError."""
    return _Run(batch, present, ownership, policy, memory, now).result()


class _Run:
    """One comparison, step by step; `_drafts` are the entries that it may change."""

    def __init__(
        self,
        batch: Batch,
        present: Present,
        ownership: Ownership,
        policy: Policy,
        memory: Memory,
        now: float,
    ) -> None:
        self._batch, self._present, self._ownership = batch, present, ownership
        self._policy, self._memory = policy, memory
        self._notes = Notes(present)
        self._matches = match(batch, present, policy, self._notes)
        found = self._matches.people
        gone = {id_: entry for id_, entry in present.managed.items() if entry not in found}
        self._absent = absent_of(batch, gone, memory, policy, now)
        self._leaving = Leaving(present, self._absent, self._notes)
        self._behinds: Behinds = {}
        wanting = Wanting(batch, present, policy, memory, self._notes)
        drafts = [
            *(wanting.person(id_, person) for id_, person in self._matches.people.items()),
            *self._leaving.disabled(),
            *wanting.phones(self._matches.ids),
        ]
        self._drafts: dict[Entry, Draft] = {draft.entry: draft for draft in drafts}

    def result(self) -> Reconciled:
        """All that the run would do."""
        self._behinds = self._ownership(self._asked())
        self._without_removed()
        for draft in self._drafts.values():
            self._decide(draft)
        groups = tuple(self._groups())
        self._give_numbers(set(settle_names(self._drafts, self._present, self._notes)))
        self._leave_out_lines()
        deletions = tuple(self._leaving.deletions())
        drafts = [draft for draft in self._drafts.values() if draft.changes]
        edits = (*groups, *(edit for draft in drafts for edit in draft.edits()), *deletions)
        counts = self._counted(drafts, groups, deletions)
        warnings = (*self._batch.warnings, *self._notes.all())
        unsafe = () if self._policy.forced else tuple(self._unsafe(drafts, counts))
        return Reconciled(edits, counts, warnings, unsafe, self._noted())

    # Whose it is

    def _asked(self) -> dict[Entry, list[Leaf]]:
        """The values whose owner matters."""
        asked = {entry: list(draft.questions()) for entry, draft in self._drafts.items()}
        for entry, draft in self._drafts.items():
            if self._wants_number(draft) and not draft.is_new:
                asked[entry].append(EXTENSION)
        for group in self._wanted_groups():
            asked["groups", group] = [ENTRY]
        return {entry: leaves for entry, leaves in asked.items() if leaves}

    def _is_theirs(self, entry: Entry, leaf: Leaf) -> bool:
        behind = self._behinds.get((entry, leaf))
        return behind is not None and not behind.ours

    def _without_removed(self) -> None:
        """What people removed as a whole stays away, unless it is handed over."""
        for entry, draft in list(self._drafts.items()):
            if draft.is_new and self._is_theirs(entry, ENTRY) and not self._policy.takes(*entry):
                self._notes.gone(entry, draft.origin, self._behinds[entry, ENTRY])
                del self._drafts[entry]

    def _decide(self, draft: Draft) -> None:
        takes = frozenset(slot for slot in draft.wanted if self._policy.takes(*draft.entry, *slot))
        for refusal in decide(draft, self._behinds, takes):
            self._notes.refused(draft, refusal)

    # Groups, numbers, lines

    def _wanted_groups(self) -> dict[str, None]:
        """Groups that are to exist and do not."""
        wanted = dict.fromkeys(self._batch.groups)
        for draft in self._drafts.values():
            if draft.entry[0] == "users":
                wanted |= dict.fromkeys(listed(draft.wanted.get(GROUPS)))
        return {group: None for group in wanted if group not in self._present.system.groups}

    def _groups(self) -> Iterator[Edit]:
        """New groups, for those that somebody is in. One that a person removed stays away."""
        used = {
            group: draft
            for draft in self._drafts.values()
            if draft.entry[0] == "users"
            for group in listed(draft.changes.get(GROUPS, ABSENT))
        }
        for group in self._wanted_groups():
            entry = ("groups", group)
            if self._is_theirs(entry, ENTRY) and not self._policy.takes(*entry):
                if group in used:
                    self._notes.gone(entry, used[group].origin, self._behinds[entry, ENTRY])
                self._leave_group(group)
            elif group in used or group in self._batch.groups:
                yield Put(entry, {"managed_by": self._batch.importer}, expected=ABSENT)

    def _leave_group(self, group: str) -> None:
        for draft in self._drafts.values():
            items = listed(draft.changes.get(GROUPS, ABSENT))
            if group in items:
                left = [item for item in items if item != group]
                draft.change(GROUPS, left if left or draft.now(GROUPS) == [] else ABSENT)

    def _wants_number(self, draft: Draft) -> bool:
        return (
            self._policy.extensions is not None
            and draft.entry[0] == "users"
            and draft.entry[1] in self._matches.people
            and draft.wanted.get(EXTENSION) is None
            and draft.now(EXTENSION) is ABSENT
        )

    def _give_numbers(self, taken: set[tuple[bool, str]]) -> None:
        """Numbers for people without one, in the order of their ids."""
        numbers = Numbers(self._policy.extensions, self._memory.numbers)
        called = {name for is_did, name in taken if not is_did}
        for entry, draft in sorted(self._drafts.items()):
            person = self._matches.people.get(entry[1]) if entry[0] == "users" else None
            if person is None or self._policy.extensions is None:
                continue
            if draft.then(EXTENSION) is not ABSENT or self._is_theirs(entry, EXTENSION):
                continue
            number = numbers.next(person.source_id, called)
            if number is None:
                first, last = self._policy.extensions
                self._notes.say(
                    "PBX1845", f"no extension is left between {first} and {last} for {entry[1]}",
                    "widen the range, or give numbers at the source",
                )  # fmt: skip
                continue
            called.add(number)
            draft.change(EXTENSION, number)

    def _leave_out_lines(self) -> None:
        """Lines of people who did not come; a new phone without lines does not come either."""
        known = {id_ for section, id_ in self._drafts if section == "users"}
        known |= self._present.system.users.keys()
        for entry, draft in list(self._drafts.items()):
            lines = listed(draft.changes.get(("lines",), ABSENT))
            gone = [line for line in lines if line not in known]
            for line in gone:
                message = f"phones/{entry[1]} is without a line of {line}: there is no such user"
                self._notes.say(
                    "PBX1847", f"{message} ({draft.origin})", "see why they did not come"
                )
            if gone and len(gone) < len(lines):
                draft.change(("lines",), [line for line in lines if line in known])
            elif gone and draft.is_new:
                del self._drafts[entry]
            elif gone:
                draft.changes.pop(("lines",))

    # What it comes to

    def _counted(
        self, drafts: list[Draft], groups: tuple[Edit, ...], deletions: tuple[Edit, ...]
    ) -> Counts:
        found = dict.fromkeys(("new", "changed", "disabled", "enabled"), 0)
        phones = {"new": 0, "changed": 0}
        for draft in drafts:
            if draft.entry[0] == "phones":
                phones["new" if draft.is_new else "changed"] += 1
            else:
                found[kind_of(draft)] += 1
        return Counts(
            **found,
            deleted=sum(edit.path[0] == "users" for edit in deletions),
            phones_new=phones["new"],
            phones_changed=phones["changed"],
            phones_deleted=sum(edit.path[0] == "phones" for edit in deletions),
            groups_new=len(groups),
        )

    def _unsafe(self, drafts: list[Draft], counts: Counts) -> Iterator[str]:
        """What nobody may have meant."""
        present, safety = self._present, self._present.system.system.safety
        if self._batch.complete and not self._batch.people and present.managed:
            had = f"{len(present.managed):,} users"
            yield f"{self._batch.importer} has nobody any more, and had {had}"
            return
        yield from too_many("misses", len(self._absent.news), len(present.managed), safety)
        forced = {present.managed[id_] for id_, one in self._absent.missing.items() if one.forced}
        disabled = sum(
            kind_of(draft) == "disabled" and draft.entry[1] not in forced
            for draft in drafts
            if draft.entry[0] == "users"
        )
        deleted = len(self._leaving.deleted - forced)
        total = len(present.system.users)
        yield from too_many("disables or deletes", disabled + deleted, total, safety)

    def _noted(self) -> Noted:
        people = self._matches.people
        seen = {person.source_id: id_ for id_, person in people.items() if self._is_there(id_)}
        numbers: dict[str, str] = {}
        for source_id, id_ in seen.items():
            number = self._drafts["users", id_].then(EXTENSION)
            if isinstance(number, str):
                numbers[number] = source_id
        return Noted(seen, self._absent.missing, numbers)

    def _is_there(self, id_: str) -> bool:
        return ("users", id_) in self._drafts


def kind_of(draft: Draft) -> str:
    """What happens to a user, by what is most."""
    if draft.is_new:
        return "new"
    enabled: Any = draft.changes.get(ENABLED, None)
    if enabled is None:
        return "changed"
    return "disabled" if enabled is False else "enabled"
