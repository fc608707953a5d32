"""People whom the source no longer has: noted, disabled after a while, deleted only when asked.

Silence of a source that did not answer in full means nothing, and too much silence is not
believed. May know: times, safety limits. May not: how anything is written.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from schema.models.system import Safety
from sync.importing.policy import Memory, Missing, Policy
from sync.importing.records import Batch


@dataclass(frozen=True)
class Absent:
    """Who is missing, by source id, and of whom that is news; who is due for what."""

    missing: Mapping[str, Missing]
    news: frozenset[str]
    to_disable: tuple[str, ...] = ()
    to_delete: tuple[str, ...] = ()


def absent_of(
    batch: Batch, managed: Iterable[str], memory: Memory, policy: Policy, now: float
) -> Absent:
    """Conclude from a batch who is missing. `managed`: whom the importer has, and nobody is."""
    gone = sorted(set(managed) - {person.source_id for person in batch.people} - batch.unusable)
    if not batch.complete:
        return Absent(
            {id_: memory.missing[id_] for id_ in gone if id_ in memory.missing}, frozenset()
        )
    missing = {id_: memory.missing.get(id_) or Missing(now, policy.forced) for id_ in gone}
    return Absent(
        missing,
        frozenset(id_ for id_ in gone if id_ not in memory.missing),
        tuple(_due(missing, policy.disable_after, now)),
        tuple(_due(missing, policy.delete_after, now)),
    )


def _due(missing: Mapping[str, Missing], after: float | None, now: float) -> Iterator[str]:
    if after is not None:
        yield from (id_ for id_, since in missing.items() if now - since.since >= after)


def too_many(what: str, count: int, total: int, safety: Safety) -> Iterator[str]:
    """The limits of `system.safety`, for what an import would do to so many of so many."""
    percent = 100 * count // total if total else 0
    if total >= safety.min_objects and percent > safety.max_delete_percent:
        yield (
            f"{what} {count:,} of {total:,} users ({percent} %); the limit is "
            f"{safety.max_delete_percent} % (system.safety.max_delete_percent)"
        )
    if safety.max_delete is not None and count > safety.max_delete:
        yield f"{what} {count:,} users; the limit is {safety.max_delete} (system.safety.max_delete)"
