"""What the Git host is told of commits, as a service: what `system.git_host` means."""

import asyncio
from collections.abc import Callable
from typing import Any, Final

import aiohttp

from engine.desired import Desired
from engine.newest import AGAIN, Newest, UntoldError
from engine.notices.webhook import reason_of
from engine.reconcile import Candidate, Result
from engine.secrets import SecretReader, SecretsError
from schema.models import System
from schema.models.git_host import GitHost
from sync.git import FULL_ID
from sync.hosts import CommitStatus, State, is_known_already, request_for

TIMEOUT: Final = aiohttp.ClientTimeout(total=15.0, sock_connect=5.0)

MOST_READ: Final = 4096
"""Bytes of an answer: enough for the reason of a refusal."""

SECTION: Final = "system/git_host/token"


class GitHostService:
    """Tells the host that the tree that runs names."""

    def __init__(
        self,
        node: Callable[[System], str],
        secrets: SecretReader,
        on_trouble: Callable[[str], None],
        again: tuple[float, ...] = AGAIN,
    ) -> None:
        self._node = node
        self._secrets = secrets
        self._newest = Newest(self._send, on_trouble, again)
        self._host: GitHost | None = None
        self._name = ""

    async def apply(self, desired: Desired) -> None:
        """Tell that host from now on."""
        self._host = desired.system.system.git_host
        self._name = self._node(desired.system)

    async def stop(self) -> None:
        """Tell nobody any more."""
        await self._newest.stop()

    def begun(self, candidate: Candidate) -> None:
        """A commit is being tried."""
        self._tell(candidate, "pending", "is being tried")

    def reconciled(self, candidate: Candidate, result: Result, *, watched: bool) -> None:
        """A commit was tried. One that is watched still has to show that it is good."""
        if result.outcome != "applied":
            self._tell(candidate, "failure", result.message)
        elif watched:
            self._tell(candidate, "pending", f"runs: {result.message}")
        else:
            self._tell(candidate, "success", f"runs: {result.message}")

    def found_good(self, candidate: Candidate) -> None:
        """A commit runs, and has shown that it is good."""
        self._tell(candidate, "success", "runs, and nothing was lost")

    def waits(self, commit: str, reason: str) -> None:
        """A commit may not run yet."""
        if FULL_ID.fullmatch(commit):
            self._say(CommitStatus(commit, "pending", self._context, f"waits: {reason}"))

    def status(self) -> dict[str, Any] | None:
        """None where the tree names no host."""
        host = self._host
        if host is None:
            return None
        return {"host": host.base, "project": host.project, "trouble": self._newest.trouble}

    @property
    def _context(self) -> str:
        return f"{self._host.context}/{self._name}" if self._host is not None else ""

    def _tell(self, candidate: Candidate, state: State, description: str) -> None:
        """Of commits that somebody made: not of saved files, nor of what a node starts with."""
        if candidate.author and FULL_ID.fullmatch(candidate.revision):
            self._say(CommitStatus(candidate.revision, state, self._context, description))

    def _say(self, status: CommitStatus) -> None:
        if self._host is not None and self._host.base:
            self._newest.tell(status.commit, (self._host, status))

    async def _send(self, commit: str, told: tuple[GitHost, CommitStatus]) -> None:
        host, status = told
        try:
            token = await asyncio.to_thread(self._secrets.text, host.token, SECTION)
            request = request_for(host, token.strip(), status)
            await _post(host, request.url, dict(request.headers), dict(request.body))
        except SecretsError as error:
            raise UntoldError(str(error)) from None
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise UntoldError(
                f"{host.base} cannot be told of {commit[:10]}: {reason_of(error)}"
            ) from None


async def _post(host: GitHost, url: str, headers: dict[str, str], body: dict[str, Any]) -> None:
    headers = {**headers, "User-Agent": "Dialtree"}
    async with (
        aiohttp.ClientSession(timeout=TIMEOUT, trust_env=False) as session,
        session.post(url, json=body, headers=headers, allow_redirects=False) as response,
    ):
        answer = (await response.content.read(MOST_READ)).decode("utf-8", "replace")
    if 200 <= response.status < 300 or is_known_already(host, response.status, answer):
        return
    final = 400 <= response.status < 500 and response.status not in (401, 403, 408, 429)
    said = {401: "it does not know the token", 403: "the token may not set commit statuses"}
    reason = said.get(response.status, f"HTTP {response.status}")
    raise UntoldError(f"{host.base} refuses the status of a commit: {reason}", final=final)
