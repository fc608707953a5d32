"""A site as a PIDF-LO document (RFC 4119, RFC 5139, RFC 5491): what emergency services read.

Pure. Whatever stands in the tree, what comes out is well-formed.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final

from engine.sip.notifier.markup import DECLARATION, attribute, text
from schema.models import Site
from schema.models.site import Civic, Geodetic

PIDF_TYPE: Final = "application/pidf+xml"
HELD_TYPE: Final = "application/held+xml"

_NAMES: Final = (
    ' xmlns="urn:ietf:params:xml:ns:pidf"'
    ' xmlns:gp="urn:ietf:params:xml:ns:pidf:geopriv10"'
    ' xmlns:gbp="urn:ietf:params:xml:ns:pidf:geopriv10:basicPolicy"'
    ' xmlns:cl="urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr"'
    ' xmlns:gml="http://www.opengis.net/gml"'
    ' xmlns:gs="http://www.opengis.net/pidflo/1.0"'
)
_WGS_84: Final = ' srsName="urn:ogc:def:crs:EPSG::4326"'
"""Latitude, then longitude (RFC 5491 section 5)."""
_METRES: Final = ' uom="urn:ogc:def:uom:EPSG::9001"'

_CIVIC_PARTS: Final = (
    ("country", "country"), ("A1", "state"), ("A2", "county"), ("A3", "city"), ("RD", "street"),
    ("HNO", "house_number"), ("FLR", "floor"), ("PC", "postal_code"), ("BLD", "building"),
    ("ROOM", "room"),
)  # fmt: skip
"""Elements in the order that the schema of RFC 5139 section 4 demands, each with its setting."""


def pidf_lo(site: Site, domain: str, region: str, at: float) -> str:
    """The document of a located site. `region` is the country of an address in free text, `at` the
    moment of the call in epoch seconds.

    The address comes before the point, each in a tuple of its own: what is to be used where only
    one can be stands first (RFC 5491 section 3). It names nobody, as possession of the URL is all
    that whoever fetches it has to show.
    """
    return DECLARATION + _presence(site, domain, region, at)


def held_response(site: Site, domain: str, region: str, at: float) -> str:
    """The same as the answer to a HELD request (RFC 5985 section 6.5)."""
    presence = _presence(site, domain, region, at)
    root = "locationResponse"
    return f'{DECLARATION}<{root} xmlns="urn:ietf:params:xml:ns:geopriv:held">{presence}</{root}>\n'


def _presence(site: Site, domain: str, region: str, at: float) -> str:
    moment = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    tuples = "".join(_tuple(name, place, moment) for name, place in _places(site, region))
    entity = attribute("entity", f"pres:anonymous@{domain}")
    return f"<presence{_NAMES}{entity}>{tuples}</presence>\n"


def _places(site: Site, region: str) -> Iterator[tuple[str, str]]:
    if site.emergency_civic is not None:
        yield "address", _civic(site.emergency_civic)
    elif site.emergency_location:
        yield "address", _free_text(site.emergency_location, region)
    if site.emergency_point is not None:
        yield "point", _point(site.emergency_point)


def _tuple(name: str, place: str, moment: str) -> str:
    """Whoever takes the call may tell whoever is sent (RFC 4119 section 2.2.2)."""
    rules = "<gbp:retransmission-allowed>yes</gbp:retransmission-allowed>"
    return (
        f"<tuple{attribute('id', name)}><status><gp:geopriv>"
        f"<gp:location-info>{place}</gp:location-info>"
        f"<gp:usage-rules>{rules}</gp:usage-rules><gp:method>Manual</gp:method>"
        f"</gp:geopriv></status><timestamp>{moment}</timestamp></tuple>"
    )


def _civic(civic: Civic) -> str:
    values = ((element, getattr(civic, setting)) for element, setting in _CIVIC_PARTS)
    return _address((element, value) for element, value in values if value)


def _free_text(location: str, region: str) -> str:
    """An address that is not in parts: LOC, which is for people to read (RFC 4776)."""
    return _address((("country", region), ("LOC", location)))


def _address(parts: Iterable[tuple[str, str]]) -> str:
    inner = "".join(f"<cl:{element}>{text(value)}</cl:{element}>" for element, value in parts)
    return f"<cl:civicAddress>{inner}</cl:civicAddress>"


def _point(point: Geodetic) -> str:
    """A point, or a circle where it is known how far off it may be (RFC 5491 section 5.2)."""
    position = f"<gml:pos>{_decimal(point.latitude)} {_decimal(point.longitude)}</gml:pos>"
    if point.radius is None:
        return f"<gml:Point{_WGS_84}>{position}</gml:Point>"
    radius = f"<gs:radius{_METRES}>{_decimal(point.radius)}</gs:radius>"
    return f"<gs:Circle{_WGS_84}>{position}{radius}</gs:Circle>"


def _decimal(number: float) -> str:
    """Without an exponent, to a centimetre."""
    return f"{number:.7f}".rstrip("0").rstrip(".")
