"""Phone classes as ISC dhcpd reads them."""

from collections.abc import Iterable, Iterator

from renderers.dhcp.offer import Option, PhoneClass
from renderers.dhcp.writing import colons, encoded

HEAD = """\
# Where phones find their profiles. Written by `pbx render` from the tree: do not edit.
# Include it by  include "/etc/dhcp/phones.conf";  outside of any subnet.
"""
_KNOWN = {
    42: "ntp-servers", 43: "vendor-encapsulated-options", 66: "tftp-server-name",
    125: "vivso",
}  # fmt: skip
"""Options that dhcpd has a name for. The others are declared under names of ours."""


def as_isc(classes: Iterable[PhoneClass]) -> str:
    """A file for dhcpd's `include`."""
    found = tuple(classes)
    codes = sorted({option.code for each in found for option in each.options} - _KNOWN.keys())
    declared = "".join(f"option pbx-{code} code {code} = {_TYPES[code]};\n" for code in codes)
    return HEAD + (f"\n{declared}" if declared else "") + "".join(map(_class, found))


_TYPES = {
    114: "text", 120: "string", 150: "array of ip-address", 159: "text", 160: "text",
}  # fmt: skip


def _class(each: PhoneClass) -> str:
    return "".join(f"{line}\n" for line in _lines(each))


def _lines(each: PhoneClass) -> Iterator[str]:
    yield f"\n# {each.vendor}"
    yield f'class "{each.name}" {{'
    yield f"  match if {_condition(each)};"
    for option in each.options:
        if option.shown:
            yield f"  # {option.shown}"
        yield f"  option {_KNOWN.get(option.code, f'pbx-{option.code}')} {_value(option)};"
    yield "}"


def _condition(each: PhoneClass) -> str:
    return "\n     or ".join(
        (
            *(
                f'substring(option vendor-class-identifier, 0, {len(begin)}) = "{begin}"'
                for begin in each.vendor_classes
            ),
            # The first byte of `hardware` is the kind of network.
            *(f"substring(hardware, 1, 3) = {colons(bytes.fromhex(oui))}" for oui in each.ouis),
        )
    )


def _value(option: Option) -> str:
    if option.text:
        return f'"{option.text}"'
    if option.addresses and option.code != 120:
        return ", ".join(option.addresses)
    return colons(encoded(option))
