""" "Did you mean": the known word that an unknown one was probably meant to be."""

import difflib
from collections.abc import Collection, Iterator

_FEW = 400
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789_-. "


def closest(word: str, known: Collection[str]) -> str | None:
    """Return the most similar known word, or None when nothing is similar.

    Among many words only those one typing error away are tried: comparing with each of 10,000
    users would take seconds in a tree with many mistakes.
    """
    if len(word) > 64:
        return None
    if len(known) > _FEW:
        return next((edit for edit in _one_error_away(word) if edit in known), None)
    folded = {candidate.lower(): candidate for candidate in known}
    found = difflib.get_close_matches(word.lower(), folded, n=1, cutoff=0.7)
    return folded[found[0]] if found else None


def did_you_mean(word: str, known: Collection[str], kind: str = "") -> str | None:
    """Return a hint: the closest word, or all of them when they are few, or None."""
    near = closest(word, known)
    if near is not None:
        return f'did you mean "{near}"?'
    if known and len(known) <= 12:
        return f"{kind or 'known'}: {', '.join(known)}"
    return None


def _one_error_away(word: str) -> Iterator[str]:
    yield word.lower()
    splits = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    for left, right in splits:
        if len(right) > 1:
            yield left + right[1] + right[0] + right[2:]
        if right:
            yield left + right[1:]
        for letter in _LETTERS:
            yield left + letter + right
            if right:
                yield left + letter + right[1:]
