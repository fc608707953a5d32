"""Who is told what became of a commit: webhooks all of it, people what went wrong."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from engine.checking import validate_tree
from engine.desired import Compiler, Desired
from engine.reconcile import Candidate, Result
from engine.secrets import SecretReader
from engine.services.operations import OperationsService
from engine.store import Outcome
from renderers.devices import Families
from sync.snapshot import KeptFiles

NO_SOURCE = KeptFiles("t", {})
COMMIT = Candidate("4f0c2a91d3" * 4, "Add Carol", "Ann Admin", NO_SOURCE)
AT = 1_700_000_000.0


class Office:
    """The service, told as a node tells it, of a tree that names `notify`."""

    def __init__(self, families: Families, notify: str) -> None:
        self.lines: list[str] = []
        self.service = OperationsService(
            lambda system: "pbx1",
            lambda topic, text: self.lines.append(text),
            SecretReader(Path("/nonexistent/age.key"), {"HOOK_KEY": "correct horse"}),
            lambda: AT,
        )
        self.desired = desired(families, notify)

    async def told(self, *outcomes: Outcome) -> None:
        await self.service.apply(self.desired)
        for outcome in outcomes:
            self.service.reconciled(COMMIT, Result(COMMIT.revision, outcome, f"because {outcome}"))
        await self.quiet()

    async def quiet(self) -> None:
        async with asyncio.timeout(10):
            while self.service.status()["waiting"]:
                await asyncio.sleep(0.01)


def desired(families: Families, notify: str) -> Desired:
    text = f"""\
version: 1
system: {{domain: example.test, region: US, notify: {notify}}}
nodes: {{pbx1: {{address: 127.0.0.1}}}}
users: {{alice: {{name: Alice}}}}
"""
    found = validate_tree(KeptFiles("t", {"pbx.yaml": text.encode()}), families)
    assert found.system is not None, found.diagnostics
    return Compiler(families).compile(found.system, found.origins, found.families)


def posted(hook: Any) -> list[dict[str, Any]]:
    return [json.loads(body) for _, body in hook.posts]


async def test_a_webhook_gets_what_became_of_a_commit(hook: Any, families: Families) -> None:
    office = Office(families, f'{{webhooks: ["{hook.url}"], webhook_secret: !env HOOK_KEY}}')
    await office.told("applied")
    [told] = posted(hook)
    assert told.pop("id")
    assert told == {
        "event": "commit.running", "system": "example.test", "node": "pbx1",
        "what": "commit 4f0c2a91d3", "message": "because applied",
        "revision": COMMIT.revision, "subject": "Add Carol", "author": "Ann Admin",
        "time": "2023-11-14T22:13:20Z",
    }  # fmt: skip
    assert hook.posts[0][0].headers["X-Dialtree-Signature"].startswith("sha256=")


@pytest.mark.parametrize("outcome", ["invalid", "unsafe", "refused", "failed"])
async def test_what_does_not_run_is_refused(
    hook: Any, families: Families, outcome: Outcome
) -> None:
    office = Office(families, f'{{webhooks: ["{hook.url}"]}}')
    await office.told(outcome)
    assert [told["event"] for told in posted(hook)] == ["commit.refused"]


async def test_only_what_was_asked_for_is_told(hook: Any, families: Families) -> None:
    office = Office(families, f'{{webhooks: ["{hook.url}"], events: [commit.good, import.failed]}}')
    await office.told("applied", "unhealthy")
    office.service.found_good(COMMIT)
    office.service.imported("ldap/corp", "12 users", failed=False)
    office.service.imported("ldap/corp", "ldaps://dc1: no answer", failed=True)
    await office.quiet()
    told = {each["event"]: each for each in posted(hook)}
    assert set(told) == {"commit.good", "import.failed"}
    assert told["import.failed"]["what"] == "import of ldap/corp"
    assert told["import.failed"]["revision"] is None


async def test_the_tree_that_a_node_starts_with_is_no_news(hook: Any, families: Families) -> None:
    office = Office(families, f'{{webhooks: ["{hook.url}"]}}')
    await office.told()
    office.service.reconciled(
        Candidate("4f0c", "Start with the last good tree", "", NO_SOURCE),
        Result("4f0c", "applied", ""),
    )
    await office.quiet()
    assert hook.posts == []


async def test_people_get_mail_of_what_went_wrong_with_the_reason(
    post: Callable[..., Awaitable[Any]], families: Families
) -> None:
    box = await post()
    server = f"server: '127.0.0.1:{box.port}'"
    mail = f"{{to: [ann@example.test], sender: pbx@example.test, {server}}}"
    office = Office(families, f"{{mail: {mail}}}")
    await office.told("applied", "unhealthy")
    [message] = box.messages
    assert message["Subject"] == "example.test: commit 4f0c2a91d3 was taken back on pbx1"
    text = message.get_content()
    assert "Why:      because unhealthy" in text
    assert "Author:   Ann Admin" in text
    assert message["X-Priority"] is None
