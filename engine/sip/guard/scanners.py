"""User-Agents of tools that look for PBXs to break into. They hide badly: most keep their name."""

from collections.abc import Iterable
from typing import Final

KNOWN: Final = (
    b"friendly-request", b"friendly-scanner", b"gulp", b"iwar", b"pplsip", b"sip-scan", b"sipcli",
    b"siparmyknife", b"sipscan", b"sipvicious", b"sipv", b"sivus", b"smap", b"sundayddr",
    b"vaxsipuseragent", b"vaxasip",
)  # fmt: skip
"""Beginnings, in lower case. Not sipsak and sipp: administrators use them as well."""


def beginnings(further: Iterable[str]) -> tuple[bytes, ...]:
    """What a scanner's User-Agent begins with, in lower case."""
    return (*KNOWN, *(text.lower().encode() for text in further if text))
