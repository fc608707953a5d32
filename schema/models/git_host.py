"""Where commits are reviewed: the Git host that is told what became of them."""

from typing import Final, Literal

from pydantic import Field

from schema.models.base import Entry
from schema.models.secret import Secret

Kind = Literal["github", "gitlab", "gitea"]

PUBLIC: Final = {"github": "https://api.github.com", "gitlab": "https://gitlab.com"}
"""Where a host is that the tree does not say. Gitea (and Forgejo) is everybody's own."""


class GitHost(Entry):
    """Each node says at each commit whether it runs there."""

    kind: Kind = Field(description="gitea is for Forgejo, too")
    project: str = Field(
        pattern=r"^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+){1,5}$", description="owner/name"
    )
    url: str | None = Field(
        None, pattern="^https?://[^ ?#]+[^ ?#/]$",
        description="Of a host of your own: https://git.example.net; of GitHub Enterprise with "
        "/api/v3",
    )  # fmt: skip
    token: Secret = Field(description="May set commit statuses, and nothing else")
    context: str = Field(
        "dialtree", min_length=1, max_length=64,
        description="What the statuses are called, with the node behind it: dialtree/pbx1",
    )  # fmt: skip

    @property
    def base(self) -> str:
        """The address that paths follow on; empty where nobody can know it."""
        return self.url or PUBLIC.get(self.kind, "")
