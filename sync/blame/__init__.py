"""Blame by meaning: which commit gave each value of an entry the value that it has.

    outline    one version of a file, cut into its entries
    values     an entry's values: leaves by path, items of lists by what they are
    changes    the commits from one on back, and the files that each one changed
    entries    what one commit changed, entry by entry
    files      versions of files
    trace      the walk: from the newest commit back, until each value's commit is found

Lines are not looked at, so that many keys on one line, another layout and an entry that moved to
another file change nothing. May know: YAML, sections, Git. May not: what an entry means.
"""

from sync.blame.entries import Told, Touched, told
from sync.blame.trace import Answers, Asked, blame
from sync.blame.values import ENTRY, Entry, Item, Leaf, leaves

__all__ = [
    "ENTRY", "Answers", "Asked", "Entry", "Item", "Leaf", "Told", "Touched", "blame", "leaves",
    "told",
]  # fmt: skip
