"""Which algorithms are offered to whom, and that nobody learns from it who exists (RFC 8760)."""

import re
from collections import Counter
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pytest

from engine.sip import Account
from engine.sip.digest import authenticator
from engine.sip.wire import Response

Make = Callable[..., Any]
BOTH, SECURE = ("md5", "sha-256"), ("sha-256",)


def offers(response: Response) -> tuple[str, ...]:
    lines = [line.decode() for line in response.headers if b"uthenticate: Digest" in line]
    return tuple(re.findall(r"algorithm=([^,]*)", line)[0].lower() for line in lines)


def offered(node: Any, phone: Any) -> tuple[str, ...]:
    [(_, challenge)] = node.send(phone.register(), phone)
    found = offers(challenge)
    [(_, challenge)] = node.send(phone.request("INVITE", "sip:bob@example.test"), phone)
    assert offers(challenge) == found
    return found


def test_each_user_has_their_own_order(make_node: Make, phone: Make) -> None:
    node = make_node(own_algorithms={"alice": ("sha-256", "md5"), "bob": SECURE})
    found = [offered(node, phone(user)) for user in ("alice", "bob", "carol")]
    assert found == [("sha-256", "md5"), SECURE, BOTH]


def test_what_is_not_offered_to_a_user_is_not_accepted(make_node: Make, phone: Make) -> None:
    node, bob = make_node(own_algorithms={"bob": SECURE}), phone("bob")
    request = bob.register()
    [(_, challenge)] = node.send(request, bob)
    forged = bob.authorize(request, challenge, algorithm="SHA-256").replace(b"SHA-256", b"MD5")
    [(_, answer)] = node.send(forged, bob)
    assert (answer.status, offers(answer)) == (401, SECURE)
    [(_, answer)] = node.send(bob.authorize(request, challenge, algorithm="SHA-256"), bob)
    assert answer.status == 200


def test_unknown_names_are_offered_what_users_are(make_node: Make, phone: Make) -> None:
    users = tuple(f"user{number}" for number in range(40))
    node = make_node(users, own_algorithms=dict.fromkeys(users[:10], SECURE))
    names = [f"guess{number}" for number in range(200)]
    first = [offered(node, phone(name)) for name in names]
    assert first == [offered(node, phone(name)) for name in names]
    counts = Counter(first)
    assert set(counts) == {BOTH, SECURE}
    assert 20 < counts[SECURE] < 90  # a quarter of 200, six standard deviations


def test_an_unknown_user_costs_as_many_digests_as_a_known_one(node: Any, phone: Make) -> None:
    counts = []
    for user in ("alice", "nobody"):
        intruder = phone(user, password="guess")
        request = intruder.register()
        [(_, challenge)] = node.send(request, intruder)
        with patch.object(
            authenticator, "expected_response", wraps=authenticator.expected_response
        ) as digest:
            [(_, refusal)] = node.send(intruder.authorize(request, challenge), intruder)
        counts.append((digest.call_count, refusal.status, offers(refusal)))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("name", ["alice", "alice@example.test", "201", "201@EXAMPLE.test"])
def test_a_user_may_log_in_by_any_of_their_addresses(
    make_node: Make, phone: Make, name: str
) -> None:
    node = make_node(addresses={"201": "alice"})
    alice = phone("alice")
    request = alice.register()
    [(_, challenge)] = node.send(request, alice)
    [(_, answer)] = node.send(alice.authorize(request, challenge, username=name), alice)
    assert answer.status == 200


@pytest.mark.parametrize("name", ["alice@elsewhere.test", "202", "@example.test"])
def test_a_name_that_is_not_theirs_is_nobody(make_node: Make, phone: Make, name: str) -> None:
    node = make_node(addresses={"201": "alice"})
    alice = phone("alice")
    request = alice.register()
    [(_, challenge)] = node.send(request, alice)
    [(_, answer)] = node.send(alice.authorize(request, challenge, username=name), alice)
    assert answer.status == 401


def test_every_device_of_a_user_is_known_by_its_password(make_node: Make, phone: Make) -> None:
    devices = ("", "0015651234ab", "0015651234ac")
    node = make_node(("bob",), accounts={"bob": Account("bob", "Bob", devices)})
    for port, device in enumerate(devices, 6001):
        node.register(phone("bob", port, f"pw-bob-{device}" if device else "pw-bob"))
    found = {binding.device: binding.flow.port for binding in node.core.location.all()}
    assert found == dict(zip(devices, range(6001, 6004), strict=True))


METHODS = (
    "INVITE", "MESSAGE", "SUBSCRIBE", "REFER", "PUBLISH", "NOTIFY", "OPTIONS", "BYE", "INFO",
    "UPDATE", "PRACK", "FROBNICATE",
)  # fmt: skip


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("to_tag", ["", "made-up"])
def test_nothing_passes_without_proof(node: Any, phone: Make, method: str, to_tag: str) -> None:
    bob, stranger = phone("bob", 6002), phone("alice", 6666)
    node.register(bob)
    request = stranger.request(method, "sip:bob@example.test", to_tag=to_tag)
    output = node.send(request, stranger)
    assert [(port, answer.status) for port, answer in output] == [(6666, 407)]
