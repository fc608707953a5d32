"""How a country writes its own numbers: some go without the national prefix that others have.

From the number formats of `phonenumbers`. Knows countries, not the tree.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, NumberFormat, PhoneMetadata

from schema.dialplan.forms import Form, common, literal, merged, of_expression, without


def without_prefix(region: str, numbers: Iterable[Form], whole: bool = False) -> list[Form]:
    """Of national numbers those that are written, and dialled, without the national prefix of the
    region although it has one: 1800 123 456 in Australia, mobile numbers in China.

    With `whole` only where that is so of all numbers, as in Monaco: elsewhere, digits without a
    prefix may as well be a number of the own area.
    """
    metadata = PhoneMetadata.metadata_for_region(region)
    prefix = metadata.national_prefix if metadata is not None else None
    if metadata is None or not prefix:
        return []
    main = PhoneMetadata.metadata_for_region(_main_region(metadata))
    formats = [(each, prefix in _before_number(each)) for each in (main or metadata).number_format]
    if whole and any(prefixed for _, prefixed in formats):
        return []
    return merged(_unprefixed(formats, without(numbers, [literal(prefix[0])._replace(more=True)])))


def _main_region(metadata: PhoneMetadata) -> str:
    """The region whose formats count for all with its country code."""
    return COUNTRY_CODE_TO_REGION_CODE[metadata.country_code or 0][0]


def _unprefixed(formats: list[tuple[NumberFormat, bool]], left: list[Form]) -> Iterator[Form]:
    """The first format that a number has counts. Without formats all are written as they are."""
    if not formats:
        yield from left
    while formats and formats[-1][1]:
        formats = formats[:-1]  # what comes behind the last one without a prefix does not matter
    for written, prefixed in formats:
        if not left:
            return
        numbers = _numbers(written.pattern or "", tuple(written.leading_digits_pattern[-1:]))
        if not prefixed:
            yield from common(left, numbers)
        left = without(left, numbers)


def _before_number(written: NumberFormat) -> str:
    rule = written.national_prefix_formatting_rule or ""
    return rule.partition("\\1")[0]


@lru_cache(maxsize=256)
def _numbers(pattern: str, leading: tuple[str, ...]) -> list[Form]:
    """The numbers of a format: those that its pattern matches, and that begin as it says."""
    forms = of_expression(re.sub(r"\((?!\?)", "(?:", pattern))
    if not leading:
        return forms
    beginnings = [form._replace(more=True) for form in of_expression(leading[0])]
    return common(forms, beginnings)
