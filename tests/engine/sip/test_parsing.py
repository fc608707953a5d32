"""Bytes to messages: RFC 4475's torture messages, folding and compact forms, and fuzz."""

import csv
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.sip.wire import BrokenRequest, Request, Response, SipParseError, parse_message
from engine.sip.wire.build import forwarded_lines, forwarded_request, forwarded_response, via_lines
from engine.sip.wire.fields import parse_address, parse_parameters, parse_via, split_list
from engine.sip.wire.lines import MAX_HEADERS
from engine.sip.wire.uri import escape_user, parse_uri

TORTURE = Path(__file__).parents[2] / "fixtures" / "rfc4475"
INDEX = {row[0]: row[3] for row in csv.reader((TORTURE / "index.csv").read_text().splitlines()[1:])}

REFUSED_BY_PARSER = {
    "badinv01": 400, "clerr": 400, "ncl": 400, "scalar02": 400, "quotbal": 400, "ltgtruri": 400,
    "lwsruri": 400, "lwsstart": 400, "trws": 400, "badvers": 505, "mismatch01": 400,
    "mismatch02": 400, "multi01": 400, "mcl01": 400, "badaspec": 400,
}  # fmt: skip
"""Requests that no element can act on. The index leaves badaspec to the reader."""

UNANSWERABLE = {"insuf"}
"""No From and no To: nothing that an answer could be built from."""

DROPPED_RESPONSES = {"scalarlg", "bigcode"}


def torture(name: str) -> bytes:
    return (TORTURE / f"{name}.dat").read_bytes()


@pytest.mark.parametrize("name", sorted(REFUSED_BY_PARSER))
def test_a_broken_torture_request_is_refused_with_its_code(name: str) -> None:
    with pytest.raises(BrokenRequest) as caught:
        parse_message(torture(name))
    assert caught.value.status == REFUSED_BY_PARSER[name]


@pytest.mark.parametrize("name", sorted(DROPPED_RESPONSES))
def test_a_broken_torture_response_is_dropped(name: str) -> None:
    with pytest.raises(SipParseError) as caught:
        parse_message(torture(name))
    assert not isinstance(caught.value, BrokenRequest)


@pytest.mark.parametrize(
    "name", sorted(set(INDEX) - set(REFUSED_BY_PARSER) - DROPPED_RESPONSES - UNANSWERABLE)
)
def test_a_valid_or_routable_torture_message_is_accepted(name: str) -> None:
    message = parse_message(torture(name))
    assert message.call_id
    assert message.via.text


def test_a_request_without_mandatory_headers_cannot_be_answered() -> None:
    with pytest.raises(BrokenRequest) as caught:
        parse_message(torture("insuf"))
    with pytest.raises(SipParseError):
        caught.value.request.check_answerable()


def test_the_tortuous_invite_is_read_through_folds_and_odd_spacing() -> None:
    invite = parse_message(torture("wsinv"))
    assert isinstance(invite, Request)
    assert invite.max_forwards == 68
    assert invite.cseq == (9, b"INVITE")
    assert invite.recipient.tag == b"1918181833n"
    assert invite.via.branch == b"390skdjuw"
    assert invite.via.host == b"192.0.2.2"
    branches = [parse_via(via).branch for via in invite.values(b"via")]
    assert branches == [b"390skdjuw", b"z9hG4bK9ikj8", b"z9hG4bK30239"]
    assert len(invite.body) == 150


def test_surplus_octets_of_a_datagram_are_no_body() -> None:
    register = parse_message(torture("dblreq"))
    assert isinstance(register, Request)
    assert register.method == "REGISTER"
    assert register.body == b""


def test_a_semicolon_in_the_user_part_belongs_to_the_user() -> None:
    request = parse_message(torture("semiuri"))
    assert isinstance(request, Request)
    assert request.target.user == "user;par=u@example.net"
    assert request.target.host == "example.com"


def test_an_empty_reason_phrase_is_a_reason_phrase() -> None:
    response = parse_message(torture("noreason"))
    assert isinstance(response, Response)
    assert (response.status, response.reason) == (100, b"")


SIMPLE = (
    b"OPTIONS sip:a@example.test SIP/2.0\r\n"
    b"v: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nv: SIP/2.0/TCP 192.0.2.2;branch=z9hG4bK2\r\n"
    b"f: <sip:b@example.test>;tag=1\r\nt: <sip:a@example.test>\r\ni: 1@b\r\nCSeq: 1 OPTIONS\r\n"
    b"X-Unknown: kept  as it  is\r\nl: 4\r\n\r\nbody"
)


def test_compact_forms_are_their_long_names() -> None:
    request = parse_message(SIMPLE)
    assert request.sender.tag == b"1"
    assert len(request.values(b"via")) == 2
    assert request.body == b"body"


@pytest.mark.parametrize("odd", [b"\x0b", b"\x0c", b"\xa0", b"\x00"])
def test_only_space_and_tab_may_stand_before_the_colon(odd: bytes) -> None:
    with pytest.raises(SipParseError):
        parse_message(SIMPLE.replace(b"X-Unknown:", b"Route" + odd + b":"))
    assert parse_message(SIMPLE.replace(b"X-Unknown:", b"Route \t:")).value(b"route")


@pytest.mark.parametrize("breakage", [b"\n", b"\r"])
def test_a_stray_line_break_never_gets_past(breakage: bytes) -> None:
    smuggled = b"kept" + breakage + b"Route: <sip:evil.test;lr>"
    with pytest.raises(SipParseError):
        parse_message(SIMPLE.replace(b"kept", smuggled))


def test_too_many_headers_are_refused() -> None:
    many = b"".join(b"X-%d: y\r\n" % number for number in range(MAX_HEADERS))
    with pytest.raises(SipParseError, match="Too many"):
        parse_message(SIMPLE.replace(b"X-Unknown", many + b"X-Unknown"))


def test_a_copy_keeps_what_it_does_not_understand() -> None:
    request = parse_message(SIMPLE)
    assert isinstance(request, Request)
    via = b"Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK3"
    top = [via, *via_lines(request)]
    copy = forwarded_request(
        "OPTIONS", b"sip:a@192.0.2.3", top, forwarded_lines(request), request.body
    )
    assert b"X-Unknown: kept  as it  is\r\n" in copy
    again = parse_message(copy)
    assert isinstance(again, Request)
    assert (again.uri, again.max_forwards, again.body) == (b"sip:a@192.0.2.3", 69, b"body")
    assert len(again.values(b"via")) == 3


def test_a_response_loses_one_via_also_from_a_shared_line() -> None:
    response = parse_message(
        b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP p;branch=z9hG4bK1, SIP/2.0/UDP c;branch=z9hG4bK2\r\n"
        b"From: <sip:b@x>;tag=1\r\nTo: <sip:a@x>;tag=2\r\nCall-ID: 1\r\nCSeq: 1 BYE\r\n\r\n"
    )
    assert isinstance(response, Response)
    assert [
        via.host
        for via in map(parse_via, parse_message(forwarded_response(response)).values(b"via"))
    ] == [b"c"]


def test_lists_are_split_outside_of_quotes_and_brackets() -> None:
    assert split_list(b'"a, b" <sip:c,d@x>, <sip:e@x>') == [b'"a, b" <sip:c,d@x>', b"<sip:e@x>"]
    assert parse_parameters(b';a="x;y";b; c = d') == {b"a": b'"x;y"', b"b": None, b"c": b"d"}


def test_an_address_without_brackets_has_no_uri_parameters() -> None:
    address = parse_address(b"sip:a@x;tag=7")
    assert (address.uri, address.tag) == (b"sip:a@x", b"7")
    assert parse_address(b'"A \\" B" <sip:a@x;lr>;tag=7').uri == b"sip:a@x;lr"


def test_equivalent_uris_have_one_identity() -> None:
    one, two = parse_uri(b"sip:%61lice@EXAMPLE.test;x=1"), parse_uri(b"SIP:alice@example.test")
    assert one.identity == two.identity
    assert parse_uri(b"sip:Alice@example.test").identity != two.identity


def test_a_foreign_scheme_has_its_own_status() -> None:
    with pytest.raises(SipParseError) as caught:
        parse_uri(b"tel:+12125550100")
    assert caught.value.status == 416


@given(st.text())
def test_an_escaped_user_reads_back_as_itself(user: str) -> None:
    assert parse_uri(b"sip:" + escape_user(user) + b"@x").user == user


MUTATIONS = st.lists(
    st.tuples(st.integers(0, 10_000), st.integers(0, 6), st.binary(max_size=8)), max_size=6
)


@given(st.sampled_from(sorted(INDEX)), MUTATIONS)
@example("wsinv", [])
def test_only_a_parse_error_escapes_whatever_the_bytes(
    name: str, mutations: list[tuple[int, int, bytes]]
) -> None:
    data = torture(name)
    for position, length, replacement in mutations:
        at = position % (len(data) + 1)
        data = data[:at] + replacement + data[at + length :]
    try:
        message = parse_message(data)
        if isinstance(message, Request):
            forwarded_lines(message)
            _ = message.target, message.values(b"route"), message.values(b"contact")
            for contact in message.values(b"contact"):
                _ = parse_address(contact).parameters
        else:
            forwarded_response(message)
    except SipParseError:
        pass


@given(st.binary(max_size=400))
def test_noise_is_a_parse_error(noise: bytes) -> None:
    with pytest.raises(SipParseError):
        parse_message(noise)


@pytest.mark.parametrize("suffix", [';tag=a"b', ' ; tag="a', ";tag=<a"])
def test_faulty_parameters_of_an_address_are_told_when_it_is_read(suffix: str) -> None:
    with pytest.raises(SipParseError):
        parse_address(f"<sip:a@b>{suffix}".encode())
