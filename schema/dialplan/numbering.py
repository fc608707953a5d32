"""How a place writes numbers: to read what gateways send, and to make E.164 of what is dialled.

Standard library only, because the route table's interpreter builds on it.
"""

from typing import NamedTuple


class Numbering(NamedTuple):
    """Prefixes of a country, and the area that a site is in. Empty: there is no such prefix."""

    country_code: str
    national_prefix: str
    international_prefix: str
    area_code: str = ""
    local_lengths: tuple[int, ...] = ()
    """Digits of a number within the area where it can be told by them, as in North America, where
    ten digits without a prefix are national; empty: whatever has no prefix is local."""

    def spellings(self, number: str) -> tuple[str, ...]:
        """E.164 numbers that `number` may mean, most literal first."""
        if number.startswith("+"):
            return ()
        readings = ["+" + number, f"+{self.country_code}{number}"]
        if self.international_prefix and number.startswith(self.international_prefix):
            readings.append("+" + number[len(self.international_prefix) :])
        if self.national_prefix and number.startswith(self.national_prefix):
            readings.append(f"+{self.country_code}{number[len(self.national_prefix) :]}")
        return tuple(readings)

    def e164(self, number: str) -> str:
        """The number that a phone of this place means by these digits, in E.164."""
        if number.startswith("+"):
            return number
        if self.international_prefix and number.startswith(self.international_prefix):
            return "+" + number[len(self.international_prefix) :]
        if self.national_prefix and number.startswith(self.national_prefix):
            return f"+{self.country_code}{number[len(self.national_prefix) :]}"
        if self.area_code and (not self.local_lengths or len(number) in self.local_lengths):
            return f"+{self.country_code}{self.area_code}{number}"
        return f"+{self.country_code}{number}"
