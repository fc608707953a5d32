"""Numbers as people write them, made into what a phone can dial."""

import re
from functools import lru_cache

import phonenumbers

_SHORT = 6
"""Digits that may be an extension or a service: nobody's number outside is that short."""
_NOTATION = re.compile(r"[ \t()./\u00a0\u2010-\u2015-]+")
_TRUNK = re.compile(r"(?<=\d)\s*\(0\)\s*(?=\d)")


@lru_cache(maxsize=65_536)
def dialled(text: str, region: str) -> str | None:
    """What is dialled: E.164 for numbers of the public network, digits as they are for extensions
    and service codes; None for what is neither.

    `region` (ISO 3166) is where numbers without a country code are read.
    """
    plain = _NOTATION.sub("", _TRUNK.sub("", text))
    if re.fullmatch(rf"[0-9*#]{{1,{_SHORT}}}", plain) or re.fullmatch(r"[*#][0-9*#]{1,31}", plain):
        return plain
    if not re.fullmatch(r"\+?[0-9]{1,32}", plain):
        return None
    try:
        number = phonenumbers.parse(plain, region)
    except phonenumbers.NumberParseException:
        return None
    if (
        phonenumbers.is_possible_number_with_reason(number)
        != phonenumbers.ValidationResult.IS_POSSIBLE
    ):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
