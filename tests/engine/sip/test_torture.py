"""RFC 4475's messages delivered to a node: the right kind of answer, or silence; no crash."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.sip import Flow

TORTURE = Path(__file__).parents[2] / "fixtures" / "rfc4475"
NAMES = [row[0] for row in csv.reader((TORTURE / "index.csv").read_text().splitlines()[1:])]

DROPPED = {"scalarlg", "bigcode", "bcast", "insuf", "noreason", "unreason"}
"""Responses to nobody's request, and a request without From and To."""
PARSED = {
    "badinv01": 400, "clerr": 400, "ncl": 400, "scalar02": 400, "quotbal": 400, "ltgtruri": 400,
    "lwsruri": 400, "lwsstart": 400, "trws": 400, "badvers": 505, "mismatch01": 400,
    "mismatch02": 400, "multi01": 400, "mcl01": 400, "badaspec": 400,
}  # fmt: skip
CHECKED = {"escruri": 400, "unkscm": 416, "novelsc": 416, "bext01": 420}
CHALLENGED = {"regaut01": 401, "dblreq": 401, "cparam01": 401, "cparam02": 401, "regescrt": 401}
EXPECTED = PARSED | CHECKED | CHALLENGED


@pytest.fixture
def deliver(make_node: Callable[..., Any]) -> Callable[[str], list[int]]:
    """Send a message to a node of example.com; statuses of what comes back."""
    node = make_node(domain="example.com", hosts=frozenset({"example.com"}))

    def send(name: str) -> list[int]:
        source = Flow(node.listeners[0], "192.0.2.66", 5060)
        node.core.receive((TORTURE / f"{name}.dat").read_bytes(), source, node.now)
        output = [data for _, data, _ in node.core.output]
        node.core.output.clear()
        assert all(data.startswith(b"SIP/2.0 ") for data in output)
        return [int(data[8:11]) for data in output]  # not parsed: it may repeat the fault

    return send


@pytest.mark.parametrize("name", sorted(set(NAMES) - DROPPED - set(EXPECTED)))
def test_a_valid_message_of_a_stranger_is_challenged_or_refused(
    deliver: Callable[[str], list[int]], name: str
) -> None:
    [status] = deliver(name)
    assert status in (200, 401, 403, 404, 407, 480, 483)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_faulty_message_gets_the_code_for_its_fault(
    deliver: Callable[[str], list[int]], name: str
) -> None:
    assert deliver(name) == [EXPECTED[name]]


@pytest.mark.parametrize("name", sorted(DROPPED))
def test_what_cannot_be_answered_is_dropped(deliver: Callable[[str], list[int]], name: str) -> None:
    assert deliver(name) == []
