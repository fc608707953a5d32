"""Sets of numbers as automata: what the proofs of the dial plan and its semantic diff stand on.

    atoms       which numbers are all the same to a plan: Atoms, Atom, Counts
    dfa         set algebra, examples and exact counts of sets of numbers: Dfa

Pure; knows patterns and numbers, and nothing of rules, users or trees. Standard library only:
docs/decisions/0008 says why this is not interegular or greenery.
"""

from schema.automata.atoms import Atom, Atoms
from schema.automata.bounds import MOST_STATES, TooComplexError
from schema.automata.counts import Counts
from schema.automata.dfa import Dfa

__all__ = ["MOST_STATES", "Atom", "Atoms", "Counts", "Dfa", "TooComplexError"]
