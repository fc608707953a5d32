"""What phones of each family are told at one place, whatever the server: options as data."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from renderers.devices import Families, Family
from renderers.devices.lan import DhcpOption
from renderers.devices.place import base_url, provisioner_for
from schema.address import ip_address
from schema.managed import provisioned
from schema.models import Node, System


@dataclass(frozen=True, slots=True)
class Option:
    """One option as it is sent: exactly one of a text, IPv4 addresses, or bytes."""

    code: int
    text: str = ""
    addresses: tuple[str, ...] = ()
    data: bytes = b""
    shown: str = ""
    """What `data` says, for people who read the snippet."""


@dataclass(frozen=True, slots=True)
class PhoneClass:
    """Phones of one family: how a server knows them, and what it tells them."""

    name: str
    vendor: str
    vendor_classes: tuple[str, ...]
    """How option 60 begins."""
    ouis: tuple[str, ...]
    """How the MAC address begins, six lower-case hexadecimal digits each."""
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class _Place:
    """What there is at a site for phones to use. IPv4: DHCP options hold nothing else."""

    url: str
    host: str
    """Of the TFTP server; empty where there is none, as in `tftp`."""
    tftp: tuple[str, ...]
    routers: tuple[str, ...]
    ntp: tuple[str, ...]


def offer(system: System, families: Families, site: str | None) -> tuple[PhoneClass, ...]:
    """The classes of phones at a site; None for phones that stand at no site.

    Families that the tree's phones are of, or all of them as long as there are no phones.
    """
    place = _place(system, site)
    classes = (_class(family, place) for family in _in_use(system, families))
    return tuple(made for made in classes if made.options and (made.vendor_classes or made.ouis))


def _class(family: Family, place: _Place) -> PhoneClass:
    description = family.description
    return PhoneClass(
        name=f"pbx-{family.name}",
        vendor=description.vendor,
        vendor_classes=description.dhcp.vendor_class,
        ouis=description.recognise.oui,
        options=tuple(_options(description.dhcp.options, _below(place, description.dhcp.path))),
    )


def _below(place: _Place, path: str) -> _Place:
    return replace(place, url=place.url + path)


def _in_use(system: System, families: Families) -> tuple[Family, ...]:
    used = {families.models[each.model][0].name for each in provisioned(system).values()}
    return tuple(family for family in families.families if not used or family.name in used)


def _place(system: System, site: str | None) -> _Place:
    node = provisioner_for(system, site)
    routers = [each for each in system.nodes.values() if "router" in each.roles]
    routers.sort(key=lambda each: site is None or each.site != site)  # stable: the tree's order
    own = system.sites[site].settings.ntp_server if site is not None else None
    ntp = own or system.system.settings.ntp_server
    return _Place(
        url=f"{base_url(node)}/",
        host=node.address if _has_tftp(node) else "",
        tftp=_ipv4(node.address) if _has_tftp(node) else (),
        routers=tuple(address for each in routers for address in _of_router(each)),
        ntp=_ipv4(ntp) if ntp is not None else (),
    )


def _has_tftp(node: Node) -> bool:
    """Whether phones that are told an address alone find files there."""
    return node.tftp is not None and node.tftp.port == 69


def _of_router(node: Node) -> tuple[str, ...]:
    """Phones that know an address only use UDP and the usual port (RFC 3361 section 3)."""
    return _ipv4(node.address) if node.sip.udp == 5060 else ()


def _ipv4(text: str) -> tuple[str, ...]:
    """The address, if it is one: a name would have to be looked up by the DHCP server."""
    address = ip_address(text)
    return (str(address),) if address is not None and address.version == 4 else ()


def _options(wanted: Sequence[DhcpOption], place: _Place) -> Iterator[Option]:
    """What there is to say, one option for each code, in the order of the family."""
    for code in dict.fromkeys(option.code for option in wanted):
        found = _option(code, [option for option in wanted if option.code == code], place)
        if found.text or found.addresses or found.data:
            yield found


def _option(code: int, wanted: Sequence[DhcpOption], place: _Place) -> Option:
    match code:
        case 42:
            return Option(code, addresses=place.ntp)
        case 120:
            return Option(code, addresses=place.routers)
        case 150:
            return Option(code, addresses=place.tftp)
        case 43 | 125:
            return _holder(code, wanted, place)
    return Option(code, text=_value(wanted[0], place))


def _value(option: DhcpOption, place: _Place) -> str:
    return place.url if option.value == "url" else place.host


def _holder(code: int, options: Sequence[DhcpOption], place: _Place) -> Option:
    """Options within an option: code, length, value each; in 125 behind the enterprise number."""
    data, shown = b"", []
    for enterprise, group in groupby(options, lambda option: option.enterprise):
        within = b""
        for option in group:
            value = _value(option, place).encode("ascii")
            if value:
                within += bytes((option.sub or 0, len(value))) + value
                shown.append(f"sub-option {option.sub}: {value.decode()}")
        if enterprise is not None and within:
            within = enterprise.to_bytes(4, "big") + bytes((len(within),)) + within
        data += within
    return Option(code, data=data, shown=", ".join(shown))
