"""Commits that nobody's Git would make, brought into the repository past the hooks."""

import subprocess
from collections.abc import Callable

import pytest
from running import Site, eventually

PERSON = b"Eve <eve@example.test>"

CRAFTED = {
    "a date in other digits": (b"\xc2\xb2 +0000", b""),
    "a date of 5000 digits": (b"9" * 5000 + b" +0000", b""),
    "an encoding that takes nothing": (b"1 +0000", b"encoding undefined\n"),
    "an encoding that is no text": (b"1 +0000", b"encoding a\0b\n"),
    "an encoding with half characters": (b"1 +0000", b"encoding unicode_escape\n"),
    "a parent behind the author": (b"1 +0000", b"parent \xff\n"),
}


def craft(site: Site, date: bytes, more: bytes, message: bytes) -> str:
    """A commit object on top of main, as the bare repository's newest."""

    def git(*words: str, stdin: bytes = b"") -> str:
        done = subprocess.run(
            ["git", *words], cwd=site.directory, input=stdin, capture_output=True, check=True
        )
        return done.stdout.decode().strip()

    head, tree = git("rev-parse", "main"), git("rev-parse", "main^{tree}")
    data = (
        f"tree {tree}\nparent {head}\n".encode()
        + b"author %b %b\ncommitter %b %b\n" % (PERSON, date, PERSON, date)
        + more + b"\n" + message
    )  # fmt: skip
    made = git("hash-object", "-t", "commit", "-w", "--stdin", "--literally", stdin=data)
    git("update-ref", "refs/heads/main", made)
    return made


@pytest.mark.parametrize("kind", CRAFTED)
def test_a_crafted_commit_does_not_end_the_node(new_site: Callable[..., Site], kind: str) -> None:
    site = new_site(bare=True)
    site.start()
    crafted = craft(site, *CRAFTED[kind], b"Look \\ud800 \x1b]0;here\x07\n")
    eventually(lambda: site.ended() or site.status().get("attempted_revision") == crafted)
    assert not site.ended(), site.output()
    history = site.pbx("history", site.directory, "--state", site.state)
    assert crafted[:10] in history.stdout
    assert "\x1b" not in history.stdout + site.output()
    assert "Traceback" not in site.output()
