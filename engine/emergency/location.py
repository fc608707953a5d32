"""Locations by reference (RFC 5808): a URL for each call, which opens for some hours.

Possession of the URL is all that is asked for. A URL seals the site and the moment of the call
with the node's key, so there is no table of live ones: nobody can fill it with calls, and the URLs
of calls before a restart still open, on every node with that master key.
"""

import base64
import time
from collections.abc import Callable
from typing import Final, NamedTuple

from cryptography.fernet import Fernet, InvalidToken

from engine.emergency.document import held_response, pidf_lo
from engine.sip.wire.uri import bracketed
from schema.emergency import is_located
from schema.models import Node, Site, System

LIFETIME: Final = 6 * 3600
"""Seconds that a URL opens: as long as help may be on its way, or call back."""

PATH: Final = "/location/"


class Located(NamedTuple):
    """What a URL leads to."""

    site: str
    pidf: str
    """The document by itself,"""
    held: str
    """and as the answer to a HELD request."""


class Locations:
    """The located sites of one system. Immutable."""

    def __init__(self, system: System, key: bytes, clock: Callable[[], float] = time.time) -> None:
        """`key` has 32 bytes; the clock gives epoch seconds."""
        self._domain = system.system.domain
        self._region = system.system.region
        self._sites = {id_: site for id_, site in system.sites.items() if is_located(site)}
        self._seal = Fernet(base64.urlsafe_b64encode(key))
        self._clock = clock

    def issue(self, site: str, base: str) -> str:
        """A URL below `base` for a call from that site now; "" where there is nothing to tell."""
        if site not in self._sites:
            return ""
        token = self._seal.encrypt_at_time(site.encode(), int(self._clock()))
        return f"{base}{PATH}{token.decode().rstrip('=')}"

    def find(self, token: str) -> Located | None:
        """What a URL's last part leads to now; None when it is not one of ours, or too old."""
        padded = token + "=" * (-len(token) % 4)
        try:
            sealed = self._seal.decrypt_at_time(padded, LIFETIME, int(self._clock()))
            at = self._seal.extract_timestamp(padded)
        except (InvalidToken, ValueError):
            return None
        id_ = sealed.decode()
        site = self._sites.get(id_)
        return None if site is None else self._located(id_, site, at)

    def _located(self, id_: str, site: Site, at: float) -> Located:
        region = site.region or self._region
        details = site, self._domain, region, at
        return Located(id_, pidf_lo(*details), held_response(*details))


def base_of(node: Node) -> str:
    """What URLs of a node begin with."""
    return node.http.public or f"http://{bracketed(node.address)}:{node.http.port}"
