"""`system.verify`: whose commits run."""

from typing import Literal

from pydantic import Field

from schema.models.base import Entry, FilePath


class Verify(Entry):
    """Only signed commits run. What runs now says whose signature the next commit needs."""

    signers: FilePath = Field(
        description='On the node, outside the tree: a file as in ssh-keygen(1) "ALLOWED SIGNERS", '
        "one with GPG public keys, or a folder with either or both (`allowed_signers`, `*.asc`, "
        "`*.gpg`, `pubring.kbx`)"
    )
    mode: Literal["head", "range"] = Field(
        "head",
        description="What has to be signed: the newest commit, or every commit since the one that "
        "runs, merges included",
    )
    revoked: FilePath | None = Field(
        None, description='SSH keys that count no more, as in ssh-keygen(1) "KEY REVOCATION LISTS"'
    )
