"""Two nodes follow one repository elsewhere: by polling, nudged by a Git host, over an outage."""

import hmac
import json
import re
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from ports import free_port
from running import Site, eventually

SECRET = "for the hook"
POLLED = ("--interval", "0.3")
NUDGED = ("--interval", "600")
"""So rarely that within a test only a nudge explains a new commit."""


@pytest.fixture
def origin(new_site: Callable[..., Site], tmp_path: Path) -> Site:
    """A bare repository that no node runs on; its tree has two nodes with a webhook each."""
    made = new_site("origin", bare=True)
    secret = tmp_path / "hook-secret"
    secret.write_text(f"{SECRET}\n")
    secret.chmod(0o600)
    path = made.tree / "pbx.yaml"
    line = next(line for line in path.read_text().splitlines() if line.startswith("  pbx1:"))
    one, two = (
        re.sub(r"\}$", f", webhook: {{secret: !file {secret}}}}}", node)
        for node in (line, _other(line))
    )
    made.edit(line, f"{one}\n{two}")
    made.commit("Two nodes")
    made.git("push", "-q")
    return made


def _other(line: str) -> str:
    """The same node by another name and on other ports."""
    sip, http = free_port(), free_port()
    line = line.replace("pbx1:", "pbx2:")
    line = re.sub(r"udp: \d+, tcp: \d+", f"udp: {sip}, tcp: {sip}", line)
    return re.sub(r"port: \d+", f"port: {http}", line)


@pytest.fixture
def nodes(new_site: Callable[..., Site], origin: Site) -> dict[str, Site]:
    """Not started yet. What they are on this machine only is a state directory."""
    text = (origin.tree / "pbx.yaml").read_text()
    ports = dict(re.findall(r"(pbx\d): .*http: \{port: (\d+)\}", text))
    made = {name: new_site(name) for name in ports}
    for name, node in made.items():
        node.http = int(ports[name])
    return made


def start(nodes: dict[str, Site], origin: Site, *options: str) -> None:
    for name, node in nodes.items():
        remote = ("--node", name, "--remote", str(origin.directory))
        node.start(*remote, *options, ready=False)
    for node in nodes.values():
        eventually(lambda node=node: node.ended() or node.says("Ready"))
        assert not node.ended(), node.output()


def push(origin: Site, name: str) -> str:
    text = (origin.tree / "pbx.yaml").read_text()
    old = text.split("alice: {name: ")[1].split(",")[0]
    origin.edit(f"alice: {{name: {old}", f"alice: {{name: {name}")
    commit = origin.commit(f"Call her {name}")
    origin.git("push", "-q")
    return commit


def test_both_poll_and_get_over_an_outage(origin: Site, nodes: dict[str, Site]) -> None:
    start(nodes, origin, *POLLED)
    first = push(origin, "Ann")
    for node in nodes.values():
        node.runs(first)

    gone = origin.directory.with_name("away.git")
    origin.directory.rename(gone)
    for node in nodes.values():
        eventually(lambda node=node: node.status()["source"]["trouble"])
        status = node.status()
        assert "cannot fetch from" in status["source"]["trouble"]
        assert status["applied_revision"] == first
        assert status["healthy"] is False

    gone.rename(origin.directory)
    second = push(origin, "Amy")
    for node in nodes.values():
        node.runs(second)
        eventually(lambda node=node: node.status()["source"]["trouble"] is None)
        assert node.status()["node"] in nodes


def test_both_are_nudged_by_a_webhook(origin: Site, nodes: dict[str, Site]) -> None:
    start(nodes, origin, *NUDGED)
    before = origin.head()
    other = {"ref": "refs/heads/try"}
    commit = push(origin, "Ann")
    for node in nodes.values():
        assert nudge(node, other) == 200
        assert node.status()["applied_revision"] == before
    for node in nodes.values():
        assert nudge(node, {"ref": "refs/heads/main", "after": "0" * 40}) == 202
    for node in nodes.values():
        node.runs(commit)


def nudge(node: Site, payload: dict[str, str]) -> int:
    """What Gitea sends of a push."""
    body = json.dumps(payload).encode()
    headers = {
        "Content-Type": "application/json", "X-Gitea-Event": "push",
        "X-Gitea-Signature": hmac.digest(SECRET.encode(), body, "sha256").hex(),
    }  # fmt: skip
    url = f"http://127.0.0.1:{node.http}/hooks/git"
    request = urllib.request.Request(url, body, headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return int(answer.status)
