"""The characters of numbers, and the order in which numbers are shown.

The order puts plain digits first: the example that a message shows should be one that people dial.
"""

from schema.dialplan.pattern import ALPHABET

ORDER = "0123456789*#+"
"""ALPHABET as it is sorted here; automata keep their steps in this order."""

PLACES = {character: place for place, character in enumerate(ORDER)}
"""Character → its place in ORDER."""

_KNOWN = frozenset(ALPHABET)
_SORTABLE = str.maketrans(ORDER, "0123456789abc")


def is_number(text: str) -> bool:
    """Whether `text` is made of ALPHABET, and has at least one character."""
    return bool(text) and _KNOWN.issuperset(text)


def shortlex(number: str) -> tuple[int, str]:
    """The key that sorts numbers: shorter ones first, then by ORDER."""
    return len(number), number.translate(_SORTABLE)
