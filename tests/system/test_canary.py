"""Two nodes of one system: the canary runs a commit first, the other one waits for its word."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from ports import free_port
from running import Site, eventually
from softphone import SoftPhone

PEOPLE = [f"user{number}" for number in range(6)]

TREE = """\
version: 1
system:
  domain: example.test
  canary: pbx1
  health: {{watch: 9s}}
nodes:
  pbx1: {{address: 127.0.0.1, sip: {{tcp: {one}, udp: {one}}}, http: {{port: {one_http}}}}}
  pbx2: {{address: 127.0.0.1, sip: {{tcp: {two}, udp: {two}}}, http: {{port: {two_http}}}}}
users:
{users}
"""


@dataclass
class Pair:
    """The canary follows the bare repository on its own machine, the other one pulls from it."""

    canary: Site
    other: Site

    def push(self, old: str, new: str) -> str:
        self.canary.edit(old, new)
        commit = self.canary.commit(f"{old} becomes {new}")
        self.canary.git("push", "-q")
        return commit

    def reason(self, kind: str) -> str:
        """Of a condition of the other node."""
        conditions = self.other.status()["conditions"]
        found: str = next(each["reason"] for each in conditions if each["type"] == kind)
        return found


@pytest.fixture
def pair(new_site: Callable[..., Site]) -> Iterator[Pair]:
    one, two = free_port(), free_port()
    users = "\n".join(f"  {name}: {{name: {name.title()}}}" for name in PEOPLE)
    ports = {"one": one, "two": two, "one_http": free_port(), "two_http": free_port()}
    canary = new_site(bare=True, tree=TREE.format(users=users, **ports))
    canary.sip = one
    base = canary.state.parent
    other = Site(base / "nowhere", canary.tree, base / "state2", two, 0, base / "log2")
    canary.start("--node", "pbx1")
    other.start("--node", "pbx2", "--remote", str(canary.directory), "--interval", "0.5")
    yield Pair(canary, other)
    other.stop()
    assert "Traceback" not in other.output()


@pytest.mark.timeout(240)
def test_the_other_node_follows_what_stayed_healthy_on_the_canary(pair: Pair) -> None:
    commit = pair.push("user0: {name: User0}", "user0: {name: Zero}")
    pair.canary.runs(commit)
    eventually(lambda: pair.reason("Reconciling") == "WaitingForCanary")
    assert eventually(lambda: pair.canary.status()["watched"])["revision"] == commit
    assert pair.other.status()["applied_revision"] != commit
    assert pair.other.status()["healthy"], "to wait is no illness"
    pair.other.runs(commit)
    assert pair.canary.status()["watched"] is None
    said = pair.canary.git("ls-remote", "origin", "refs/dialtree/nodes/*").stdout
    assert f"{commit}\trefs/dialtree/nodes/pbx1/healthy" in said
    eventually(
        lambda: (
            f"{commit}\trefs/dialtree/nodes/pbx2/healthy"
            in pair.canary.git("ls-remote", "origin", "refs/dialtree/nodes/*").stdout
        )
    )


@pytest.mark.timeout(240)
def test_what_the_canary_went_back_from_never_runs_on_the_other_node(pair: Pair) -> None:
    good = pair.canary.head()
    with ExitStack() as phones:
        for name in PEOPLE:
            server = ("127.0.0.1", pair.canary.sip)
            phone = SoftPhone(name, pair.canary.derived(name), server, "tcp")
            assert phones.enter_context(phone).register().status == 200
        bad = pair.push(f"tcp: {pair.canary.sip}", f"tcp: {free_port()}")
        pair.canary.runs(bad)
        eventually(lambda: pair.canary.status()["applied_revision"] == good, 60)
    eventually(lambda: pair.reason("Stalled") == "CanaryWentBack")
    assert pair.other.status()["applied_revision"] == good
    pair.canary.git("revert", "--no-edit", bad)
    pair.canary.git("push", "-q")
    pair.other.runs(pair.canary.head())
    eventually(lambda: pair.other.status()["healthy"])


@pytest.mark.timeout(240)
def test_a_canary_that_is_down_holds_nobody_who_insists(pair: Pair) -> None:
    pair.canary.stop()
    commit = pair.push("user0: {name: User0}", "user0: {name: Zero}")
    eventually(lambda: pair.reason("Reconciling") == "WaitingForCanary")
    applied = pair.other.pbx("apply", "--yes", "--state", pair.other.state, "--force")
    pair.other.runs(commit)
    assert applied.returncode in (0, 1), applied.stderr
