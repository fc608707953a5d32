"""What a request asks for, read from its path: a phone's URL, or a bare name at the root. Pure.

Names are plain segments, never decoded and never joined to a path of a disk: a name that is not
one of ours leads nowhere.
"""

import re
from typing import Final, NamedTuple
from urllib.parse import parse_qsl

_SEGMENT: Final = r"[A-Za-z0-9._ -]{1,96}"
_TARGET: Final = re.compile(
    rf"(?:https?://[^/?#]*)?/(?:d/(?P<token>[A-Za-z0-9_-]{{1,64}})/)?/?"
    rf"(?P<path>(?:{_SEGMENT}/){{0,4}}(?:{_SEGMENT})?)(?:\?(?P<query>.*))?"
)
"""Phones that add "/NAME" to a URL with a slash at its end ask with two of them."""
_RESERVED: Final = ("d", "location")
_HEX_RUN: Final = re.compile(r"[0-9A-Fa-f]{12,13}")
_NOT_HEX: Final = re.compile(r"[^0-9A-Fa-f]+")
_COMMON: Final = "000000"
"""Begins what all phones of a maker ask for, such as 000000000000.cfg and y000000000066.cfg."""
_PROBE: Final = re.compile(
    r"[^/]+\.(?:cfg|boot|xml|htm|html|cnf|conf|ini|txt|dat|lic|tuple|sgn|sig|loads|ld|rom|bin|zip"
    r"|fw|fwm|img|wav|jpg|png|csv|tlv|z|xz)|cfg[0-9A-Fa-f]{12}",
    re.IGNORECASE,
)


class Asked(NamedTuple):
    """A file below a phone's URL, or with an empty token a name at the root."""

    token: str
    path: str
    """Without a slash before it; empty for the bare URL."""
    query: str = ""
    """What stands behind the question mark."""

    @property
    def name(self) -> str:
        """The last part: the file's name."""
        return self.path.rpartition("/")[2]

    @property
    def mac(self) -> str:
        """The MAC address in the file's name, in lower case; empty when there is none."""
        return mac_in(self.name)

    def said(self, parameter: str) -> str:
        """The value of a parameter of the query; empty when it is not there."""
        try:
            pairs = parse_qsl(self.query, max_num_fields=32)
        except ValueError:
            return ""
        return next((value for name, value in pairs if name == parameter), "")

    @property
    def usual(self) -> bool:
        """Whether phones ask for such names while they start, in vain or not."""
        return bool(self.mac) or _PROBE.fullmatch(self.name) is not None


def asked_for(target: str) -> Asked | None:
    """Read the target of an HTTP request. None: nothing that a phone would ask for."""
    found = _TARGET.fullmatch(target)
    if found is None:
        return None
    token, path = found["token"] or "", found["path"]
    if not token and (not path or path.endswith("/") or path.partition("/")[0] in _RESERVED):
        return None
    return Asked(token, path, found["query"] or "")


def bare_name(text: str) -> Asked | None:
    """Read a name as TFTP and FTP clients send it, with or without a slash before it."""
    return asked_for("/" + text.replace("\\", "/").lstrip("/"))


def mac_in(name: str) -> str:
    """The MAC address in a file name, such as cfg000b82aabbcc.xml or SEP0004F2AABBCC.cnf.xml.

    A letter before it may be a hexadecimal digit too, as in spa000e08aabbcc.cfg: the last twelve
    of thirteen count.
    """
    for run in _NOT_HEX.split(name):
        mac = run[-12:].lower()
        if _HEX_RUN.fullmatch(run) and not mac.startswith(_COMMON):
            return mac
    return ""
