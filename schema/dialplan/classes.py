"""Classes of numbers in a region: what is costly, free or special, as patterns of E.164 numbers.

From the metadata of `phonenumbers`, whose regular expressions become patterns exactly. Knows
countries, not the tree (but for what `system.number_classes` puts in their place) and not how
numbers are dialled: that is schema.dialplan.factory.

The national numbers of a region are those of its country code, with two exceptions. In the North
American plan the United States, Canada and the territories below are one country, as on their
bills; the others that share +1 (Bahamas, Jamaica, …) are abroad, and cost far more. Russia and
Kazakhstan share +7, and are abroad to each other.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final, get_args

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata, PhoneNumberDesc

from schema.dialplan.forms import (
    ANY,
    DIGIT,
    Form,
    common,
    joined,
    literal,
    merged,
    notation,
    of_expression,
    of_pattern,
    without,
)
from schema.models import SystemSettings
from schema.models.proof import NumberClass
from schema.models.system import NumberClasses

Classes = Mapping[NumberClass, tuple[str, ...]]

NORTH_AMERICA: Final = frozenset({"US", "CA", "PR", "VI", "GU", "AS", "MP"})
"""One country as far as calls between them are concerned."""
_SHARED_BY_COUNTRIES = (1, 7)
"""Codes of several countries. Those that share another code call each other as at home."""
_FOR_ALL_KINDS_OF_HELP = ("911", "000", "112")
_PREMIUM_OF_ALL_COUNTRIES = of_pattern("+979[13579]XXXXXXXX")
"""ITU-T E.169.2: international premium rate service."""


def number_classes(system: SystemSettings) -> Classes:
    """The classes of a system: those of its region, or what `number_classes` says instead."""
    return classes_instead(system.region, system.number_classes)


def classes_instead(region: str, instead: NumberClasses) -> Classes:
    """The classes of a region, but for those that `instead` tells."""
    named = {name: getattr(instead, name) for name in get_args(NumberClass)}
    told = {name: patterns for name, patterns in named.items() if patterns is not None}
    return MappingProxyType({**classes_of(region), **told})


@lru_cache(maxsize=16)
def classes_of(region: str) -> Classes:
    """The classes of an ISO 3166 region. One that phonenumbers does not know has none."""
    metadata = PhoneMetadata.metadata_for_region(region)
    if metadata is None:
        return MappingProxyType(dict.fromkeys(get_args(NumberClass), ()))
    code = f"+{metadata.country_code}"
    national = _national(region, metadata)
    foreign = without(_all_of_its_code(metadata), national)
    premium = [*_e164(code, _of(metadata.premium_rate)), _PREMIUM_OF_ALL_COUNTRIES]
    return MappingProxyType(
        {
            "emergency": emergency_numbers(region),
            "international": _written([*_other_codes(code), *_e164(code, foreign)]),
            "premium": _written(premium),
            "toll_free": _written(_e164(code, _of(metadata.toll_free))),
            "shared_cost": _written(_e164(code, _of(metadata.shared_cost))),
            "mobile": _written(_e164(code, _mobile(region, metadata))),
            "national": _written(_e164(code, national)),
        }
    )


def emergency_numbers(region: str) -> tuple[str, ...]:
    """The numbers that reach emergency services in a region, as dialled; the usual one first.

    In North America only 911: the 112 that phonenumbers knows there works on mobile phones.
    """
    metadata = PhoneMetadata.short_metadata_for_region(region)
    if region in NORTH_AMERICA:
        return ("911",)
    if metadata is None or metadata.emergency is None:
        return ()
    forms = of_expression(metadata.emergency.national_number_pattern or "")
    numbers = sorted(number for form in forms for number in _each(form))
    return tuple(sorted(numbers, key=lambda number: number not in _FOR_ALL_KINDS_OF_HELP))


def fixed_line_numbers(region: str) -> list[Form]:
    """Geographic numbers of a region, without country code and prefixes."""
    metadata = PhoneMetadata.metadata_for_region(region)
    return _of(metadata.fixed_line) if metadata is not None else []


def _each(form: Form) -> list[str]:
    """The numbers of a short form, one by one."""
    numbers = [""]
    for symbol in form.symbols:
        digits = [digit for digit in "0123456789" if literal(digit).symbols[0] & symbol]
        numbers = [number + digit for number in numbers for digit in digits]
    return numbers


def _of(description: PhoneNumberDesc | None) -> list[Form]:
    """The national numbers that phonenumbers describes: its expression, of possible lengths."""
    if description is None or not description.national_number_pattern:
        return []
    forms = of_expression(description.national_number_pattern)
    lengths = description.possible_length
    return [form for form in forms if not lengths or len(form.symbols) in lengths]


def _sharing(metadata: PhoneMetadata) -> tuple[str, ...]:
    """The regions with the same country code, the main one first."""
    return COUNTRY_CODE_TO_REGION_CODE[metadata.country_code or 0]


def _all_of_its_code(metadata: PhoneMetadata) -> list[Form]:
    """The numbers of a country code: those of its main region are general enough for all."""
    main = PhoneMetadata.metadata_for_region(_sharing(metadata)[0])
    return _of(main.general_desc if main else None)


def _national(region: str, metadata: PhoneMetadata) -> list[Form]:
    numbers, regions = _all_of_its_code(metadata), _sharing(metadata)
    if metadata.country_code not in _SHARED_BY_COUNTRIES:
        return numbers
    if region in (*NORTH_AMERICA, regions[0]):
        others = [other for other in regions[1:] if other not in NORTH_AMERICA]
        return without(numbers, [form for other in others for form in _beginnings(other)])
    special = (metadata.toll_free, metadata.premium_rate, metadata.shared_cost,
               metadata.personal_number, metadata.voip, metadata.uan)  # fmt: skip
    shared = [form for description in special for form in _of(description)]
    return merged([*common(numbers, _beginnings(region)), *shared])


def _beginnings(region: str) -> list[Form]:
    """How the numbers begin by which a country that shares its code is told from the others."""
    metadata = PhoneMetadata.metadata_for_region(region)
    leading = metadata.leading_digits if metadata else None
    return [form._replace(more=True) for form in of_expression(leading)] if leading else []


def _mobile(region: str, metadata: PhoneMetadata) -> list[Form]:
    """Mobile numbers, where numbers tell that they are."""
    mobile, fixed = metadata.mobile, metadata.fixed_line
    alike = mobile and fixed and mobile.national_number_pattern == fixed.national_number_pattern
    return [] if region in NORTH_AMERICA or alike else _of(mobile)


def _other_codes(code: str) -> list[Form]:
    """Everything that does not begin with `code`, from the first digit in which it differs."""
    own = literal(code).symbols
    nonzero = DIGIT & ~literal("0").symbols[0]
    accepted = (0, nonzero, *[DIGIT] * (len(own) - 2))
    return [Form((*own[:at], accepted[at] & ~own[at], ANY), more=True) for at in range(1, len(own))]


def _e164(code: str, national: Iterable[Form]) -> list[Form]:
    return joined([literal(code)], national)


def _written(forms: Iterable[Form]) -> tuple[str, ...]:
    return tuple(map(notation, merged(forms)))
