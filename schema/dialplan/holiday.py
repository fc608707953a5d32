"""Public holidays of countries and their parts, from the library `holidays`.

Knows dates only: schema.dialplan.compile closes schedules on them. The library takes a while to
import, so it is imported when the first schedule asks.
"""

import warnings
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final

YEARS: Final = range(2020, 2046)
"""A fixed window: nothing before the plan is applied reads a clock."""


@cache
def subdivisions() -> Mapping[str, Sequence[str]]:
    """The countries that are known, and the parts of each that have holidays of their own."""
    import holidays

    return holidays.list_supported_countries(include_aliases=False)


@cache
def holidays_of(region: str, subdivision: str | None) -> frozenset[str]:
    """ISO dates of the public holidays of YEARS, with the days off in lieu of them.

    None for what `subdivisions` does not have: validation has refused that.
    """
    import holidays

    if region not in subdivisions() or not is_part(subdivision, region):
        return frozenset()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of some countries fewer years are known
        days = holidays.country_holidays(region, subdiv=subdivision, years=YEARS)
    return frozenset(day.isoformat() for day in days)


def is_part(subdivision: str | None, region: str) -> bool:
    """Whether a country that is known has such a part; no part at all is fine."""
    return subdivision is None or subdivision in subdivisions()[region]
