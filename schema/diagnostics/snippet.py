"""The line of source under a message: made safe to show on a screen and in a log.

A tree holds no secrets, but people try. What stands behind a key that sounds like one is masked
before the line enters a diagnostic, so that no view can leak it.
"""

import re

_WORDS = r"pass(?:word|wd|phrase|code)?|pwd|secret|token|pin|(?:api|private|master)_?key"
_SECRET = re.compile(
    rf"""(?ix)
    (?P<key> (?<![A-Za-z0-9]) (?:{_WORDS}) (?:_[a-z0-9]+)? ["']? \s* [:=] \s* )
    (?P<value> "(?:[^"\\]|\\.)*"? | '(?:[^']|'')*'? | [^\s,}}\]]+ (?:[ ][^,}}\]#]*)? )""",
)
_KEY = re.compile(r"(?i)(AGE-SECRET-KEY-)[A-Z0-9_-]+")
"""A private key of age, pasted where a public one belongs."""
_IN_URL = re.compile(r"(?<=://)([^\s/@:\"']*:)[^\s/@\"']+(?=@)")
"""The password of a URL."""
_UNPRINTABLE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_LONGEST = 400


def masked(line: str) -> str:
    """Return the line with what is or sounds like a secret starred out, columns unmoved."""
    line = _SECRET.sub(lambda found: found["key"] + "*" * len(found["value"]), line)
    for pattern in (_KEY, _IN_URL):
        line = pattern.sub(_starred, line)
    return line


def _starred(found: re.Match[str]) -> str:
    return found[1] + "*" * (len(found[0]) - len(found[1]))


def snippet(line: str) -> str:
    """Return one line of source as it may be shown: masked, printable, not endless."""
    # Cut first: a line may be megabytes long, and the rest would be thrown away.
    start = masked(line[:_LONGEST])
    shown = _UNPRINTABLE.sub(lambda found: " " if found[0] == "\t" else "\ufffd", start)
    return shown if len(line) <= _LONGEST else shown + "…"
