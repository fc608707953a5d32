"""Emergency locations by HTTP, as RFC 6753 asks for them: GET, or a HELD request by POST."""

import re
from typing import Final

from aiohttp import hdrs, web
from aiohttp.web_request import BaseRequest

from engine.emergency.document import HELD_TYPE, PIDF_TYPE
from engine.emergency.location import Located

_TARGET: Final = re.compile(
    r"(?:https?://[^/?#]*)?/location/(?P<token>[A-Za-z0-9_-]{1,512})(?:\?.*)?"
)
_WEIGHT: Final = re.compile(r"(?:^|;)\s*q=([01](?:\.[0-9]{0,3})?)\s*(?:;|$)")
METHODS: Final = (hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_POST)


def location_asked(request: BaseRequest) -> str | None:
    """The token of the location that a request asks for; None when it asks for something else."""
    target = _TARGET.fullmatch(request.raw_path)
    return target["token"] if target is not None and request.method in METHODS else None


def location_response(request: BaseRequest, found: Located) -> web.Response:
    """The document, in the dress that was asked for. Nobody on the way may keep it.

    A POST is a HELD request, and its body does not matter: which kinds of location it would rather
    have is a wish (RFC 5985 section 6.2), and there is one answer.
    """
    held = request.method == hdrs.METH_POST or _prefers_held(request)
    response = web.Response(
        body=(found.held if held else found.pidf).encode(),
        headers={
            hdrs.CONTENT_TYPE: HELD_TYPE if held else PIDF_TYPE,
            hdrs.CACHE_CONTROL: "no-store",
            hdrs.SERVER: "Dialtree",
        },
    )
    if request.method == hdrs.METH_POST:
        response.force_close()  # what is left of its body is not read
    return response


def _prefers_held(request: BaseRequest) -> bool:
    """Whether GET asks for the answer of HELD rather than the bare document (RFC 9110 section
    12.5.1); who has no preference gets the document."""
    wanted = request.headers.get(hdrs.ACCEPT, "").lower()
    return _quality(wanted, HELD_TYPE) > _quality(wanted, PIDF_TYPE)


def _quality(accept: str, media_type: str) -> float:
    """How much a type is wanted, by the range that names it most closely."""
    qualities: dict[str, float] = {}
    for part in accept.split(","):
        name, _, parameters = part.partition(";")
        weight = _WEIGHT.search(parameters)
        qualities[name.strip()] = float(weight[1]) if weight is not None else 1.0
    closest = (media_type, "application/*", "*/*")
    return next((qualities[name] for name in closest if name in qualities), 0.0)
