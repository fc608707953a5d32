"""Locations by reference: what the document says, and who can open its URL for how long."""

import re
from collections.abc import AsyncIterator
from typing import Any
from xml.etree import ElementTree

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.emergency.document import held_response, pidf_lo
from engine.emergency.location import LIFETIME, Locations, base_of
from engine.provision import LocationServed, ProfileRefused, ProvisionServer
from schema.emergency import is_located, serves_http
from schema.models import Node, Site, System, SystemSettings
from schema.models.node import HttpListener
from schema.models.site import Civic, Geodetic

AT = 1_700_000_000.0
NAMES = {
    "p": "urn:ietf:params:xml:ns:pidf",
    "gp": "urn:ietf:params:xml:ns:pidf:geopriv10",
    "gbp": "urn:ietf:params:xml:ns:pidf:geopriv10:basicPolicy",
    "cl": "urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr",
    "gml": "http://www.opengis.net/gml",
    "gs": "http://www.opengis.net/pidflo/1.0",
    "held": "urn:ietf:params:xml:ns:geopriv:held",
}
CIVIC = Civic(
    country="US", state="NY", city="New York", street="Main St", house_number="1",
    postal_code="10044", building="A", floor="2", room="210",
)  # fmt: skip
SITES = {
    "hq": Site(emergency_location="1 Main St, Floor 2"),
    "parts": Site(
        emergency_location="by the river", emergency_civic=CIVIC,
        emergency_point=Geodetic(latitude=40.7, longitude=-73.95, radius=25),
    ),
    "bare": Site(name="nobody knows where"),
}  # fmt: skip


def parsed(document: str) -> ElementTree.Element:
    return ElementTree.fromstring(document.encode())


def civic_of(root: ElementTree.Element) -> list[tuple[str, str | None]]:
    [address] = root.findall(".//cl:civicAddress", NAMES)
    return [(part.tag.partition("}")[2], part.text) for part in address]


def system(**sites: Site) -> System:
    return System(
        system=SystemSettings(domain="example.test"),
        nodes={"pbx1": Node(address="127.0.0.1")},
        sites=sites, groups={}, users={}, phones={}, gateways={}, schedules={}, dialplan=(),
    )  # fmt: skip


def test_free_text_is_an_address_for_people(  # RFC 4119 section 2.2, RFC 5491 section 3
) -> None:
    root = parsed(pidf_lo(SITES["hq"], "example.test", "US", AT))
    assert root.tag == "{urn:ietf:params:xml:ns:pidf}presence"
    assert root.get("entity") == "pres:anonymous@example.test"
    [place] = root.findall("p:tuple/p:status/gp:geopriv", NAMES)
    assert [part.tag.partition("}")[2] for part in place] == [
        "location-info", "usage-rules", "method"
    ]  # fmt: skip
    assert civic_of(root) == [("country", "US"), ("LOC", "1 Main St, Floor 2")]
    assert root.findtext(".//gbp:retransmission-allowed", namespaces=NAMES) == "yes"
    assert root.findtext("p:tuple/p:timestamp", namespaces=NAMES) == "2023-11-14T22:13:20Z"


def test_parts_come_in_the_order_of_the_schema_and_before_the_point() -> None:
    root = parsed(pidf_lo(SITES["parts"], "example.test", "DE", AT))
    assert civic_of(root) == [
        ("country", "US"), ("A1", "NY"), ("A3", "New York"), ("RD", "Main St"), ("HNO", "1"),
        ("FLR", "2"), ("PC", "10044"), ("BLD", "A"), ("ROOM", "210"),
    ]  # fmt: skip
    assert [each.get("id") for each in root.findall("p:tuple", NAMES)] == ["address", "point"]
    [circle] = root.findall(".//gs:Circle", NAMES)
    assert circle.get("srsName") == "urn:ogc:def:crs:EPSG::4326"
    assert circle.findtext("gml:pos", namespaces=NAMES) == "40.7 -73.95"
    [radius] = circle.findall("gs:radius", NAMES)
    assert (radius.get("uom"), radius.text) == ("urn:ogc:def:uom:EPSG::9001", "25")


@pytest.mark.parametrize(
    ("latitude", "longitude", "text"),
    [(0.0, -0.0, "0 -0"), (1e-7, 100.0, "0.0000001 100"), (-90.0, 180.0, "-90 180")],
)
def test_a_point_is_written_without_exponents(latitude: float, longitude: float, text: str) -> None:
    site = Site(emergency_point=Geodetic(latitude=latitude, longitude=longitude))
    root = parsed(pidf_lo(site, "example.test", "US", AT))
    assert root.findtext(".//gml:Point/gml:pos", namespaces=NAMES) == text


@given(location=st.text(min_size=1), street=st.text(min_size=1))
def test_no_address_breaks_out_of_the_document(location: str, street: str) -> None:
    for site in (
        Site(emergency_location=location),
        Site(emergency_civic=Civic(country="US", street=street)),
    ):
        for document in (
            pidf_lo(site, "example.test", "US", AT),
            held_response(site, "example.test", "US", AT),
        ):
            (_, _), (name, text) = civic_of(parsed(document))
            given_text = location if name == "LOC" else street
            storable = re.sub(
                "[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", given_text
            )
            assert text == storable


def test_a_url_opens_for_hours_and_then_never_again() -> None:
    now = AT
    places = Locations(system(**SITES), b"k" * 32, lambda: now)
    url = places.issue("parts", "https://pbx.example.net")
    assert re.fullmatch(r"https://pbx\.example\.net/location/[A-Za-z0-9_-]{40,512}", url)
    token = url.rpartition("/")[2]
    now = AT + LIFETIME
    found = places.find(token)
    assert found is not None
    assert found.site == "parts"
    assert "2023-11-14T22:13:20Z" in found.pidf  # of the call, not of who asks
    now += 1
    assert places.find(token) is None


def test_each_call_has_a_url_of_its_own_that_says_nothing() -> None:
    places = Locations(system(**SITES), b"k" * 32)
    urls = {places.issue("hq", "") for _ in range(100)}
    assert len(urls) == 100
    assert places.issue("bare", "") == places.issue("nobody", "") == ""


def test_a_url_survives_a_restart_but_not_another_key_or_a_removed_site() -> None:
    places = Locations(system(**SITES), b"k" * 32)
    token = places.issue("hq", "").rpartition("/")[2]
    assert Locations(system(**SITES), b"k" * 32).find(token) is not None
    assert Locations(system(**SITES), b"l" * 32).find(token) is None
    assert Locations(system(hq=SITES["bare"]), b"k" * 32).find(token) is None


@given(st.text(), st.integers(0, 200))
def test_no_guess_opens_anything(guess: str, at: int) -> None:
    places = Locations(system(**SITES), b"k" * 32)
    token = places.issue("hq", "").rpartition("/")[2]
    assert places.find(guess) is None
    position = at % len(token)
    other = "A" if token[position] != "A" else "B"
    changed = token[:position] + other + token[position + 1 :]
    found = places.find(changed)  # the last letter's spare bits may say what they like
    assert found is None or position == len(token) - 1


@pytest.mark.parametrize(
    ("roles", "site", "listens"),
    [
        (("provision",), "bare", True),
        (("router",), "bare", False),
        (("router",), "hq", True),
        (("router", "provision"), "bare", True),
    ],
)
def test_a_router_of_located_sites_serves_http(roles: Any, site: str, listens: bool) -> None:
    node = Node(address="127.0.0.1", roles=roles)
    assert serves_http(node, [SITES[site]]) is listens
    assert is_located(SITES["bare"]) is False


def test_carriers_may_know_the_node_by_another_name() -> None:
    assert base_of(Node(address="127.0.0.1")) == "http://127.0.0.1:8090"
    assert base_of(Node(address="2001:db8::1")) == "http://[2001:db8::1]:8090"
    public = HttpListener(public="https://pbx.example.net/e911")
    assert base_of(Node(address="127.0.0.1", http=public)) == "https://pbx.example.net/e911"


# By HTTP


@pytest.fixture
async def server() -> AsyncIterator[tuple[ProvisionServer, list[Any]]]:
    told: list[Any] = []
    server = ProvisionServer(told.append)
    await server.start("127.0.0.1", 0)
    yield server, told
    await server.stop()


async def ask(url: str, method: str = "GET", **options: Any) -> tuple[int, Any, str]:
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, url, **options) as response,
    ):
        return response.status, response.headers, await response.text()


async def test_a_carrier_fetches_the_document(server: tuple[ProvisionServer, list[Any]]) -> None:
    http, told = server
    places = Locations(system(**SITES), b"k" * 32)
    http.locate = places.find
    assert http.address is not None
    base = f"http://127.0.0.1:{http.address[1]}"
    url = places.issue("hq", base)

    status, headers, text = await ask(url)
    assert (status, headers["Content-Type"]) == (200, "application/pidf+xml")
    assert headers["Cache-Control"] == "no-store"
    assert civic_of(parsed(text))[1] == ("LOC", "1 Main St, Floor 2")

    for method, options in (
        (
            "POST",
            {"data": b"<locationRequest/>", "headers": {"Content-Type": "application/held+xml"}},
        ),
        ("POST", {"data": b"x" * 1_000_000}),
        ("GET", {"headers": {"Accept": "application/held+xml"}}),
    ):
        status, headers, text = await ask(url, method, **options)
        assert (status, headers["Content-Type"]) == (200, "application/held+xml")
        root = parsed(text)
        assert root.tag == "{urn:ietf:params:xml:ns:geopriv:held}locationResponse"
        assert [child.tag for child in root] == ["{urn:ietf:params:xml:ns:pidf}presence"]
    assert (await ask(url, "HEAD"))[2] == ""
    assert [type(event) for event in told] == [LocationServed] * 5
    assert {event.site for event in told} == {"hq"}


@pytest.mark.parametrize(
    ("accept", "held"),
    [
        ("*/*", False),
        ("application/held+xml", True),
        ("application/held+xml;q=0.5, application/pidf+xml", False),
        ("application/pidf+xml;q=0.5,application/held+xml ; q=0.9", True),
        ("Application/HELD+xml, */*;q=0.1", True),
        ("text/html, application/*;q=0.8, application/held+xml;q=0", False),
        ("application/held+xml;q=nan", True),
        (",;q=,;;", False),
    ],
)
async def test_who_asks_chooses_the_dress(
    server: tuple[ProvisionServer, list[Any]], accept: str, held: bool
) -> None:
    http, _ = server
    places = Locations(system(**SITES), b"k" * 32)
    http.locate = places.find
    assert http.address is not None
    url = places.issue("hq", f"http://127.0.0.1:{http.address[1]}")
    _, headers, _ = await ask(url, headers={"Accept": accept})
    assert headers["Content-Type"] == f"application/{'held' if held else 'pidf'}+xml"


async def test_whoever_guesses_gets_nothing_and_no_log_holds_a_token(
    server: tuple[ProvisionServer, list[Any]],
) -> None:
    http, told = server
    places = Locations(system(**SITES), b"k" * 32)
    http.locate = places.find
    assert http.address is not None
    base = f"http://127.0.0.1:{http.address[1]}"
    url = places.issue("hq", base)
    for target, method in (
        (f"{base}/location/", "GET"), (f"{base}/location/guess", "GET"), (url[:-4], "GET"),
        (f"{url}/x", "GET"), (url, "DELETE"),
    ):  # fmt: skip
        status, _, text = await ask(target, method)
        assert status in (404, 405)
        assert text in ("not found\n", "only GET and HEAD are possible here\n")
    assert [type(event) for event in told] == [ProfileRefused] * 5
    token = url.rpartition("/")[2]
    assert not any(token[:20] in repr(event) for event in told)
