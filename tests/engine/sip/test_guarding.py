"""Who is listened to: budgets, bans, scanners, guesses. On a clock of the test's own."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from engine.sip import (
    AuthenticationFailed,
    Banned,
    ListenAddress,
    MessageDropped,
    Peer,
    Protection,
    Unbanned,
)
from engine.sip import core as core_module
from engine.sip.guard.guesses import MOST
from engine.sip.guard.standing import STRANGERS
from engine.sip.wire import Request
from schema.dialplan.decision import Step

Make = Callable[..., Any]
TCP = ListenAddress("tcp", "127.0.0.1", 5060)
LIMITS = Protection(stranger_requests=16, known_requests=200, trusted=())


@pytest.fixture
def node(make_node: Make) -> Any:
    """Nobody is trusted but the gateway 192.0.2.9."""
    return make_node(
        protection=LIMITS,
        hosts=frozenset({"198.51.100.1"}),
        peers={"pstn": Peer("pstn", "192.0.2.9", 5060)},
        is_emergency=lambda number: number == "911",
    )


@pytest.fixture
def at(phone: Make) -> Make:
    """A phone at an address: user, address."""

    def make(user: str, host: str, port: int = 6000, password: str | None = None) -> Any:
        made = phone(user, port, password)
        made.host, made.contact = host, f"sip:{user}@{host}:{port}"
        return made

    return make


def statuses(output: list[Any]) -> list[Any]:
    return [
        message.method if isinstance(message, Request) else message.status for _, message in output
    ]


def options(phone: Any, agent: str = "Phone/1") -> bytes:
    data: bytes = phone.request("OPTIONS", "sip:example.test", headers=(f"User-Agent: {agent}",))
    return data


def answered(node: Any, phone: Any, times: int) -> int:
    """How many of so many requests at once are answered."""
    return sum(bool(node.send(options(phone), phone)) for _ in range(times))


def events(node: Any, kind: type) -> list[Any]:
    return [event for event in node.events if isinstance(event, kind)]


def guess(node: Any, phone: Any, times: int = 1) -> list[int]:
    """Registrations with a wrong password: what the answers to the passwords are."""
    found = []
    for _ in range(times):
        first = phone.register()
        for _, challenge in node.send(first, phone):
            found += statuses(node.send(phone.authorize(first, challenge), phone))
        node.wait(1)
    return found


# Rates


def test_a_stranger_is_heard_sixteen_times_in_two_seconds(node: Any, at: Make) -> None:
    stranger = at("eve", "203.0.113.5")
    assert answered(node, stranger, 100) == 16
    node.wait(2)
    assert answered(node, stranger, 100) == 16


def test_one_strangers_flood_costs_no_other_anything(node: Any, at: Make) -> None:
    answered(node, at("eve", "203.0.113.5"), 100)
    assert answered(node, at("tom", "203.0.113.6"), 10) == 10


def test_where_somebody_registered_many_may_speak(node: Any, at: Make) -> None:
    alice = at("alice", "203.0.113.5")
    assert node.register(alice).status == 200
    assert answered(node, at("bob", "203.0.113.5", 6001), 1000) == LIMITS.known_requests


def test_an_office_whose_phones_all_come_back_at_once_gets_in(make_node: Make, at: Make) -> None:
    users = tuple(f"u{number}" for number in range(100))
    node = make_node(users, protection=LIMITS, hosts=frozenset())
    phones = [at(user, "203.0.113.5", 6000 + number) for number, user in enumerate(users)]
    waiting = {phone.port: (phone, phone.register()) for phone in phones}
    for _ in range(8):  # half a second between retransmissions
        for port, (each, request) in list(waiting.items()):
            for _, answer in node.send(request, each):
                if answer.status == 401:
                    waiting[port] = each, each.authorize(request, answer)
                elif answer.status == 200:
                    del waiting[port]
        node.wait(0.5)
    assert not waiting
    assert not events(node, Banned)


def test_gateways_ourselves_and_trusted_networks_have_no_limit(node: Any, at: Make) -> None:
    config = replace(node.config, protection=replace(LIMITS, trusted=("203.0.113.0/24",)))
    node.configure(config)
    for host in ("192.0.2.9", "198.51.100.1", "203.0.113.77"):
        assert answered(node, at("x", host), 500) == 500
    assert answered(node, at("x", "203.0.114.1"), 500) == 16


def test_an_emergency_call_of_a_known_phone_passes_an_overrun_budget(node: Any, at: Make) -> None:
    alice = at("alice", "203.0.113.5")
    node.register(alice)
    answered(node, alice, 1000)
    assert node.send(alice.request("INVITE", "sip:bob@example.test"), alice) == []
    assert statuses(node.send(alice.request("INVITE", "sip:911@example.test"), alice)) == [407]


@pytest.mark.parametrize("urn", ["urn:service:sos", "urn:service:sos.police", "URN:service:SOS"])
def test_who_asks_for_help_by_its_service_name_gets_it(node: Any, at: Make, urn: str) -> None:
    node.configure(replace(node.config, emergency_number="911"))
    node.plan.steps["911"] = (Step("gateway", "pstn", "911", emergency=True),)
    alice = at("alice", "203.0.113.5")
    first = alice.request("INVITE", urn)
    [(_, challenge)] = node.send(first, alice)
    assert challenge.status == 407
    [_, (_, invite)] = node.send(alice.authorize(first, challenge), alice)
    assert invite.uri == b"sip:911@192.0.2.9:5060"


def test_asking_for_help_by_its_service_name_passes_an_overrun_budget(node: Any, at: Make) -> None:
    node.configure(replace(node.config, emergency_number="911"))
    alice = at("alice", "203.0.113.5")
    node.register(alice)
    answered(node, alice, 1000)
    assert statuses(node.send(alice.request("INVITE", "urn:service:sos"), alice)) == [407]


@pytest.mark.parametrize(
    ("method", "urn"),
    [
        ("MESSAGE", "urn:service:sos"),
        ("INVITE", "urn:service:counseling"),
        ("INVITE", "urn:service:sosx"),
    ],
)
def test_other_services_are_not_known(node: Any, at: Make, method: str, urn: str) -> None:
    node.configure(replace(node.config, emergency_number="911"))
    alice = at("alice", "203.0.113.5")
    assert statuses(node.send(alice.request(method, urn), alice)) == [416]


# Bans


def test_a_flood_is_banned_and_the_ban_ends(node: Any, at: Make) -> None:
    stranger = at("eve", "203.0.113.5")
    for _ in range(20):
        answered(node, stranger, 100)
        node.wait(1)
    assert events(node, Banned) == [Banned("203.0.113.5", "flood", 300)]
    node.wait(100)
    assert answered(node, stranger, 10) == 0
    node.wait(200)
    assert events(node, Unbanned) == [Unbanned("203.0.113.5", "expired")]
    assert answered(node, stranger, 10) == 10


def test_a_known_source_is_never_banned(node: Any, at: Make) -> None:
    alice = at("alice", "203.0.113.5")
    node.register(alice)
    for _ in range(20):
        answered(node, alice, 500)
        alice_wrong = at("bob", "203.0.113.5", 6001, "wrong")
        guess(node, alice_wrong, 3)
        node.send(options(alice, "friendly-scanner"), alice, TCP)
        node.wait(2)
    assert not events(node, Banned)


def test_ten_wrong_passwords_ban_a_stranger(node: Any, at: Make) -> None:
    thief = at("alice", "203.0.113.5", password="wrong")
    assert guess(node, thief, 20) == [401] * 10
    assert [event.reason for event in events(node, Banned)] == ["password"]
    assert not node.core.transactions.servers


def test_a_ban_can_be_lifted(node: Any, at: Make) -> None:
    guess(node, at("alice", "203.0.113.5", password="wrong"), 10)
    assert [ban.address for ban in node.core.guard.bans()] == ["203.0.113.5"]
    assert node.core.guard.lift("203.0.113.5")
    assert not node.core.guard.lift("203.0.113.5")
    assert node.register(at("alice", "203.0.113.5")).status == 200


def test_a_right_password_wipes_the_slate(node: Any, at: Make) -> None:
    guess(node, at("alice", "203.0.113.5", password="wrong"), 8)
    node.register(at("alice", "203.0.113.5"))
    guess(node, at("alice", "203.0.113.5", password="wrong"), 8)
    assert not events(node, Banned)


@pytest.mark.parametrize(
    "agent",
    ["friendly-scanner", "sipvicious", "sipcli/v1.8", "VaxSIPUserAgent/3.1", "My-Scanner 7"],
)
def test_a_scanner_gets_no_answer(node: Any, at: Make, agent: str) -> None:
    node.configure(replace(node.config, protection=replace(LIMITS, scanners=("my-scanner",))))
    scanner = at("100", "203.0.113.5")
    assert node.send(options(scanner, agent), scanner, TCP) == []
    assert events(node, Banned) == [Banned("203.0.113.5", "scanner", 300)]
    assert answered(node, scanner, 5) == 0


@pytest.mark.parametrize("noise", [b"\0" * 40, b"INVITE sip:a@b SIP/2.0\r\nVia: x\r\n\r\n"])
def test_a_few_forged_datagrams_keep_nobody_from_calling(node: Any, at: Make, noise: bytes) -> None:
    alice = at("alice", "203.0.113.5")
    assert node.send(options(alice, "friendly-scanner"), alice) == []
    for _ in range(100):
        node.send(noise, alice)
        node.wait(1)
    assert not events(node, Banned)
    assert node.register(alice).status == 200


@pytest.mark.parametrize("noise", [b"\0" * 40, b"INVITE sip:a@b SIP/2.0\r\nVia: x\r\n\r\n"])
def test_garbage_for_a_while_is_banned(node: Any, at: Make, noise: bytes) -> None:
    stranger = at("eve", "203.0.113.5")
    for _ in range(20):
        node.send(noise, stranger, TCP)
        node.wait(1)
    assert [event.reason for event in events(node, Banned)] == ["malformed"]


def test_one_that_never_answers_challenges_is_banned(node: Any, at: Make) -> None:
    stranger = at("100", "203.0.113.5")
    for number in range(100):
        node.send(stranger.request("INVITE", f"sip:00{number}@example.test"), stranger)
        node.wait(1)
    assert [event.reason for event in events(node, Banned)] == ["unproved"]


def test_a_gateway_that_becomes_known_is_no_longer_banned(node: Any, at: Make) -> None:
    guess(node, at("alice", "203.0.113.5", password="wrong"), 10)
    peers = {**node.config.peers, "new": Peer("new", "203.0.113.5", 5060)}
    node.configure(replace(node.config, peers=peers))
    assert answered(node, at("x", "203.0.113.5"), 50) == 50
    assert node.core.guard.bans() == []


def test_an_ipv6_customer_is_one_source(node: Any, at: Make) -> None:
    phone = at("alice", "192.0.2.66")
    honest, scanning = options(phone), options(phone, "sipvicious")
    phone.host = "2001:db8:5::1"
    assert node.send(scanning, phone, TCP) == []
    assert [event.source for event in events(node, Banned)] == ["2001:db8:5::/64"]
    for host, answers in (("2001:db8:5::abcd", 0), ("2001:db8:6::1", 1)):
        phone.host = host
        assert len(node.send(honest, phone)) == answers


# Guesses at one account from many addresses


def test_a_guessed_account_serves_its_phone_and_nobody_else(node: Any, at: Make) -> None:
    phone = at("alice", "203.0.113.5")
    node.register(phone)
    for number in range(MOST):
        guess(node, at("alice", f"198.51.100.{number + 20}", password="wrong"))
    elsewhere = at("alice", "192.0.2.77")
    assert guess(node, elsewhere) == [503]  # the right password, which a guesser must not learn
    assert node.register(phone).status == 200
    node.wait(300)
    assert node.register(elsewhere).status == 200


@pytest.fixture
def guessed(node: Any, at: Make) -> Any:
    """A node where somebody guesses Alice's password."""
    for number in range(MOST):
        guess(node, at("alice", f"198.51.100.{number + 20}", password="wrong"))
    return node


def test_the_owner_of_a_guessed_account_is_not_blamed_for_trying(guessed: Any, at: Make) -> None:
    elsewhere = at("alice", "192.0.2.77")
    assert guess(guessed, elsewhere, 20) == [503] * 20
    assert not events(guessed, Banned)


def test_the_owner_of_a_guessed_account_may_call_for_help(guessed: Any, at: Make) -> None:
    elsewhere = at("alice", "192.0.2.77")
    guessed.plan.steps["911"] = (Step("gateway", "pstn", "911", emergency=True),)
    assert statuses(guessed.invite(elsewhere, "911")) == [100, "INVITE"]
    assert statuses(guessed.invite(at("alice", "192.0.2.78"), "bob")) == [503]


def test_emergency_calls_are_no_way_to_guess_a_password(guessed: Any, at: Make) -> None:
    thief = at("alice", "192.0.2.77", password="wrong")
    for _ in range(10):
        assert statuses(guessed.invite(thief, "911")) == [503]
        guessed.wait(1)
    assert [event.reason for event in events(guessed, Banned)] == ["password"]


def test_a_name_that_nobody_has_is_answered_alike(node: Any, at: Make) -> None:
    for number in range(MOST):
        guess(node, at("nobody", f"198.51.100.{number + 20}", password="wrong"))
    assert guess(node, at("nobody", "192.0.2.77")) == [503]


def test_guesses_at_no_name_at_all_keep_nobody_from_being_asked(node: Any, at: Make) -> None:
    for number in range(MOST):
        guess(node, at("", f"198.51.100.{number + 20}", password="wrong"))
    assert node.register(at("alice", "192.0.2.77")).status == 200


# What a flood leaves


def test_forged_addresses_leave_a_bounded_memory(node: Any, at: Make) -> None:
    stranger = at("eve", "203.0.113.5")
    request = options(stranger)
    for number in range(STRANGERS + 2000):
        stranger.host = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
        node.send(request, stranger)
    assert len(node.core.guard) <= STRANGERS
    assert not node.core.transactions.servers


def test_a_forgotten_source_stays_banned(node: Any, at: Make) -> None:
    guess(node, at("alice", "203.0.113.5", password="wrong"), 10)
    node.core.guard._standings._forget_strangers()
    assert answered(node, at("alice", "203.0.113.5"), 5) == 0


def test_many_scanners_are_banned_but_not_a_flood_of_events(node: Any, at: Make) -> None:
    for number in range(200):
        stranger = at("eve", f"198.18.0.{number}")
        assert node.send(options(stranger, "friendly-scanner"), stranger, TCP) == []
    assert len(node.core.guard.bans()) == 200
    assert sum(isinstance(event, Banned) for event in node.events) == 10


def test_a_flood_of_failures_is_not_a_flood_of_events(node: Any, at: Make) -> None:
    for number in range(200):
        guess_at_once(node, at(f"u{number}", f"198.51.100.{number + 20}"))
        node.send(b"\0" * 40, at("x", f"203.0.113.{number}"))
    assert len(events(node, AuthenticationFailed)) == 10
    assert len(events(node, MessageDropped)) == 10
    assert node.core.counts["events not reported"] == 380


def guess_at_once(node: Any, phone: Any) -> None:
    first = phone.register()
    [(_, challenge)] = node.send(first, phone)
    node.send(phone.authorize(first, challenge), phone)


# A full table


@pytest.fixture
def full(node: Any, at: Make, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Any]:
    """A node without room for another transaction, and a phone that is registered."""
    alice = at("alice", "203.0.113.5")
    node.register(alice)
    monkeypatch.setattr(core_module, "MOST_TRANSACTIONS", len(node.core.transactions.servers))
    monkeypatch.setattr(core_module, "RESERVED", 10)
    return node, alice


def test_where_nothing_fits_a_known_phone_is_told_to_wait(full: tuple[Any, Any]) -> None:
    node, alice = full
    [(_, answer)] = node.send(alice.request("INVITE", "sip:bob@example.test"), alice)
    assert answer.status == 503
    assert answer.value(b"retry-after")


def test_where_nothing_fits_strangers_get_no_answer(full: tuple[Any, Any], at: Make) -> None:
    node, _ = full
    stranger = at("eve", "192.0.2.66")
    assert node.send(stranger.request("INVITE", "sip:bob@example.test"), stranger) == []


def test_where_nothing_fits_emergency_calls_do(full: tuple[Any, Any]) -> None:
    node, alice = full
    assert statuses(node.send(alice.request("INVITE", "sip:911@example.test"), alice)) == [407]
