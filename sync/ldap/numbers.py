"""Numbers and names of a directory, as the tree writes them."""

import re
from functools import lru_cache
from typing import Final

import phonenumbers

from schema.models.base import DIGITS_PATTERN, E164_PATTERN, IDENTIFIER_PATTERN

_NOTATION: Final = re.compile(r"[ \t()./\u00a0\u2010-\u2015-]+")
_TRUNK: Final = re.compile(r"(?<=[0-9 ])\(0\)(?=[0-9 ])")
"""+49 (0)30 123456, as it is printed on cards."""
_IDENTIFIER: Final = re.compile(IDENTIFIER_PATTERN)
_DIGITS: Final = re.compile(DIGITS_PATTERN)
_E164: Final = re.compile(E164_PATTERN)
_LONGEST: Final = 64


def is_user_name(text: str) -> bool:
    """Whether it can be the id of a user."""
    return _IDENTIFIER.fullmatch(text) is not None


is_alias = is_user_name


@lru_cache(maxsize=65_536)
def e164(text: str, region: str) -> str | None:
    """A number of the public network, read in `region`; None for anything else.

    One with an extension behind it ("… x201") is none: others share it.
    """
    if len(text) > _LONGEST:
        return None
    try:
        number = phonenumbers.parse(_TRUNK.sub("", text), region)
    except phonenumbers.NumberParseException:
        return None
    possible = phonenumbers.is_possible_number_with_reason(number)
    if number.extension or possible != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return written if _E164.fullmatch(written) else None


def extension(text: str) -> str | None:
    """The digits that are dialled inside, without separators; None for anything else."""
    plain = _NOTATION.sub("", text[:_LONGEST])
    return plain if _DIGITS.fullmatch(plain) else None
