"""Commits that are valid and take something away: the node goes back to what ran before."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
from ports import free_port
from running import Site, eventually
from softphone import Message, SoftPhone

PEOPLE = [f"user{number}" for number in range(6)]

TREE = """\
version: 1
system:
  domain: example.test
  health: {{watch: {watch}}}
nodes:
  pbx1: {{address: 127.0.0.1, sip: {{udp: 1, tcp: 1}}, http: {{port: 8090}}}}
users:
{users}
gateways:
  carrier: {{address: "127.0.0.1:{carrier}", probe: 5s}}
"""


def tree(carrier: int, watch: str = "30s") -> str:
    users = "\n".join(f"  {name}: {{name: {name.title()}}}" for name in PEOPLE)
    return TREE.format(users=users, carrier=carrier, watch=watch)


@contextmanager
def carrier_that_knows(port: int, source: int) -> Iterator[None]:
    """A carrier that answers OPTIONS from one port only, as those do that know us by address."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as its:
        its.bind(("127.0.0.1", port))
        its.settimeout(0.2)
        done = threading.Event()

        def answer() -> None:
            while not done.is_set():
                try:
                    data, peer = its.recvfrom(65535)
                except TimeoutError:
                    continue
                if peer[1] == source:
                    asked = Message.parse(data)
                    copied = ("via", "from", "to", "call-id", "cseq")
                    lines = [f"{k}: {v}" for k, v in asked.headers if k in copied]
                    text = "\r\n".join(["SIP/2.0 200 OK", *lines, "Content-Length: 0", "", ""])
                    its.sendto(text.encode(), peer)

        thread = threading.Thread(target=answer)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()


def went_back(site: Site, bad: str, good: str) -> str:
    """Wait until the node has left `bad` for `good`; what it says of it."""
    eventually(lambda: site.status()["applied_revision"] == good and site.says("Stalled"), 60)
    status = site.status()
    assert not status["healthy"]
    assert status["watched"] is None
    listed = json.loads(site.pbx("history", "--format", "json", "--state", site.state).stdout)
    newest = listed["history"][0]
    assert (newest["revision"], newest["outcome"]) == (bad, "unhealthy")
    message: str = newest["message"]
    return message


@pytest.mark.timeout(240)
def test_phones_that_a_commit_cuts_off_bring_the_node_back(new_site: Callable[..., Site]) -> None:
    site = new_site(tree=tree(free_port()))
    site.start()
    good = site.head()
    with ExitStack() as phones:
        for name in PEOPLE:
            phone = SoftPhone(name, site.derived(name), ("127.0.0.1", site.sip), "tcp")
            assert phones.enter_context(phone).register().status == 200
        assert len(site.status()["registrations"]) == len(PEOPLE)
        site.edit(f"tcp: {site.sip}", f"tcp: {free_port()}")
        bad = site.commit("Move the port that phones know")
        site.runs(bad)
        watched = eventually(lambda: site.status()["watched"])  # after the call at once
        assert (watched["revision"], watched["back_to"]) == (bad, good)
        message = went_back(site, bad, good)
    assert "0 of 6 registrations are left" in message
    with SoftPhone("user0", site.derived("user0"), ("127.0.0.1", site.sip), "tcp") as phone:
        assert phone.register().status == 200, "the old port is open again"
    # The bad commit is not tried again by itself, nor because somebody asks; the next one is.
    asked = site.pbx("apply", "--yes", "--state", site.state)
    assert (asked.returncode, "taken back before" in asked.stderr) == (1, True), asked.stderr
    assert site.status()["applied_revision"] == good
    site.git("revert", "--no-edit", bad)
    site.runs(site.head())
    eventually(lambda: site.status()["healthy"])


@pytest.mark.timeout(240)
def test_a_carrier_that_falls_silent_brings_the_node_back(new_site: Callable[..., Site]) -> None:
    carrier = free_port()
    site = new_site(tree=tree(carrier, watch="60s"))
    with carrier_that_knows(carrier, site.sip):
        site.start()
        good = site.head()
        eventually(lambda: site.status()["gateways"][0]["state"] == "up", 60)
        site.edit(f"udp: {site.sip}", f"udp: {free_port()}")
        bad = site.commit("Move the port that the carrier knows")
        site.runs(bad)
        assert "gateway carrier answered before and is down" in went_back(site, bad, good)
        eventually(lambda: site.status()["gateways"][0]["state"] == "up", 60)
        # Who insists gets it, and it is not watched a second time.
        site.pbx("apply", "--yes", "--force", "--state", site.state, check=True)
        assert site.status()["applied_revision"] == bad
        assert site.status()["watched"] is None


@pytest.mark.timeout(120)
def test_a_commit_in_which_nothing_is_lost_is_kept_after_the_watch(
    new_site: Callable[..., Site],
) -> None:
    site = new_site(tree=tree(free_port(), watch="3s"))
    site.start()
    with ExitStack() as phones:
        for name in PEOPLE:
            phone = SoftPhone(name, site.derived(name), ("127.0.0.1", site.sip))
            assert phones.enter_context(phone).register().status == 200
        site.edit("user0: {name: User0}", "user0: {name: Zero}")
        commit = site.commit("Name somebody")
        site.runs(commit)
        kept = site.state / "last-good.zip"
        assert commit.encode() not in kept.read_bytes(), "it is watched still"
        eventually(lambda: commit.encode() in kept.read_bytes())
        assert site.status()["watched"] is None
        assert site.status()["healthy"]
