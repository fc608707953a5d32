"""Phone classes as dnsmasq reads them: tags by vendor class and MAC, options by tag."""

from collections.abc import Iterable, Iterator

from renderers.dhcp.offer import Option, PhoneClass
from renderers.dhcp.writing import colons

HEAD = """\
# Where phones find their profiles. Written by `pbx render` from the tree: do not edit.
# Include it by  conf-file=/etc/dnsmasq.d/phones.conf
"""


def as_dnsmasq(classes: Iterable[PhoneClass]) -> str:
    """A file for dnsmasq's conf-file or conf-dir."""
    return HEAD + "".join(f"{line}\n" for line in _lines(classes))


def _lines(classes: Iterable[PhoneClass]) -> Iterator[str]:
    for each in classes:
        yield f"\n# {each.vendor}"
        for begin in each.vendor_classes:
            yield f"dhcp-vendorclass=set:{each.name},{begin}"
        for oui in each.ouis:
            yield f"dhcp-mac=set:{each.name},{colons(bytes.fromhex(oui))}:*:*:*"
        for option in each.options:
            if option.shown:
                yield f"# option {option.code}, {option.shown}"
            yield f"dhcp-option=tag:{each.name},{option.code},{_value(option)}"


def _value(option: Option) -> str:
    # dnsmasq itself writes the first byte of option 120 (RFC 3361 section 3.2).
    if option.text:
        return f'"{option.text}"'
    return ",".join(option.addresses) or colons(option.data)
