"""Gateways that are not to show who calls (RFC 3323, RFC 3325)."""

from collections.abc import Callable
from typing import Any

import pytest

from engine.sip.wire import Request
from schema.dialplan.decision import Step

Make = Callable[..., Any]
HIDDEN = Step("gateway", "one", "+12125551234", caller_id="+12125550201", anonymous=True)


def invite_at(output: list[Any], port: int) -> Request:
    [invite] = [m for to, m in output if to == port and isinstance(m, Request)]
    return invite


def test_the_gateway_alone_is_told_who_calls_and_to_show_nobody(node: Any, alice: Any) -> None:
    node.plan.steps["5551234"] = (HIDDEN,)
    telling = (
        "P-Preferred-Identity: <sip:boss@example.test>", "Remote-Party-ID: <sip:a@example.test>",
        "Subject: It is Alice", "Organization: Alice Ltd", "User-Agent: Alice's Phone",
        "Reply-To: <sip:alice@example.test>", "Referred-By: <sip:alice@example.test>",
        "Call-Info: <http://alice.example.test/photo.jpg>;purpose=icon",
    )  # fmt: skip
    invite = invite_at(node.invite(alice, "5551234", headers=telling), 5071)
    assert invite.values(b"privacy") == [b"id"]
    assert invite.values(b"p-asserted-identity") == [b"<sip:+12125550201@example.test>"]
    told = {line.partition(":")[0].lower().encode() for line in telling}
    assert not told & set(invite.names)
    assert invite.sender.uri == b"sip:alice@example.test"  # From is the caller's: docs/gateways.md


@pytest.mark.parametrize(
    ("asked", "sent"), [("none", b"id"), ("header; session", b"header;id;session"), ("id", b"id")]
)
def test_what_the_caller_asked_for_is_asked_for_as_well(
    node: Any, alice: Any, asked: str, sent: bytes
) -> None:
    node.plan.steps["5551234"] = (HIDDEN,)
    invite = invite_at(node.invite(alice, "5551234", headers=(f"Privacy: {asked}",)), 5071)
    assert invite.occurrences(b"privacy") == [sent]


def test_a_callers_own_wish_reaches_a_gateway_that_would_show_them(node: Any, alice: Any) -> None:
    node.plan.steps["5551234"] = (HIDDEN._replace(anonymous=False),)
    invite = invite_at(node.invite(alice, "5551234", headers=("Privacy: id",)), 5071)
    assert invite.occurrences(b"privacy") == [b"id"]


def test_only_the_copy_to_that_gateway_hides(node: Any, alice: Any, bob: Any) -> None:
    node.plan.steps["5551234"] = (HIDDEN, Step("user", "bob", "bob", parallel=True))
    output = node.invite(alice, "5551234", headers=("User-Agent: X",))
    assert invite_at(output, 5071).value(b"user-agent") is None
    assert invite_at(output, 6002).value(b"user-agent") == b"X"
    assert invite_at(output, 6002).value(b"privacy") is None


def test_an_emergency_call_hides_nobody(node: Any, alice: Any) -> None:
    node.plan.steps["911"] = (HIDDEN._replace(emergency=True),)
    assert invite_at(node.invite(alice, "911"), 5071).value(b"privacy") is None
