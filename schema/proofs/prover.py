"""All proofs of a tree, one after the other, remembered until what they are about changes.

A tree has to be valid to be proved. Who is renamed, gets another phone or moves to another file
changes nothing that calls depend on, so nothing is proved anew.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Final

from schema.automata import TooComplexError
from schema.dialplan.compile import TableCompiler
from schema.models import System
from schema.proofs.ambiguous import prove_unambiguous
from schema.proofs.claims import prove_claim
from schema.proofs.costly import prove_costly
from schema.proofs.dids import prove_dids, prove_ranges
from schema.proofs.emergency import prove_emergency
from schema.proofs.finding import Finding
from schema.proofs.loops import prove_no_loops
from schema.proofs.missing import prove_promises
from schema.proofs.order import prove_order
from schema.proofs.subject import Subject

Prove = Callable[[Subject], Iterator[Finding]]

PROOFS: Final[Mapping[str, Prove]] = MappingProxyType(
    {
        "emergency calls": prove_emergency,
        "the order of rules": prove_order,
        "rules that overlap": prove_unambiguous,
        "costly numbers": prove_costly,
        "permissions": prove_promises,
        "loops": prove_no_loops,
        "DIDs": prove_dids,
        "ranges of DIDs": prove_ranges,
    }
)
"""By what they are about, in words."""


@dataclass(frozen=True, slots=True)
class Proven:
    """What came of all proofs of a tree."""

    findings: tuple[Finding, ...] = ()
    held: int = 0
    """How many of the proofs found nothing."""
    refuted: int = 0
    """How many found something, or could not be completed."""


UNPROVEN: Final = Proven()
"""Of a tree of which nothing was proved yet."""


class Prover:
    """Proves one system after another."""

    def __init__(self) -> None:
        self._tables = TableCompiler()
        self._last: Subject | None = None
        self._proven = UNPROVEN

    def __call__(self, system: System) -> Proven:
        """Everything that is not as it should be in a valid system."""
        table = self._tables.compile(system)
        subject = Subject(table, system.system, system.sites, system.groups, system.prove)
        if subject != self._last:
            self._proven = prove(subject)
            self._last = subject
        return self._proven


def prove(subject: Subject) -> Proven:
    """Run all proofs."""
    findings: list[Finding] = []
    refuted = 0
    proofs = [*PROOFS.items(), *_own(subject)]
    for about, proof in proofs:
        made = _complete(about, proof, subject)
        found = [finding for finding in made if finding.code not in subject.system.accept]
        refuted += bool(found)
        findings += found
    return Proven(tuple(findings), len(proofs) - refuted, refuted)


def _own(subject: Subject) -> Iterator[tuple[str, Prove]]:
    """What the tree itself wants to be proved."""
    for claim in subject.prove:
        yield f'"{claim.proof}"', partial(prove_claim, proof=claim)


def _complete(about: str, proof: Prove, subject: Subject) -> Iterator[Finding]:
    """What a proof finds; when the plan is too entangled for it, that."""
    try:
        yield from proof(subject)
    except TooComplexError as error:
        yield Finding(
            "PBX1699",
            f"{about} could not be proved: there are more than {error.limit:,} cases to look at",
            ("dialplan", subject.table.rules[0].name, "match"),
            "patterns such as 5XXX, X5XX, XX5X multiply, and so do many schedules; write which "
            "numbers are meant",
        )
