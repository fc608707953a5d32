"""How the dial plan's refusals are told: to our users, to callers from outside, and to the log."""

from collections.abc import Callable
from typing import Any

import pytest

from engine.sip import CallRefused

Make = Callable[..., Any]
PHRASES = {
    403: "Forbidden", 404: "Not Found", 433: "Anonymity Disallowed", 480: "Temporarily Unavailable",
    482: "Loop Detected", 484: "Address Incomplete", 503: "Service Unavailable", 603: "Decline",
}  # fmt: skip


@pytest.fixture
def trunk(phone: Make) -> Any:
    """The far side of gateway one."""
    made = phone("gw", 5071)
    made.host, made.contact = "127.0.0.9", "sip:gw@127.0.0.9:5071"
    return made


@pytest.mark.parametrize("status", PHRASES)
def test_a_caller_from_outside_hears_the_usual_phrase_and_the_log_the_reason(
    node: Any, trunk: Any, status: int
) -> None:
    reason = "rule night of gateway one says so"
    node.plan.refusals["500"] = (status, reason)
    [(_, answer)] = node.send(trunk.request("INVITE", "sip:500@127.0.0.1"), trunk)
    assert (answer.status, answer.reason.decode()) == (status, PHRASES[status])
    [refused] = [each for each in node.events if isinstance(each, CallRefused)]
    assert (refused.caller, refused.status, refused.reason) == ("one", status, reason)


@pytest.mark.parametrize("status", PHRASES)
def test_a_user_hears_the_reason(node: Any, alice: Any, status: int) -> None:
    node.plan.refusals["500"] = (status, "bob does not want to be disturbed")
    [(_, answer)] = node.invite(alice, "500")
    assert (answer.status, answer.reason) == (status, b"bob does not want to be disturbed")


def test_what_was_dialled_writes_no_header_into_the_refusal(node: Any, alice: Any) -> None:
    number = "1\r\nX-Injected: yes"
    node.plan.refusals[number] = (404, f"{number} is nobody")
    [(_, answer)] = node.invite(alice, "1%0d%0aX-Injected:%20yes")
    assert answer.status == 404
    assert answer.value(b"x-injected") is None
