"""Bytes of options as DHCP servers' configurations write them."""

from ipaddress import IPv4Address

from renderers.dhcp.offer import Option


def colons(data: bytes) -> str:
    """00:15:65."""
    return data.hex(":")


def encoded(option: Option) -> bytes:
    """The option's value as it is sent. SIP servers by address begin with 1 (RFC 3361 3.2)."""
    if option.text:
        return option.text.encode("ascii")
    if option.addresses:
        packed = b"".join(IPv4Address(address).packed for address in option.addresses)
        return b"\x01" + packed if option.code == 120 else packed
    return option.data
