"""Requests as each Git host sends them, over real HTTP."""

import asyncio
import hmac
import json
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.log import Log
from engine.provision import ProvisionEvent, ProvisionServer
from engine.secrets import SecretsError
from engine.webhook import reception
from engine.webhook.proof import proved, ref_of
from engine.webhook.reception import Nudger, Reception

SECRET = b"It's a Secret to Everybody"
PUSH = {"ref": "refs/heads/main", "before": "0" * 40, "after": "1" * 40, "commits": []}
FILTER = re.compile(r"^\s*(?:\d\d:\d\d:\d\d\s+)?warning\s+refused (\S+) \((4\d\d)\):")
"""fail2ban's, of docs/security.md."""


def signature(body: bytes, secret: bytes = SECRET) -> str:
    return hmac.digest(secret, body, "sha256").hex()


def as_github(body: bytes) -> dict[str, str]:
    return {
        "User-Agent": "GitHub-Hookshot/044aadd", "X-GitHub-Event": "push",
        "X-GitHub-Delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
        "X-Hub-Signature-256": f"sha256={signature(body)}", "Content-Type": "application/json",
    }  # fmt: skip


def as_gitea(body: bytes) -> dict[str, str]:
    return {
        "User-Agent": "Go-http-client/1.1", "X-Gitea-Event": "push",
        "X-Gitea-Signature": signature(body), "Content-Type": "application/json",
    }  # fmt: skip


def as_forgejo(body: bytes) -> dict[str, str]:
    return as_gitea(body) | {
        "X-Forgejo-Event": "push", "X-Forgejo-Signature": signature(body),
        "X-Hub-Signature-256": f"sha256={signature(body)}",
    }  # fmt: skip


def as_gitlab(body: bytes) -> dict[str, str]:
    return {
        "User-Agent": "GitLab/17.0.0", "X-Gitlab-Event": "Push Hook",
        "X-Gitlab-Token": SECRET.decode(), "Content-Type": "application/json",
    }  # fmt: skip


@dataclass
class Door:
    """The node's HTTP server with a webhook, and what it did."""

    url: str
    server: ProvisionServer
    events: list[ProvisionEvent]
    nudges: list[float] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    secret: bytes | None = SECRET

    async def read(self) -> bytes:
        if self.secret is None:
            raise SecretsError("nodes/pbx1/webhook/secret cannot be read")
        return self.secret

    async def post(self, body: bytes, headers: Mapping[str, str], method: str = "POST") -> int:
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, self.url, data=body, headers=headers) as answer,
        ):
            await answer.read()
            return answer.status

    def refusals(self) -> list[tuple[str, ...]]:
        """Address and status of what fail2ban reads in the log."""
        lines: list[str] = []
        log = Log()
        log.write = lambda topic, text: lines.append(f"12:00:00  {topic:<9} {text}")
        for event in self.events:
            log.provisioning(event)
        found = [FILTER.match(line) for line in lines]
        return [match.groups() for match in found if match]


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    events: list[ProvisionEvent] = []
    server = ProvisionServer(events.append)
    await server.start("127.0.0.1", 0)
    assert server.address is not None
    made = Door(f"http://127.0.0.1:{server.address[1]}/hooks/git", server, events)
    clock = asyncio.get_running_loop().time
    server.hooked = Reception(
        made.read,
        lambda: "main",
        Nudger(lambda: made.nudges.append(clock())),
        lambda topic, text: made.said.append(text),
    )
    yield made
    await server.stop()


@pytest.mark.parametrize("host", [as_github, as_gitea, as_forgejo, as_gitlab])
async def test_a_push_at_each_host_is_a_nudge(door: Door, host) -> None:
    body = json.dumps(PUSH).encode()
    assert await door.post(body, host(body)) == 202
    assert len(door.nudges) == 1
    assert not door.events


async def test_a_form_as_github_sends_it_on_wish(door: Door) -> None:
    for ref, status in (("refs/heads/main", 202), ("refs/heads/try", 200)):
        body = urlencode({"payload": json.dumps(PUSH | {"ref": ref})}).encode()
        headers = as_github(body) | {"Content-Type": "application/x-www-form-urlencoded"}
        assert await door.post(body, headers) == status


@pytest.mark.parametrize("ref", ["refs/heads/try", "refs/tags/main", "refs/heads/main/2"])
async def test_other_branches_are_none_of_the_node_s_business(door: Door, ref: str) -> None:
    body = json.dumps(PUSH | {"ref": ref}).encode()
    assert await door.post(body, as_gitea(body)) == 200
    assert not door.nudges


async def test_what_the_body_says_beside_the_branch_does_not_matter(door: Door) -> None:
    for body in (b"", b"no JSON", b"[]", b'{"ref": 5}', b"\xff"):
        assert await door.post(body, as_github(body)) == 202


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"X-Hub-Signature": "sha1=" + "0" * 40}, 401),
        ({"X-Hub-Signature-256": "sha256=" + "0" * 64}, 403),
        ({"X-Hub-Signature-256": signature(json.dumps(PUSH).encode())}, 403),
        ({"X-Gitea-Signature": signature(b"another body")}, 403),
        ({"X-Gitea-Signature": signature(json.dumps(PUSH).encode(), b"another")}, 403),
        ({"X-Gitea-Signature": ""}, 403),
        ({"X-Gitlab-Token": "It's a Secret"}, 403),
        ({"X-Gitlab-Token": ""}, 403),
    ],
)
async def test_who_has_not_the_secret_is_refused_and_fail2ban_reads_it(
    door: Door, headers: dict[str, str], status: int
) -> None:
    assert await door.post(json.dumps(PUSH).encode(), headers) == status
    assert not door.nudges
    assert door.refusals() == [("127.0.0.1", str(status))]


async def test_who_tries_on_and_on_is_told_to_stop(door: Door) -> None:
    body = json.dumps(PUSH).encode()
    answers = [await door.post(body, {"X-Gitlab-Token": str(n)}) for n in range(40)]
    assert answers[0] == 403
    assert answers[-1] == 429
    assert await door.post(body, as_gitlab(body)) == 202


async def test_other_methods_are_refused(door: Door) -> None:
    assert await door.post(b"", as_gitlab(b""), method="PUT") == 405
    assert await door.post(b"", {}, method="GET") == 405
    assert not door.nudges


async def test_without_a_webhook_in_the_tree_nothing_is_there(door: Door) -> None:
    door.server.hooked = None
    body = json.dumps(PUSH).encode()
    assert await door.post(body, as_github(body)) == 405
    assert not door.nudges


async def test_a_body_without_end_is_not_read(door: Door, monkeypatch) -> None:
    monkeypatch.setattr(reception, "MOST", 1000)
    body = b"x" * 1000
    assert await door.post(body, as_github(body)) == 202
    with pytest.raises((aiohttp.ClientError, AssertionError)):
        assert await door.post(body * 1000, as_github(body * 1000)) == 202


async def test_a_secret_that_cannot_be_read_opens_nothing(door: Door) -> None:
    door.secret = None
    assert await door.post(b"", as_gitlab(b"")) == 500
    assert door.said == ["nodes/pbx1/webhook/secret cannot be read"]
    assert not door.nudges


async def test_many_requests_are_few_looks_and_the_last_one_counts(door: Door, monkeypatch) -> None:
    monkeypatch.setattr(reception, "PAUSE", 0.3)
    body = json.dumps(PUSH).encode()
    for _ in range(20):  # a replay does what the first one did
        assert await door.post(body, as_github(body)) == 202
    last = asyncio.get_running_loop().time()
    await asyncio.sleep(0.5)
    assert 2 <= len(door.nudges) <= 6
    assert door.nudges[-1] >= last - 0.3
    assert all(b - a >= 0.29 for a, b in zip(door.nudges, door.nudges[1:], strict=False))


def test_github_s_own_example() -> None:
    headers = {
        "X-Hub-Signature-256": "sha256="
        "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    }
    assert proved(SECRET, headers, b"Hello, World!")
    assert not proved(SECRET, headers, b"Hello, World.")
    assert not proved(b"", {"X-Gitlab-Token": ""}, b"")


@given(st.binary(max_size=200), st.text(max_size=40))
def test_any_body_names_a_branch_or_none(body: bytes, content_type: str) -> None:
    found = ref_of(body, content_type)
    assert found is None or isinstance(found, str)


@given(st.text(max_size=80), st.binary(max_size=80))
def test_no_header_but_the_right_one_proves_anything(shown: str, body: bytes) -> None:
    right = signature(body)
    for name, before in (("X-Hub-Signature-256", "sha256="), ("X-Gitea-Signature", "")):
        assert proved(SECRET, {name: shown}, body) is (shown == before + right)
    assert proved(SECRET, {"X-Gitlab-Token": shown}, body) is (shown == SECRET.decode())


async def test_whoever_sends_slowly_keeps_nobody_else_out(door: Door) -> None:
    host, port = door.server.address
    head = b"POST /hooks/git HTTP/1.1\r\nHost: x\r\nX-Gitlab-Token: x\r\nContent-Length: 9\r\n\r\nx"
    slow = [await asyncio.open_connection(host, port) for _ in range(2 * reception.AT_ONCE)]
    for _, writer in slow:
        writer.write(head)
    turned_away = [reader for reader, _ in slow[reception.SHARE :]]
    for reader in turned_away:
        assert b"429" in await asyncio.wait_for(reader.readline(), 5)
    body = json.dumps(PUSH).encode()
    elsewhere = aiohttp.TCPConnector(local_addr=("127.0.0.2", 0))
    async with (
        aiohttp.ClientSession(connector=elsewhere) as session,
        session.post(door.url, data=body, headers=as_gitea(body)) as answer,
    ):
        assert answer.status == 202
    for _, writer in slow:
        writer.close()
    await asyncio.sleep(0.1)
    assert await door.post(body, as_gitea(body)) == 202


async def test_a_secret_that_cannot_be_read_does_not_fill_the_log(door: Door) -> None:
    door.secret = None
    for _ in range(20):
        assert await door.post(b"{}", {"X-Gitlab-Token": "guess"}) == 500
    assert door.said == ["nodes/pbx1/webhook/secret cannot be read"]
