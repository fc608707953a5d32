"""Addresses as people write them: host names and IP addresses, with or without a port."""

import ipaddress
import re

_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_NAME = re.compile(rf"(?=.{{1,253}}$){_LABEL}(?:\.{_LABEL})*\.?")
_BRACKETED = re.compile(r"\[([^\[\]]*)\](?::([0-9]{1,5}))?")
_PLAIN = re.compile(r"([^:\[\]]*)(?::([0-9]{1,5}))?")

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


def ip_address(text: str) -> IpAddress | None:
    """Return the IP address that a text is, or None. Without zone ids: `fe80::1%eth0` is none."""
    try:
        return None if "%" in text else ipaddress.ip_address(text)
    except ValueError:
        return None


def is_domain(text: str) -> bool:
    """Whether a text is a DNS name (RFC 1035 section 2.3.1, with underscores as in SRV)."""
    return _NAME.fullmatch(text) is not None


def host_and_port(text: str, default_port: int = 5060) -> tuple[str, int]:
    """Take "host", "host:port", "[ipv6]:port" or a bare IPv6 address apart.

    IP addresses come back in their canonical spelling, without brackets. `default_port` comes back
    where there is none; 0 tells that. ValueError, with a text for people, when it is none of these.
    """
    bare = ip_address(text)
    if bare is not None:
        return str(bare), default_port
    bracketed = _BRACKETED.fullmatch(text)
    parts = bracketed or _PLAIN.fullmatch(text)
    if parts is None:
        raise ValueError("it is neither a host nor host:port")
    host, port = _host(parts[1], bracketed is not None), int(parts[2] or default_port)
    if parts[2] and not 0 < port < 65536:
        raise ValueError(f"there is no port {port}")
    return host, port


def _host(text: str, bracketed: bool) -> str:
    address = ip_address(text)
    if bracketed and (address is None or address.version != 6):
        raise ValueError("brackets are for IPv6 addresses")
    if address is not None:
        return str(address)
    if not is_domain(text) or re.fullmatch(r"[0-9.]+", text):
        raise ValueError(f'"{text}" is neither a host name nor an IP address')
    return text.lower()
