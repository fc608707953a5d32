"""Commit statuses as Git hosts take them: GitHub, GitLab, Gitea. Pure: requests, not their sending.

GitHub  POST /repos/{owner}/{name}/statuses/{sha}         docs.github.com/rest/commits/statuses
GitLab  POST /api/v4/projects/{id}/statuses/{sha}         docs.gitlab.com/api/commits
Gitea   POST /api/v1/repos/{owner}/{name}/statuses/{sha}  its own /api/swagger
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal
from urllib.parse import quote

from schema.models.git_host import GitHost

State = Literal["pending", "success", "failure"]

LONGEST: Final = 140
"""Characters of a description: GitHub refuses more, the others take 255."""


@dataclass(frozen=True, slots=True)
class CommitStatus:
    """What one node says of one commit."""

    commit: str
    state: State
    context: str
    description: str


@dataclass(frozen=True, slots=True)
class Request:
    """A POST with a JSON body. The headers hold the token: never shown."""

    url: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]


def request_for(host: GitHost, token: str, status: CommitStatus) -> Request:
    """How the host is told."""
    return _WAYS[host.kind](host, token, status)


def _github(host: GitHost, token: str, status: CommitStatus) -> Request:
    headers = {
        "Authorization": f"Bearer {token}",
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": "2022-11-28",
    }
    url = f"{host.base}/repos/{host.project}/statuses/{status.commit}"
    return Request(url, headers, _described(status))


def _gitea(host: GitHost, token: str, status: CommitStatus) -> Request:
    url = f"{host.base}/api/v1/repos/{host.project}/statuses/{status.commit}"
    return Request(url, {"Authorization": f"token {token}"}, _described(status))


def _described(status: CommitStatus) -> Mapping[str, Any]:
    return {
        "state": status.state,
        "context": status.context,
        "description": shortened(status.description),
    }


def _gitlab(host: GitHost, token: str, status: CommitStatus) -> Request:
    project = quote(host.project, safe="")
    body = {
        "state": "failed" if status.state == "failure" else status.state,
        "name": status.context,
        "description": shortened(status.description),
    }
    url = f"{host.base}/api/v4/projects/{project}/statuses/{status.commit}"
    return Request(url, {"PRIVATE-TOKEN": token}, body)


_WAYS: Mapping[str, Callable[[GitHost, str, CommitStatus], Request]] = {
    "github": _github, "gitlab": _gitlab, "gitea": _gitea,
}  # fmt: skip


def is_known_already(host: GitHost, code: int, answer: str) -> bool:
    """Whether a refusal only says that the status is the same: GitLab takes none twice."""
    return host.kind == "gitlab" and code == 400 and "Cannot transition status" in answer


def shortened(text: str) -> str:
    """In one line that every host takes."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"
