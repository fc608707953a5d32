"""`presence` (RFC 3856) and PUBLISH (RFC 3903)."""

from typing import Any
from xml.etree import ElementTree

import pytest

from engine.sip.notifier import publications as publications_module

DOMAIN = "example.test"
PIDF = "{urn:ietf:params:xml:ns:pidf}"
RPID = "{urn:ietf:params:xml:ns:pidf:rpid}"
ON_THE_PHONE = f".//{RPID}on-the-phone"


def document(basic: str = "open", note: str = "", extra: str = "") -> str:
    return (
        '<?xml version="1.0"?><presence xmlns="urn:ietf:params:xml:ns:pidf"'
        ' xmlns:r="urn:ietf:params:xml:ns:pidf:rpid" entity="sip:alice@example.test">'
        f'<tuple id="t1"><status><basic>{basic}</basic></status><note>{note}</note></tuple>'
        f"{extra}</presence>"
    )


def publish(
    node: Any, phone: Any, body: str = "", *, etag: str = "", expires: int | None = 600,
    to: str = "", event: str = "presence", kind: str = "application/pidf+xml",
) -> Any:  # fmt: skip
    headers = [f"Event: {event}"]
    headers += [f"Expires: {expires}"] if expires is not None else []
    headers += [f"SIP-If-Match: {etag}"] if etag else []
    headers += [f"Content-Type: {kind}"] if body else []
    uri = f"sip:{to or phone.user}@{DOMAIN}"
    request = phone.request("PUBLISH", uri, headers=tuple(headers), body=body)
    responses = [message for port, message in node.ask(phone, request) if port == phone.port]
    return responses[0]


def etag(answer: Any) -> str:
    assert answer.status == 200, answer.start_line
    return str(answer.value(b"sip-etag").decode())


def told(node: Any, phone: Any, seconds: float = 0.7) -> list[ElementTree.Element]:
    """The documents that the phone gets meanwhile."""
    found = []
    for _ in range(round(seconds / 0.05)):
        for port, message in node.wait(0.05):
            if port == phone.port and getattr(message, "method", "") == "NOTIFY":
                node.send(phone.answer(message, 200), phone)
                found.append(parsed(message))
    return found


def parsed(notify: Any) -> ElementTree.Element:
    assert notify.value(b"content-type") == b"application/pidf+xml"
    root = ElementTree.fromstring(notify.body)
    assert root.tag == f"{PIDF}presence"
    assert root.get("entity") == "sip:alice@example.test"
    ids = [each.get("id") for each in root]
    assert len(ids) == len(set(ids))
    return root


def basics(root: ElementTree.Element) -> list[str | None]:
    return [each.text for each in root.iter(f"{PIDF}basic")]


def test_without_publications_registration_and_calls_tell(node: Any, bob: Any, phone: Any) -> None:
    [first] = node.subscribe(bob, "alice", "presence").notifies
    assert basics(parsed(first)) == ["closed"]
    alice = phone("alice", 6001)
    node.register(alice)
    [now] = told(node, bob)
    assert (basics(now), now.find(ON_THE_PHONE)) == (["open"], None)
    invite = next(m for p, m in node.invite(bob, "alice") if p == 6001)
    node.send(alice.answer(invite, 180), alice)
    assert told(node, bob) == [], "ringing is nothing that presence tells"
    node.send(alice.answer(invite, 200), alice)
    [busy] = told(node, bob)
    assert busy.find(ON_THE_PHONE) is not None


def test_a_refreshed_registration_is_no_news(node: Any, alice: Any, bob: Any) -> None:
    node.subscribe(bob, "alice", "presence")
    node.register(alice)
    assert told(node, bob, 1.5) == []


def test_what_is_published_is_told_until_it_is_removed(node: Any, alice: Any, bob: Any) -> None:
    node.subscribe(bob, "alice", "presence")
    tag = etag(publish(node, alice, document("open", "in a meeting")))
    [now] = told(node, bob)
    assert [each.text for each in now.iter(f"{PIDF}note")] == ["in a meeting"]
    tag = etag(publish(node, alice, document("closed"), etag=tag))
    [now] = told(node, bob)
    assert basics(now) == ["closed"]
    etag(publish(node, alice, etag=tag, expires=0))
    [now] = told(node, bob)
    assert basics(now) == ["open"], "what we know ourselves"
    assert node.core.service.notifier.counts()["publications"] == 0


def test_a_refresh_gets_a_new_tag_and_tells_nobody(node: Any, alice: Any, bob: Any) -> None:
    node.subscribe(bob, "alice", "presence", expires=7200)
    first = publish(node, alice, document())
    assert first.value(b"expires") == b"600"
    assert len(told(node, bob)) == 1
    second = etag(publish(node, alice, etag=etag(first)))
    assert second != etag(first)
    assert told(node, bob, 1) == []
    assert publish(node, alice, etag=etag(first)).status == 412
    node.wait(500)
    etag(publish(node, alice, etag=second))
    assert told(node, bob, 200) == [], "it lives on"


def test_it_expires(node: Any, alice: Any, bob: Any) -> None:
    node.subscribe(bob, "alice", "presence", expires=7200)
    publish(node, alice, document("closed"), expires=100)
    [now] = told(node, bob)
    assert basics(now) == ["closed"]
    [now] = told(node, bob, 101)
    assert basics(now) == ["open"]
    node.wait(61)
    assert node.core.service.notifier.counts()["publications"] == 0


def test_several_clients_stand_side_by_side(node: Any, alice: Any, bob: Any) -> None:
    node.subscribe(bob, "alice", "presence")
    publish(node, alice, document("closed", "desk"))
    publish(node, alice, document("open", "mobile"))
    now = told(node, bob, 1.5)[-1]
    assert [each.text for each in now.iter(f"{PIDF}note")] == ["mobile", "desk"]


def test_the_oldest_client_gives_way(
    node: Any, alice: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publications_module, "MAX_PER_USER", 2)
    tags = [etag(publish(node, alice, document())) for _ in range(3)]
    assert publish(node, alice, etag=tags[0]).status == 412
    assert publish(node, alice, etag=tags[1]).status == 200
    assert node.core.service.notifier.counts()["publications"] == 2


def test_nobody_speaks_for_another(node: Any, alice: Any, bob: Any) -> None:
    assert publish(node, bob, document(), to="alice").status == 403
    tag = etag(publish(node, alice, document()))
    assert publish(node, bob, etag=tag, expires=0).status == 412


def test_strangers_publish_nothing(node: Any, phone: Any) -> None:
    stranger = phone("alice", 6009)
    request = stranger.request("PUBLISH", f"sip:alice@{DOMAIN}", headers=("Event: presence",))
    [(_, answer)] = node.send(request, stranger)
    assert answer.status == 407


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"event": "dialog"}, 489),
        ({"kind": "text/plain"}, 415),
        ({"expires": 5}, 423),
        ({"etag": "nonsense"}, 412),
        ({"body": ""}, 400),
        ({"body": "x" * 9000}, 413),
    ],
)
def test_what_cannot_be_published_is_refused(
    node: Any, alice: Any, changes: dict[str, Any], status: int
) -> None:
    body = changes.pop("body", document())
    answer = publish(node, alice, body, **changes)
    assert answer.status == status
    if status == 489:
        assert answer.value(b"allow-events") == b"presence"
    if status == 415:
        assert answer.value(b"accept") == b"application/pidf+xml"


LAUGHS = '<!DOCTYPE p [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
EXTERNAL = '<!DOCTYPE p SYSTEM "file:///etc/passwd">'


@pytest.mark.parametrize(
    "body",
    [
        "not xml",
        LAUGHS + document().partition("?>")[2].replace("open", "&b;"),
        EXTERNAL + document().partition("?>")[2],
        document("&undefined;"),
        document().replace("urn:ietf:params:xml:ns:pidf", "urn:other"),
        document().replace(' id="t1"', ""),
        document(extra="<r:x/>" * 300),
        document(extra="<r:x>" * 20 + "</r:x>" * 20),
        document(extra='<x xmlns=""/>'),
        document()[:-5],
        document().replace('"1.0"', '"1.0" encoding="nonsense"'),
        document().replace('"1.0"', '"1.0" encoding="utf-16"'),
    ],
)
def test_documents_that_could_do_harm_are_refused(node: Any, alice: Any, body: str) -> None:
    assert publish(node, alice, body).status == 400
    assert node.core.service.notifier.counts()["publications"] == 0


def test_other_name_spaces_pass_and_stay_what_they_are(node: Any, alice: Any, bob: Any) -> None:
    node.subscribe(bob, "alice", "presence")
    extra = (
        '<dm:person xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model" id="p 1" dm:x="&lt;">'
        '<r:activities><r:away/></r:activities> a&amp;b <dm:note xml:lang="de">fort</dm:note>'
        "</dm:person>"
    )
    publish(node, alice, document(extra=extra))
    [now] = told(node, bob)
    person = now.find("{urn:ietf:params:xml:ns:pidf:data-model}person")
    assert person is not None
    assert person.get("{urn:ietf:params:xml:ns:pidf:data-model}x") == "<"
    assert person.find(f"{RPID}activities/{RPID}away") is not None
    note = person.find("{urn:ietf:params:xml:ns:pidf:data-model}note")
    assert note is not None
    assert note.get("{http://www.w3.org/XML/1998/namespace}lang") == "de"
    assert "a&b" in "".join(person.itertext())


def test_a_small_document_does_not_become_a_large_one(node: Any, alice: Any) -> None:
    """Each element would declare a long name space of its own."""
    elements = "<v:x/>" * 150
    long = document().replace("<presence ", f'<presence xmlns:v="urn:{"v" * 4000}" ')
    body = long.replace("</presence>", f"{elements}</presence>")
    assert publish(node, alice, body).status == 413
