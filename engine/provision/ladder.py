"""Who gets what: one small decision for each rung, pure, from what a request shows of itself.

token        the phone's own URL: everything of that phone
certificate  HTTPS with a certificate of the phone's maker that names the MAC asked for: everything
enrolment    the first fetch while the window is open: the way to the phone's own URL, once
shared       what holds no secret and is the same for many phones: anybody
holding      a text for the screen of a phone that is not in the tree, where the node says so
nothing      all else, in the same words for known and unknown phones

docs/provisioning.md tells users the same.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any, Final, Literal, NamedTuple

from renderers.devices import DeviceFile, Sighting

Rung = Literal["token", "certificate", "enrolment", "shared", "holding"]
Medium = Literal["http", "https", "tftp", "ftp"]

_FIELDS: Final = ("commonName", "DNS", "serialNumber", "stateOrProvinceName", "localityName")
"""Where makers write the MAC address, the most usual first."""
_MAC: Final = re.compile(
    r"(?<![0-9A-Za-z])(?:[0-9A-Fa-f]{12}|(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}"
    r"|(?:[0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4})(?![0-9A-Za-z])"
)


class Shown(NamedTuple):
    """What a request shows of who sends it, apart from the path."""

    medium: Medium
    peer: str
    """Its IP address."""
    local: bool
    """From one of the networks that `provision` names."""
    agent: str = ""
    """Its User-Agent."""
    certified: str = ""
    """The MAC address in a certificate that a maker signed."""


@dataclass(frozen=True, slots=True)
class Networks:
    """IP networks of which an address may be one."""

    networks: tuple[IPv4Network | IPv6Network, ...] = ()

    @classmethod
    def of(cls, names: Iterable[str]) -> "Networks":
        """As the tree writes them."""
        return cls(tuple(ip_network(name, strict=False) for name in names))

    def hold(self, peer: str) -> bool:
        """Whether the address is in one of them."""
        try:
            address = ip_address(peer.partition("%")[0])
        except ValueError:
            return False
        where = getattr(address, "ipv4_mapped", None) or address
        return any(where in network for network in self.networks)


def by_certificate(mac: str, shown: Shown) -> bool:
    """Whether a certificate proves that the phone `mac` asks: its MAC is that of the path."""
    return shown.medium == "https" and bool(mac) and shown.certified == mac


def by_enrolment(mac: str, family: str, shown: Shown, told: Sighting | None) -> bool:
    """Whether an open window lets in who asks for the phone `mac` and has a User-Agent that says
    `told`: it has to be of that family, and to name no other MAC address. TFTP has none.
    """
    if not shown.local or shown.medium == "ftp":
        return False
    if shown.medium == "tftp":
        return True
    return told is not None and told.family == family and told.mac in (None, mac)


def may_share(file: DeviceFile) -> bool:
    """Whether anybody may read a file: not one phone's, and without a secret."""
    return file.file.scope in ("model", "site") and not file.secret


def certified_mac(certificate: Mapping[str, Any] | None) -> str:
    """The one MAC address that a client's certificate names; empty when it names none, or two.

    `certificate` is what ssl.getpeercert() gives after it has checked the chain. Certificates
    that all phones of a model share name none, so they prove nothing.
    """
    fields = list(_named_fields(certificate or {}))
    for wanted in _FIELDS:
        found = {
            re.sub("[^0-9a-f]", "", mac.lower())
            for field, value in fields
            if field == wanted
            for mac in _MAC.findall(value)
        }
        if found:
            return found.pop() if len(found) == 1 else ""
    return ""


def _named_fields(certificate: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    for group in certificate.get("subject", ()):
        yield from group
    yield from certificate.get("subjectAltName", ())
