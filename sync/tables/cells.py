"""The text of a cell to the value that the tree has for it. Raises `BadCell`.

May know: the keys of users and phones, how people write numbers. May not: other cells.
"""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from schema.contacts import dialled
from schema.entries import normalised_mac
from schema.models.base import DIGITS_PATTERN, E164_PATTERN, IDENTIFIER_PATTERN
from schema.suggest import did_you_mean
from sync.tables.surroundings import Surroundings

UNREADABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")
"""Characters that no text has, and that YAML does not take."""
_MAC = re.compile(r"[0-9a-f]{12}")
_TRUTHS = MappingProxyType(
    {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
)
_ID_HINT = "letters, digits, '.', '_' and '-', beginning with a letter or digit"
_SHOWN = 40


class BadCell(Exception):  # noqa: N818 - a result, told as a diagnostic
    """A cell that cannot be taken; `code` says what kind of mistake it is."""

    def __init__(self, message: str, hint: str, code: str = "PBX1827") -> None:
        super().__init__(message)
        self.hint = hint
        self.code = code


Reader = Callable[[str, Surroundings, str], Any]


def value_of(key: str, text: str, around: Surroundings, region: str) -> Any:
    """The value of a cell that is not empty. Raises BadCell."""
    return _READERS[key](text, around, region)


def _quoted(text: str) -> str:
    return f'"{text[:_SHOWN]}…"' if len(text) > _SHOWN else f'"{text}"'


def _identifier(text: str, *_: Any) -> str:
    if not re.fullmatch(IDENTIFIER_PATTERN, text):
        raise BadCell(f"{_quoted(text)} cannot be an id", _ID_HINT)
    return text


def _words(text: str, *_: Any) -> list[str]:
    return list(dict.fromkeys(word for word in re.split(r"[\s,;]+", text) if word))


def _identifiers(text: str, *_: Any) -> list[str]:
    return [_identifier(word) for word in _words(text)]


def one_line(text: str) -> str:
    """Without line breaks, and blanks at its ends: what is shown on a display has one line."""
    return re.sub(r"\s*[\r\n]+\s*", " ", text).strip()


def _line(text: str, *_: Any) -> str:
    return one_line(text)


def _name(text: str, *_: Any) -> str:
    if len(text) > 128:
        raise BadCell(f"the name has {len(text)} characters, and 128 are possible", "shorten it")
    return one_line(text)


def _extension(text: str, *_: Any) -> str:
    if not re.fullmatch(DIGITS_PATTERN, text):
        hint = 'an extension is what is dialled inside, such as 201; numbers from outside are "did"'
        raise BadCell(f"{_quoted(text)} is not an extension", hint)
    return text


def _number(text: str, _: Surroundings, region: str) -> str:
    found = dialled(text, region)
    if found is None or not re.fullmatch(E164_PATTERN, found):
        hint = f"write it with + and the country code, or as it is dialled in {region}"
        raise BadCell(f"{_quoted(text)} is not a number of the public network", hint)
    return found


def _numbers(text: str, around: Surroundings, region: str) -> str | list[str]:
    parts = [part.strip() for part in re.split(r"[,;\r\n]+|\s+(?=\+)", text)]
    found = list(dict.fromkeys(_number(part, around, region) for part in parts if part))
    return found[0] if len(found) == 1 else found


def _truth(text: str, *_: Any) -> bool:
    found = _TRUTHS.get(text.lower())
    if found is None:
        raise BadCell(f"{_quoted(text)} is neither true nor false", "true, yes, 1; false, no, 0")
    return found


def _mac(text: str, *_: Any) -> str:
    found = normalised_mac(text)
    if not _MAC.fullmatch(found):
        hint = "the 12 hexadecimal digits on the back of the phone, in a column saved as text"
        raise BadCell(f"{_quoted(text)} is not a MAC address", hint)
    return found


def _model(text: str, around: Surroundings, _: str) -> str:
    found = around.models.find(text)
    if found is None:
        near = around.models.nearest(text)
        hint = f'the nearest is "{near}"; ' if near else ""
        raise BadCell(
            f"there is no model {_quoted(text)}", f"{hint}see pbx devices models", "PBX1828"
        )
    return found


def _site(text: str, around: Surroundings, _: str) -> str:
    if text not in around.system.sites:
        hint = did_you_mean(text, around.system.sites, "sites") or "add it under sites first"
        raise BadCell(f"there is no site {_quoted(text)}", hint, "PBX1834")
    return text


_READERS: Mapping[str, Reader] = MappingProxyType(
    {
        "user": _identifier, "name": _name, "first_name": _name, "last_name": _name,
        "extension": _extension, "did": _numbers, "aliases": _identifiers, "email": _line,
        "groups": _identifiers, "site": _site, "permissions": _words, "caller_id": _number,
        "enabled": _truth, "mac": _mac, "model": _model, "description": _line,
        "phone_site": _site,
    }
)  # fmt: skip
