"""A SUBSCRIBE of SIP PnP as each vendor writes it. Syntax only: what is said may be a lie."""

import re
from dataclasses import dataclass
from typing import Final

from engine.sip.wire import Request
from engine.sip.wire.fields import parse_address, parse_parameters, split_list, unquote
from engine.sip.wire.uri import parse_uri

_MAC: Final = re.compile(
    rb"sip:MAC(?:%3a|:|%3d|=)?((?:[0-9a-f]{2}[:-]?){5}[0-9a-f]{2})@", re.IGNORECASE
)
"""sip:MAC%3a<mac>@, sip:MAC:<mac>@, sip:MAC<mac>@; Planet's phones write sip:MAC=<mac>@."""
_SHOWN: Final = 64
"""Characters of a name that are kept."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a phone says of itself, and where it wants to be told."""

    mac: str
    """12 lower-case digits; empty where the phone does not say it (AudioCodes')."""
    vendor: str
    model: str
    version: str
    user_agent: str
    contact: bytes
    """URI."""
    port: int
    """Of the contact; phones may listen on another than they send from."""
    event: bytes
    """As it was written: the NOTIFY repeats it."""


def read(request: Request) -> Asked | None:
    """What is asked; None when it is something else. Raises SipParseError when it is unreadable."""
    if request.method != "SUBSCRIBE":
        return None
    event = request.value(b"event") or b""
    package, *said = split_list(event, b";")
    if package.lower() != b"ua-profile" or not _wants_url(request):
        return None
    words = parse_parameters(b";".join(said))
    contact = parse_address(split_list(request.required(b"contact"))[0]).uri
    mac = _MAC.match(request.uri)
    return Asked(
        mac=re.sub("[^0-9a-f]", "", mac[1].decode("ascii").lower()) if mac is not None else "",
        # Panasonic writes "vender".
        vendor=_text(words.get(b"vendor") or words.get(b"vender")),
        model=_text(words.get(b"model")),
        version=_text(words.get(b"version")),
        user_agent=_text(request.value(b"user-agent"), 2 * _SHOWN),
        contact=contact,
        port=parse_uri(contact).port or 5060,
        event=event,
    )


def _wants_url(request: Request) -> bool:
    """Whether it understands our only kind of answer; who does not say, does."""
    accepted = [item.partition(b";")[0].strip().lower() for item in request.values(b"accept")]
    return not accepted or not {b"application/url", b"application/*", b"*/*"}.isdisjoint(accepted)


def _text(value: bytes | None, most: int = _SHOWN) -> str:
    """For people and for comparing: short, and nothing that moves a cursor."""
    text = unquote(value or b"").decode("utf-8", "replace")[:most]
    return "".join(one if one.isprintable() else "?" for one in text)
