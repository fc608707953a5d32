"""Names that are wanted, and who has them: a number or alias leads to one entry.

Who has a name keeps it; of several who want it, the first gets it. What nobody gets is left out.
May know: drafts. May not: whose values are.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from sync.blame import Entry
from sync.importing.draft import Draft, Slot, listed, written
from sync.importing.notes import Notes
from sync.importing.present import Present

KINDS: Mapping[Slot, str] = {("extension",): "extension", ("aliases",): "alias", ("did",): "DID"}


class Name(NamedTuple):
    """Something that is called: what kind of name, by slot, and who has it."""

    text: str
    slot: Slot
    entry: Entry

    @property
    def called(self) -> tuple[bool, str]:
        """What must be unique: ids, extensions and aliases together, and DIDs."""
        return self.slot == ("did",), self.text

    @property
    def kind(self) -> str:
        return KINDS.get(self.slot, "user name")


def settle_names(
    drafts: dict[Entry, Draft], present: Present, notes: Notes
) -> dict[tuple[bool, str], Name]:
    """Leave out of drafts what others have; new entries without a name of their own go.

    Who has which name afterwards. It takes several rounds: who does not get another number keeps
    the old one, which somebody else may have been given.
    """
    while True:
        taken = _held(drafts, present)
        clashes = list(_clashes(drafts, taken))
        for name, other in clashes:
            if name.entry not in drafts:
                continue  # gone for another name
            what = f'{name.kind} "{name.text}"'
            notes.taken(what, name.entry, drafts[name.entry].origin, other.entry, other.kind)
            _leave_out(drafts, name)
        if not clashes:
            return taken


def _held(drafts: Mapping[Entry, Draft], present: Present) -> dict[tuple[bool, str], Name]:
    """Who has a name in the tree and keeps it."""
    taken: dict[tuple[bool, str], Name] = {}
    for section in ("users", "hunt_groups"):
        for id_, entry in getattr(present.system, section).items():
            key = (section, id_)
            draft = drafts.get(key)
            name = Name(id_, (), key)
            taken[name.called] = name
            names = ((("extension",), entry.extension), (("aliases",), entry.aliases),
                     (("did",), entry.dids))  # fmt: skip
            for slot, value in names:
                kept = value if draft is None or slot not in draft.changes else [
                    item for item in listed(value) if item in listed(draft.changes[slot])
                ]  # fmt: skip
                for text in listed(kept):
                    name = Name(text, slot, key)
                    taken.setdefault(name.called, name)
    return taken


def _clashes(
    drafts: Mapping[Entry, Draft], taken: dict[tuple[bool, str], Name]
) -> Iterator[tuple[Name, Name]]:
    """Each new name that somebody else has. Those that are free are taken."""
    for draft in drafts.values():
        for name in _wanted(draft):
            holder = taken.setdefault(name.called, name)
            if holder.entry != name.entry:
                yield name, holder


def _wanted(draft: Draft) -> Iterator[Name]:
    """The names that a draft adds."""
    if draft.entry[0] != "users":
        return
    if draft.is_new:
        yield Name(draft.entry[1], (), draft.entry)
    for slot in KINDS:
        if slot in draft.changes:
            before = listed(draft.now(slot))
            yield from (
                Name(text, slot, draft.entry)
                for text in listed(draft.changes[slot])
                if text not in before
            )


def _leave_out(drafts: dict[Entry, Draft], name: Name) -> None:
    draft = drafts[name.entry]
    if name.slot == ():
        del drafts[name.entry]
    elif name.slot == ("extension",):
        draft.changes.pop(name.slot, None)
    else:
        rest = [text for text in listed(draft.changes[name.slot]) if text != name.text]
        draft.change(name.slot, written(name.slot, rest, draft.now(name.slot)))
