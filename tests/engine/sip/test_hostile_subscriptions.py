"""Whatever a user writes into SUBSCRIBE and PUBLISH: an answer, and well-formed documents."""

from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.sip.notifier.pidf import composed, parts_of
from engine.sip.wire import Request, Response, SipParseError

SETTINGS = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
VALUES = st.one_of(
    st.binary(max_size=40).map(lambda raw: raw.translate(None, b"\r\n")),
    st.sampled_from(
        [
            b"dialog", b"presence;id=1", b"reg", b"message-summary", b"dialog;id=\"a;b\"", b"*",
            b"<sip:bob@127.0.0.1:6002>", b"<sip:bob@example.test;gr=x>", b"sip:a@b, sip:c@d",
            b"<sip:proxy.test;lr>", b"<sip:strict.test>, <sip:other.test;lr>", b"nonsense>", b"0",
            b"4294967295", b"-1", b"eventlist", b'"<&\x01\xff" <sip:bob@example.test>;tag=x',
        ]
    ),
)  # fmt: skip
NAMES = st.sampled_from(
    [b"Event", b"Contact", b"Expires", b"Accept", b"Supported", b"Record-Route", b"Require", b"To"]
)


@SETTINGS
@given(lines=st.lists(st.tuples(NAMES, VALUES), max_size=4))
def test_every_subscription_is_answered_and_told_in_sip(
    make_node: Callable[..., Any], phone: Callable[..., Any], lines: list[tuple[bytes, bytes]]
) -> None:
    node, bob = make_node(), phone("bob", 6002)
    request = bob.request("SUBSCRIBE", "sip:bob@example.test", headers=("Event: dialog",))
    for name, value in lines:
        kept = [line for line in request.split(b"\r\n") if not line.startswith(name + b":")]
        kept.insert(2, name + b": " + value)
        request = b"\r\n".join(kept)
    output = node.send(request, bob)
    if output and output[0][1].status == 407:
        output = node.send(bob.authorize(request, output[0][1]), bob)
    if not output:
        assert (b"To", b"") in [(name, value.strip(b" \t")) for name, value in lines]
        return  # without To there is no answer
    assert isinstance(output[0][1], Response)
    for _, notify in output[1:]:
        assert isinstance(notify, Request)
        if notify.body.startswith(b"<?xml"):
            ElementTree.fromstring(notify.body)
    assert "defects" not in node.core.counts


@SETTINGS
@given(name=st.text(max_size=20), value=st.text(max_size=40), note=st.text(max_size=40))
def test_what_is_published_comes_out_well_formed_and_the_same(
    name: str, value: str, note: str
) -> None:
    root = ElementTree.Element("{urn:ietf:params:xml:ns:pidf}presence")
    child = ElementTree.SubElement(root, "{urn:ietf:params:xml:ns:pidf}tuple", {"id": name or "t"})
    child.set("{urn:x}attribute", value)
    ElementTree.SubElement(child, "{urn:x}element").text = note
    try:
        parts = parts_of(ElementTree.tostring(root), "p")
    except SipParseError:
        return  # characters that are not XML's
    [tuple_] = ElementTree.fromstring(composed("sip:a@b", parts))
    [element] = tuple_
    original = ElementTree.fromstring(ElementTree.tostring(root))
    assert element.text == original[0][0].text
    assert tuple_.get("{urn:x}attribute") == original[0].get("{urn:x}attribute")


@SETTINGS
@given(data=st.binary(max_size=200))
def test_bytes_that_are_no_document_are_refused(data: bytes) -> None:
    try:
        parts_of(data, "p")
    except SipParseError:
        return
    raise AssertionError("accepted")
