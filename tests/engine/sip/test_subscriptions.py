"""Subscriptions (RFC 6665): how they begin, go on and end, whatever they show."""

import itertools
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from engine.sip import Account, Flow, ListenAddress
from engine.sip.notifier import table
from engine.sip.transaction.tables import UNREACHABLE

DOMAIN = "example.test"
TCP = ListenAddress("tcp", "127.0.0.1", 5060)


@pytest.fixture
def bob(node: Any, phone: Callable[..., Any]) -> Any:
    """Bob's phone, registered; it watches."""
    bob = phone("bob", 6002)
    assert node.register(bob).status == 200
    return bob


def state_of(notify: Any) -> str:
    return str(notify.required(b"subscription-state").decode())


def test_a_subscription_is_answered_and_told_the_state_at_once(node: Any, bob: Any) -> None:
    watch = node.subscribe(bob, "alice", "dialog")
    assert watch.answer.status == 200
    assert watch.answer.value(b"expires") == b"600"
    assert watch.answer.value(b"contact") == b"<sip:127.0.0.1:5060>"
    [notify] = watch.notifies
    assert notify.uri == b"sip:bob@127.0.0.1:6002"
    assert notify.value(b"event") == b"dialog"
    assert state_of(notify) == "active;expires=600"
    assert notify.value(b"content-type") == b"application/dialog-info+xml"
    assert notify.cseq == (1, b"NOTIFY")
    assert notify.recipient.tag == b"tag-bob"
    assert notify.sender.tag == watch.answer.recipient.tag


def test_strangers_are_challenged_and_gateways_refused(node: Any, phone: Any) -> None:
    stranger = phone("bob", 6009)
    request = stranger.request("SUBSCRIBE", f"sip:alice@{DOMAIN}", headers=("Event: dialog",))
    [(_, answer)] = node.send(request, stranger)
    assert answer.status == 407
    gateway = phone("one", 5071)
    gateway.host = "127.0.0.9"
    [(_, answer)] = node.send(
        gateway.request("SUBSCRIBE", f"sip:alice@{DOMAIN}", headers=("Event: dialog",)), gateway
    )
    assert answer.status == 403
    assert node.core.service.notifier.counts()["subscriptions"] == 0


@pytest.mark.parametrize(
    ("number", "event", "status"),
    [
        ("nobody", "dialog", 404),
        ("alice", "message-summary", 403),
        ("alice", "reg", 403),
        ("bob", "message-summary", 200),
        ("bob", "reg", 200),
        ("alice", "presence", 200),
    ],
)
def test_one_may_watch_lamps_of_all_but_messages_of_oneself(
    node: Any, bob: Any, number: str, event: str, status: int
) -> None:
    assert node.subscribe(bob, number, event).answer.status == status


def test_an_extension_is_watched_as_it_was_dialled(make_node: Any, phone: Any) -> None:
    node = make_node(addresses={"201": "alice"})
    bob = phone("bob", 6002)
    node.register(bob)
    [notify] = node.subscribe(bob, "201", "dialog").notifies
    assert b'entity="sip:201@example.test"' in notify.body


def test_too_short_is_refused_with_the_minimum_and_too_long_is_cut(node: Any, bob: Any) -> None:
    answer = node.subscribe(bob, "alice", "dialog", expires=10).answer
    assert (answer.status, answer.value(b"min-expires")) == (423, b"60")
    assert node.subscribe(bob, "alice", "dialog", expires=86400).answer.value(b"expires") == b"7200"


def test_without_event_the_packages_are_named(node: Any, bob: Any) -> None:
    answer = node.ask(bob, bob.request("SUBSCRIBE", f"sip:alice@{DOMAIN}"))[0][1]
    assert answer.status == 489
    assert answer.value(b"allow-events") == b"dialog, message-summary, presence, reg"


def test_packages_that_we_do_not_serve_go_to_the_phone(node: Any, bob: Any, phone: Any) -> None:
    alice = phone("alice", 6001)
    node.register(alice)
    request = bob.request("SUBSCRIBE", f"sip:alice@{DOMAIN}", headers=("Event: conference",))
    [(port, forwarded)] = node.ask(bob, request)
    assert (port, forwarded.method) == (6001, "SUBSCRIBE")


def test_documents_that_the_subscriber_cannot_read_are_not_sent(node: Any, bob: Any) -> None:
    accept = ("Accept: text/plain",)
    assert node.subscribe(bob, "alice", "dialog", headers=accept).answer.status == 406
    accept = ("Accept: application/*;q=0.5, text/plain",)
    assert node.subscribe(bob, "alice", "dialog", headers=accept).answer.status == 200


def test_a_refresh_lengthens_and_tells_again(node: Any, bob: Any) -> None:
    watch = node.subscribe(bob, "alice", "dialog")
    node.wait(500)
    again = watch.refresh(expires=600)
    assert again.answer.status == 200
    [notify] = again.notifies
    assert notify.cseq[0] == 2
    assert state_of(notify) == "active;expires=600"
    assert node.wait(500) == []


def test_a_refresh_needs_credentials_and_order(node: Any, bob: Any, phone: Any) -> None:
    watch = node.subscribe(bob, "alice", "dialog")
    assert watch.refresh(sequence=1).answer.status == 500
    thief = phone("carol", 6003)
    node.register(thief)
    assert watch.refresh(by=thief).answer.status == 403


def test_an_unknown_subscription_is_refreshed_in_vain(node: Any, bob: Any) -> None:
    request = bob.request(
        "SUBSCRIBE", "sip:127.0.0.1:5060", to_tag="unknown", headers=("Event: dialog",)
    )
    assert node.ask(bob, request)[0][1].status == 481


def test_unsubscribing_ends_with_a_last_word(node: Any, bob: Any) -> None:
    watch = node.subscribe(bob, "alice", "dialog")
    end = watch.refresh(expires=0)
    assert (end.answer.status, end.answer.value(b"expires")) == (200, b"0")
    assert [state_of(notify) for notify in end.notifies] == ["terminated;reason=timeout"]
    assert watch.refresh().answer.status == 481
    assert node.core.service.notifier.counts()["subscriptions"] == 0


def test_asking_once_leaves_nothing(node: Any, bob: Any) -> None:
    fetch = node.subscribe(bob, "alice", "dialog", expires=0)
    assert [state_of(notify) for notify in fetch.notifies] == ["terminated;reason=timeout"]
    assert node.core.service.notifier.counts()["subscriptions"] == 0


def test_it_expires_with_a_last_word(node: Any, bob: Any) -> None:
    node.subscribe(bob, "alice", "dialog", expires=600)
    assert node.wait(598) == []
    [(port, notify), *_] = node.wait(3)
    assert (port, state_of(notify)) == (6002, "terminated;reason=timeout")
    node.send(bob.answer(notify, 200), bob)
    node.wait(70)
    assert len(node.core.wheel) == 0


@pytest.mark.parametrize("status", [481, 404, 489])
def test_a_subscriber_who_knows_nothing_of_it_ends_it(node: Any, bob: Any, status: int) -> None:
    watch = node.subscribe(bob, "alice", "dialog", answer=status)
    assert watch.answer.status == 200
    assert node.core.service.notifier.counts()["subscriptions"] == 0


def test_a_subscriber_who_is_busy_or_confused_is_told_the_next_change(node: Any, bob: Any) -> None:
    node.subscribe(bob, "bob", "message-summary", answer=500)
    node.messages("bob", new=1)
    [(_, notify)] = node.wait(0.6)
    assert b"Messages-Waiting: yes" in notify.body


def test_a_subscriber_who_does_not_answer_is_forgotten(node: Any, bob: Any) -> None:
    node.subscribe(bob, "alice", "dialog", answer=None)
    repeats = node.wait(31)
    assert {message.cseq for _, message in repeats} == {(1, b"NOTIFY")}
    node.wait(2)
    assert node.core.service.notifier.counts()["subscriptions"] == 0


def test_a_refresh_from_elsewhere_takes_the_notifications_along(node: Any, bob: Any) -> None:
    watch = node.subscribe(bob, "alice", "dialog", answer=None)
    bob.port, bob.contact = 6042, "sip:bob@127.0.0.1:6042"
    watch.reply = 200
    [notify] = watch.refresh().notifies
    assert notify.uri == b"sip:bob@127.0.0.1:6042"
    assert watch.ports == [6042]
    node.wait(40)
    assert node.core.service.notifier.counts()["subscriptions"] == 1


def test_behind_nat_the_state_goes_the_way_that_the_request_came(node: Any, phone: Any) -> None:
    bob = phone("bob", 40000)
    bob.contact = "sip:bob@192.168.1.7:5060"
    headers = ("X-Any: 1",)
    request = bob.request("SUBSCRIBE", f"sip:alice@{DOMAIN}", headers=("Event: dialog", *headers))
    request = request.replace(b"127.0.0.1:40000;branch", b"192.168.1.7:5060;rport;branch")
    [answer, (port, notify)] = node.ask(bob, request)
    assert answer[1].status == 200
    assert (port, notify.uri) == (40000, b"sip:bob@192.168.1.7:5060")


def test_a_proxy_in_between_stays_in_between(node: Any, bob: Any) -> None:
    routes = ("Record-Route: <sip:edge.example.test;lr>",)
    watch = node.subscribe(bob, "alice", "dialog", headers=routes)
    assert watch.answer.values(b"record-route") == [b"<sip:edge.example.test;lr>"]
    [notify] = watch.notifies
    assert notify.values(b"route") == [b"<sip:edge.example.test;lr>"]
    assert notify.uri == b"sip:bob@127.0.0.1:6002"


def test_changes_are_told_together_and_not_too_often(node: Any, bob: Any) -> None:
    node.subscribe(bob, "bob", "message-summary")
    node.wait(2)
    told = []
    for count in range(1, 61):
        node.messages("bob", new=min(count, 40))
        for _, notify in node.wait(0.05):
            told.append((node.now, notify))
            node.send(bob.answer(notify, 200), bob)
    times = [at for at, _ in told]
    assert 4 <= len(told) <= 6, "two seconds of changes, two a second"
    assert all(later - earlier >= 0.45 for earlier, later in itertools.pairwise(times))
    assert b"Voice-Message: 40/0" in told[-1][1].body, "the last one tells the latest state"


def test_one_notification_is_under_way_at_most(node: Any, bob: Any) -> None:
    node.subscribe(bob, "bob", "message-summary", answer=None)
    node.messages("bob", new=1)
    sequences = {message.cseq[0] for _, message in node.wait(5)}
    assert sequences == {1}, "only the first one again, until it is answered"
    answer = node.last_notify
    node.send(bob.answer(answer, 200), bob)
    [(_, notify)] = node.wait(0.1)
    assert notify.cseq[0] == 2
    assert b"Voice-Message: 1/0" in notify.body


def test_what_did_not_change_is_not_told(node: Any, bob: Any) -> None:
    node.subscribe(bob, "bob", "message-summary")
    node.messages("bob", new=1)
    [(_, notify)] = node.wait(1)
    node.send(bob.answer(notify, 200), bob)
    node.messages("bob", new=2)
    node.messages("bob", new=1)
    assert node.wait(2) == []


def test_a_user_has_so_many_subscriptions(
    node: Any, bob: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "MAX_PER_USER", 2)
    first, _, third = (node.subscribe(bob, "alice", "dialog") for _ in range(3))
    assert third.answer.status == 403
    first.refresh(expires=0)
    assert node.subscribe(bob, "alice", "dialog").answer.status == 200


def test_a_node_has_so_many_subscriptions(
    node: Any, bob: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "MAX_SUBSCRIPTIONS", 1)
    node.subscribe(bob, "alice", "dialog")
    answer = node.subscribe(bob, "alice", "dialog").answer
    assert (answer.status, answer.value(b"retry-after")) == (503, b"300")


def test_what_a_new_configuration_does_not_know_ends(node: Any, bob: Any) -> None:
    node.subscribe(bob, "alice", "dialog")
    node.subscribe(bob, "carol", "dialog")
    accounts = {user: Account(user, user.title()) for user in ("bob", "carol")}
    node.configure(replace(node.config, accounts=accounts))
    [(_, notify)] = node.take()
    assert state_of(notify) == "terminated;reason=noresource"
    assert b"sip:alice@" in notify.body
    assert node.core.service.notifier.counts()["subscriptions"] == 1


def test_broken_subscriptions_are_refused(node: Any, bob: Any) -> None:
    for contact in ("*", "<sip:bob@127.0.0.1:6002?X=1>", "<tel:+1>"):
        request = bob.request("SUBSCRIBE", f"sip:alice@{DOMAIN}", headers=("Event: dialog",))
        request = re.sub(rb"Contact: [^\r]*", f"Contact: {contact}".encode(), request)
        assert node.ask(bob, request)[0][1].status in (400, 416)
    long = ("Event: dialog;id=" + "x" * 5000,)
    request = bob.request("SUBSCRIBE", f"sip:alice@{DOMAIN}", headers=long)
    assert node.ask(bob, request)[0][1].status == 400
    assert node.core.service.notifier.counts()["subscriptions"] == 0


def test_the_id_of_an_event_comes_back(node: Any, bob: Any) -> None:
    request = bob.request("SUBSCRIBE", f"sip:alice@{DOMAIN}", headers=("Event: dialog;id=7;sla",))
    _, (_, notify) = node.ask(bob, request)
    assert notify.value(b"event") == b"dialog;id=7"


def break_off(node: Any) -> None:
    """The transport says that what was sent last cannot be sent."""
    for transaction in list(node.core.transactions.clients.values()):
        transaction.feed(UNREACHABLE, node.now)


def test_a_phone_that_cannot_be_reached_is_forgotten(node: Any, bob: Any) -> None:
    node.subscribe(bob, "alice", "dialog", answer=None)
    break_off(node)
    assert node.core.service.notifier.counts()["subscriptions"] == 0


def test_a_phone_whose_connection_broke_is_told_when_it_is_back(node: Any, bob: Any) -> None:
    flow = Flow(TCP, "127.0.0.1", 6002, accepted=True)
    watch = node.subscribe(bob, "bob", "message-summary")
    [subscription] = node.core.service.notifier._table
    subscription.terms = subscription.terms._replace(flow=flow, contact=b"sip:bob@abc.invalid")
    node.messages("bob", new=1)
    [(_, notify)] = node.wait(0.6)
    assert notify.via.transport == b"TCP"
    break_off(node)
    node.messages("bob", new=2)
    assert node.wait(2) == [], "there is no way to tell it"
    *_, (_, notify) = node.registered(bob)
    assert b"Voice-Message: 2/0" in notify.body
    assert notify.cseq[0] == watch.notifies[0].cseq[0] + 2
    break_off(node)
    node.wait(700)
    assert node.core.service.notifier.counts()["subscriptions"] == 0, "it expires in the end"
    assert node.registered(bob)[1:] == []


def test_nothing_is_left_of_what_ended(node: Any, bob: Any) -> None:
    for _ in range(50):
        for number, event in (("alice", "dialog"), ("alice", "presence"), ("bob", "reg")):
            node.subscribe(bob, number, event).refresh(expires=0)
            node.subscribe(bob, number, event, answer=481)
    node.wait(100)
    core = node.core
    assert len(core.wheel) == len(core.transactions.clients) == 0
    assert core.location.watched == set()
    assert core.calls._watched == core.service.notifier._watchers._by_user == {}
    kept = core.service.notifier.journal.take()
    assert [each for each in kept if each.record is not None] == []
