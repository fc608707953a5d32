"""A flood on real sockets, and two users who call each other meanwhile."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from node_process import NodeProcess
from softphone import Call, SoftPhone

FLOOD = Path(__file__).resolve().parents[2] / "harness" / "flood.py"
RATE = 5_000
SECONDS = 3.0
OFFICE = "127.0.0.3"


@pytest.fixture
def node() -> Iterator[NodeProcess]:
    """A node that trusts nobody."""
    made = NodeProcess(users=10, trusted=[])
    yield made
    made.stop()


@pytest.fixture
def phones(node: NodeProcess) -> Iterator[tuple[SoftPhone, SoftPhone]]:
    server = ("127.0.0.1", node.port)
    with (
        SoftPhone("u0", "pw-u0", server, host=OFFICE) as alice,
        SoftPhone("u2", "pw-u2", server, host=OFFICE) as bob,
    ):
        assert alice.register().status == bob.register().status == 200
        yield alice, bob


def insist(wait: Callable[[float], Any], again: Callable[[], Any]) -> Any:
    """What comes within the pause, or else after sending again, as phones do over UDP."""
    for pause in (0.5, 1.0, 2.0):
        try:
            return wait(pause)
        except AssertionError:
            again()
    return wait(4.0)


def place_call(alice: SoftPhone, bob: SoftPhone) -> float:
    """A whole call with its authentication; seconds from the INVITE to the answer."""
    start = time.monotonic()
    call = alice.invite("u2", authenticate=False)

    def repeat() -> None:
        alice.send(call.invite)

    challenge = insist(lambda pause: alice.response(call.call_id, "INVITE", 407, pause), repeat)
    alice.invite_with(call, alice.credentials("INVITE", call.uri, challenge))
    invite = insist(lambda pause: bob.expect("INVITE", pause), repeat)
    bob.answer(invite, 200)
    insist(lambda pause: call.expect(200, pause), lambda: bob.answer(invite, 200))
    took = time.monotonic() - start
    call.acknowledge()
    insist(lambda pause: bob.expect("ACK", pause), call.acknowledge)
    hang_up(call, bob)
    return took


def hang_up(call: Call, bob: SoftPhone) -> None:
    call.send_bye()

    def repeat() -> None:
        call.sequence -= 1
        call.send_bye()

    bye = insist(lambda pause: bob.expect("BYE", pause), repeat)
    bob.answer(bye, 200)
    alice = call.phone
    insist(
        lambda pause: alice.response(call.call_id, "BYE", 200, pause), lambda: bob.answer(bye, 200)
    )


@pytest.mark.parametrize("kind", ["INVITE", "REGISTER", "spread"])
def test_a_flood_leaves_other_users_calls_working(
    node: NodeProcess, phones: tuple[SoftPhone, SoftPhone], kind: str,
    record_property: Callable[[str, Any], None],
) -> None:  # fmt: skip
    quiet = sorted(place_call(*phones) for _ in range(10))
    words = [str(node.port), kind, str(RATE), str(SECONDS)]
    attack = subprocess.Popen(
        [sys.executable, str(FLOOD), *words], stdout=subprocess.PIPE, text=True
    )
    time.sleep(0.3)
    times = []
    while attack.poll() is None:
        times.append(place_call(*phones))
        time.sleep(0.02)
    sent = int(attack.communicate()[0])
    counts, times = node.report()["counts"], sorted(times)
    for name, value in (
        ("calls", len(times)), ("attack", sent), ("quiet", quiet[len(quiet) // 2]),
        ("median", times[len(times) // 2]), ("worst", times[-1]),
    ):  # fmt: skip
        record_property(name, value)
    refused = counts.get("dropped over the rate", 0) + counts.get("dropped from banned sources", 0)
    heard = 16 * 3 * (200 if kind == "spread" else 1)
    assert sent > 10_000
    assert refused > (sent - heard) / 2  # of the other half the kernel may have lost some
    assert len(times) > 5
    assert times[-1] < 2.0
    assert counts["calls"] == 0
    assert counts["server transactions"] < 5 * (len(times) + len(quiet)) + 20
    assert (counts["bans"] > 0) == (kind == "REGISTER")
