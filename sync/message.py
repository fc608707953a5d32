"""Commit messages and the people they are signed with."""

import getpass
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass

from sync.errors import GitFailed
from sync.program import GitProgram

ROLLBACK_TRAILER = "Dialtree-Rollback-To"
"""Names the commit whose tree a rollback brought back (full id)."""


@dataclass(frozen=True)
class Identity:
    """Who a commit is by."""

    name: str
    email: str

    def as_author(self) -> dict[str, str]:
        """The environment that makes git write this author."""
        return {"GIT_AUTHOR_NAME": self.name, "GIT_AUTHOR_EMAIL": self.email}

    def as_committer(self) -> dict[str, str]:
        """The environment that makes git write this committer."""
        return {"GIT_COMMITTER_NAME": self.name, "GIT_COMMITTER_EMAIL": self.email}


def compose(subject: str, body: str = "", trailers: Mapping[str, str] | None = None) -> bytes:
    """One line of subject, an optional body, then trailers that programs can read back.

    A trailer is one line, whatever is in its value: another one could say who made the commit.
    """
    told = ((key, " ".join(value.split())) for key, value in (trailers or {}).items())
    parts = [" ".join(subject.split()), body.strip()]
    parts.append("\n".join(f"{key}: {value}" for key, value in told))
    return ("\n\n".join(part for part in parts if part) + "\n").encode()


def trailers_of(body: str) -> dict[str, str]:
    """The `Key: value` lines of the last paragraph (git-interpret-trailers(1)), if it is one."""
    lines = body.rsplit("\n\n", 1)[-1].split("\n")
    found = [re.fullmatch(r"([A-Za-z][A-Za-z0-9-]*): (.*)", line) for line in lines]
    return {match[1]: match[2] for match in found if match} if all(found) else {}


def commit_environment(git: GitProgram, author: Identity | None) -> dict[str, str]:
    """The identity to commit with: the given author, else what git is configured with.

    A fresh machine has no user.name and user.email; git would refuse, or guess a host name
    that is not one. Then the login name stands in, so that history still says who it was.
    """
    environment: dict[str, str] = {}
    try:
        git.run("-c", "user.useConfigOnly=true", "var", "GIT_COMMITTER_IDENT")
    except GitFailed:
        fallback = login_identity()
        environment |= fallback.as_author() | fallback.as_committer()
    if author is not None:
        environment |= author.as_author()
    return environment


def login_identity() -> Identity:
    """The person by login name and host, as far as the machine knows them."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # a container's user id without an entry in /etc/passwd
        name = "pbx"
    return Identity(name, f"{name}@{socket.gethostname() or 'localhost'}")
