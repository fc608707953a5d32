"""Sets of numbers as automata: what the proofs of the dial plan and its semantic diff stand on.

    atoms       which numbers are all the same to a plan: Atoms, Atom, Counts
    dfa         set algebra, examples and exact counts of sets of numbers: Dfa
    rewriting   sets of numbers after and before a rule's strip, prepend and dial
    description sets of numbers as few patterns: describe
    notation    patterns as text: pattern_of

Pure; knows patterns and numbers, and nothing of rules, users or trees. Standard library only:
docs/decisions/0008 says why this is not interegular or greenery.
"""

from schema.automata.atoms import Atom, Atoms
from schema.automata.bounds import MOST_STATES, TooComplexError
from schema.automata.counts import Counts
from schema.automata.description import Description, describe
from schema.automata.dfa import Dfa
from schema.automata.notation import pattern_of
from schema.automata.rewriting import image, preimage, preimage_patterns

__all__ = [
    "MOST_STATES",
    "Atom",
    "Atoms",
    "Counts",
    "Description",
    "Dfa",
    "TooComplexError",
    "describe",
    "image",
    "pattern_of",
    "preimage",
    "preimage_patterns",
]
