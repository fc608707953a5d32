"""Commit statuses, as servers that speak the APIs of GitHub, GitLab and Gitea take them.

None of the three can be had here, so each is a small server that checks what its API documents.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from engine.checking import validate_tree
from engine.desired import Compiler
from engine.reconcile import Candidate, Result
from engine.secrets import SecretReader
from engine.services.git_host import GitHostService
from renderers.devices import Families
from sync.snapshot import KeptFiles

TOKEN = "t0ken-of-the-host"
SHA = "4f0c2a91d3" * 4
COMMIT = Candidate(SHA, "Add Carol", "Ann Admin", KeptFiles("t", {}))


@dataclass
class Api:
    """A Git host that keeps the statuses it was given, and refuses what the real one would."""

    kind: str
    port: int = 0
    down: bool = False
    statuses: list[dict[str, Any]] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)

    async def answer(self, request: web.BaseRequest) -> web.Response:
        status = await self._judge(request)
        if isinstance(status, web.Response):
            self.refused.append(status.status)
            return status
        self.statuses.append(status)
        return web.json_response({}, status=201)

    async def _judge(self, request: web.BaseRequest) -> dict[str, Any] | web.Response:
        if self.down:
            return web.Response(status=503)
        path = {
            "github": f"/api/v3/repos/office/pbx/statuses/{SHA}",
            "gitea": f"/api/v3/api/v1/repos/office/pbx/statuses/{SHA}",
            "gitlab": f"/api/v3/api/v4/projects/office%2Fpbx/statuses/{SHA}",
        }[self.kind]
        if request.method != "POST" or request.raw_path != path:
            return web.Response(status=404)
        header, value = {
            "github": ("Authorization", f"Bearer {TOKEN}"),
            "gitea": ("Authorization", f"token {TOKEN}"),
            "gitlab": ("PRIVATE-TOKEN", TOKEN),
        }[self.kind]
        if request.headers.get(header) != value:
            return web.Response(status=401)
        body = json.loads(await request.read())
        allowed = {
            "github": ("pending", "success", "failure", "error"),
            "gitea": ("pending", "success", "failure", "error", "warning"),
            "gitlab": ("pending", "running", "success", "failed", "canceled"),
        }[self.kind]
        if body["state"] not in allowed or len(body["description"]) > 140:
            return web.Response(status=422)
        if self.kind == "gitlab" and self.statuses and self.statuses[-1]["state"] == body["state"]:
            text = "Cannot transition status via :enqueue from :pending"
            return web.json_response({"message": text}, status=400)
        return body


@pytest.fixture(params=["github", "gitlab", "gitea"])
async def api(request: pytest.FixtureRequest) -> AsyncIterator[Api]:
    one = Api(request.param)
    runner = web.ServerRunner(web.Server(one.answer), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    one.port = runner.addresses[0][1]
    yield one
    await runner.cleanup()


class Office:
    def __init__(self, api: Api, families: Families, token: str = TOKEN) -> None:
        self.troubles: list[str] = []
        self.service = GitHostService(
            lambda system: "pbx1",
            SecretReader(Path("/nonexistent/age.key"), {"TOKEN": token}),
            self.troubles.append,
            again=(0.02,),
        )
        text = f"""\
version: 1
system:
  domain: example.test
  region: US
  git_host: {{kind: {api.kind}, project: office/pbx, url: "http://127.0.0.1:{api.port}/api/v3",
             token: !env TOKEN}}
nodes: {{pbx1: {{address: 127.0.0.1}}}}
users: {{alice: {{name: Alice}}}}
"""
        found = validate_tree(KeptFiles("t", {"pbx.yaml": text.encode()}), families)
        assert found.system is not None, found.diagnostics
        self.desired = Compiler(families).compile(found.system, found.origins, found.families)


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)


def failed(api: Api) -> str:
    return "failed" if api.kind == "gitlab" else "failure"


async def test_a_commit_is_pending_while_it_is_tried_and_watched_and_then_a_success(
    api: Api, families: Families
) -> None:
    office = Office(api, families)
    await office.service.apply(office.desired)
    office.service.begun(COMMIT)
    await until(lambda: api.statuses)
    result = Result(SHA, "applied", "1 user created; watched for 60 s")
    office.service.reconciled(COMMIT, result, watched=True)
    await until(lambda: len(api.statuses) == 2 or api.refused)
    office.service.found_good(COMMIT)
    await until(lambda: api.statuses[-1]["state"] == "success")
    context = "name" if api.kind == "gitlab" else "context"
    assert {each[context] for each in api.statuses} == {"dialtree/pbx1"}
    assert api.statuses[0]["state"] == "pending"
    assert office.troubles == []
    assert office.service.status() == {
        "host": f"http://127.0.0.1:{api.port}/api/v3", "project": "office/pbx", "trouble": None
    }  # fmt: skip
    await office.service.stop()


async def test_what_does_not_run_is_a_failure_with_the_reason(api: Api, families: Families) -> None:
    office = Office(api, families)
    await office.service.apply(office.desired)
    message = "pbx.yaml:10:41: extension 201 is used twice [PBX1203]\n" + "and more " * 40
    office.service.reconciled(COMMIT, Result(SHA, "invalid", message), watched=False)
    await until(lambda: api.statuses)
    [status] = api.statuses
    assert status["state"] == failed(api)
    assert status["description"].startswith("pbx.yaml:10:41: extension 201 is used twice")
    assert len(status["description"]) <= 140
    await office.service.stop()


async def test_a_host_that_is_down_gets_the_newest_once_it_is_back(
    api: Api, families: Families
) -> None:
    api.down = True
    office = Office(api, families)
    await office.service.apply(office.desired)
    office.service.begun(COMMIT)
    await until(lambda: api.refused)
    office.service.reconciled(COMMIT, Result(SHA, "applied", "1 user created"), watched=False)
    api.down = False
    await until(lambda: api.statuses and api.statuses[-1]["state"] == "success")
    assert ["HTTP 503" in each for each in office.troubles] == [True], "told once"
    await office.service.stop()


async def test_a_wrong_token_is_told_and_never_shown(api: Api, families: Families) -> None:
    office = Office(api, families, token="wr0ng-token")
    await office.service.apply(office.desired)
    office.service.begun(COMMIT)
    await until(lambda: office.troubles)
    assert "does not know the token" in office.troubles[0]
    assert "wr0ng-token" not in "".join([*office.troubles, str(office.service.status())])
    await office.service.stop()


async def test_saved_files_and_the_tree_of_the_start_are_not_told(
    api: Api, families: Families
) -> None:
    office = Office(api, families)
    await office.service.apply(office.desired)
    for revision, author in (("1a2b3c4+saved.0123abc", "Ann"), (SHA, "")):
        office.service.begun(Candidate(revision, "x", author, KeptFiles("t", {})))
    office.service.begun(COMMIT)
    await until(lambda: api.statuses)
    assert len(api.statuses) == 1
    assert api.refused == []
    await office.service.stop()
