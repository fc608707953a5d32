"""Classes of numbers against phonenumbers itself, region by region."""

import random
import re
import time

import phonenumbers
import pytest
from phonenumbers import PhoneMetadata, PhoneNumberDesc

from schema.dialplan.classes import classes_of, emergency_numbers, number_classes
from schema.dialplan.index import PatternIndex
from schema.dialplan.pattern import parse_pattern
from schema.models import SystemSettings

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
DESCRIBED = {"toll_free": "toll_free", "premium": "premium_rate", "shared_cost": "shared_cost"}


def index(region: str, name: str) -> PatternIndex:
    patterns = classes_of(region)[name]  # type: ignore[index]
    return PatternIndex([parse_pattern(text) for text in patterns])


def classes_with(region: str, number: str) -> set[str]:
    return {name for name in classes_of(region) if index(region, name).matching(number)}


def described(description: PhoneNumberDesc | None, national: str) -> bool:
    if description is None or not description.national_number_pattern:
        return False
    lengths = description.possible_length
    return bool(re.fullmatch(description.national_number_pattern, national)) and (
        not lengths or len(national) in lengths
    )


def near(description: PhoneNumberDesc | None, draw: random.Random) -> list[str]:
    """Numbers like the example of a description: a few digits changed, or one more or less."""
    example = (description.example_number if description else None) or "201555012"
    numbers = [example, example[:-1], example + "0"]
    for _ in range(60):
        digits = list(example)
        for _ in range(draw.randint(1, 3)):
            digits[draw.randrange(len(digits))] = draw.choice("0123456789")
        numbers.append("".join(digits))
    return numbers


@pytest.mark.parametrize("region", REGIONS)
def test_a_class_holds_what_phonenumbers_describes(region: str) -> None:
    metadata = PhoneMetadata.metadata_for_region(region)
    draw = random.Random(region)
    for name, key in DESCRIBED.items():
        patterns, description = index(region, name), getattr(metadata, key)
        for national in near(description, draw):
            number = f"+{metadata.country_code}{national}"
            assert bool(patterns.matching(number)) == described(description, national), number


@pytest.mark.parametrize("region", REGIONS)
def test_an_emergency_number_is_one_to_phonenumbers(region: str) -> None:
    for number in emergency_numbers(region):
        assert phonenumbers.is_emergency_number(number, region)
        assert parse_pattern(number).matches(number)


@pytest.mark.parametrize("region", REGIONS)
def test_a_valid_number_is_national_or_international(region: str) -> None:
    """Of all countries' example numbers, each is in one of the two and in no other."""
    abroad, at_home = index(region, "international"), index(region, "national")
    code = phonenumbers.country_code_for_region(region)
    for other in REGIONS:
        example = phonenumbers.example_number_for_type(other, phonenumbers.PhoneNumberType.MOBILE)
        if example is None:
            continue
        number = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
        assert bool(abroad.matching(number)) != bool(at_home.matching(number)), number
        if code not in (1, 7):
            assert bool(at_home.matching(number)) == (example.country_code == code), number


@pytest.mark.parametrize(
    ("region", "number", "expected"),
    [
        ("US", "+12125550123", {"national"}),
        ("US", "+16135550123", {"national"}),  # Ottawa
        ("US", "+17875550123", {"national"}),  # Puerto Rico
        ("US", "+12425550123", {"international"}),  # Bahamas
        ("US", "+18765550123", {"international"}),  # Jamaica
        ("US", "+442079460000", {"international"}),
        ("US", "+19005550123", {"national", "premium"}),
        ("US", "+18005550123", {"national", "toll_free"}),
        ("US", "+979123456789", {"international", "premium"}),
        ("US", "911", {"emergency"}),
        ("US", "112", set()),
        ("CA", "+12125550123", {"national"}),
        ("CA", "+12425550123", {"international"}),
        ("BS", "+12425550123", {"national"}),
        ("BS", "+12125550123", {"international"}),
        ("BS", "+18005550123", {"national", "toll_free"}),
        ("RU", "+77012345678", {"international"}),
        ("KZ", "+79012345678", {"international"}),
        ("DE", "+4915123456789", {"national", "mobile"}),
        ("DE", "+4930123456", {"national"}),
        ("DE", "+49900123456", {"national"}),  # too short for one that costs
        ("DE", "+49900", set()),
        ("DE", "+499001234567", {"national", "premium"}),
        ("DE", "+41441234567", {"international"}),
        ("DE", "+501234567", {"international"}),
        ("DE", "110", {"emergency"}),
        ("GB", "+447400123456", {"national", "mobile"}),
        ("GB", "+441481256789", {"national"}),  # Guernsey
        ("FR", "+33123456789", {"national"}),
        ("JP", "+819012345678", {"national", "mobile"}),
        ("IT", "+390612345678", {"national"}),
    ],
)  # fmt: skip
def test_classes_of_a_number(region: str, number: str, expected: set[str]) -> None:
    assert classes_with(region, number) == expected


def test_other_country_codes_are_told_by_their_first_digits() -> None:
    assert classes_of("DE")["international"] == ("+[1-35-9].", "+4[0-8].")
    assert classes_of("FI")["international"] == ("+[124-9].", "+3[0-46-9].", "+35[0-79].")
    assert classes_of("US")["international"][0] == "+N."


def test_the_number_for_all_kinds_of_help_comes_first() -> None:
    assert emergency_numbers("DE") == ("112", "110")
    assert emergency_numbers("GB") == ("112", "999")
    assert emergency_numbers("FR") == ("112", "15", "17", "18")
    assert emergency_numbers("US") == ("911",)


def test_a_region_that_nobody_knows_has_no_classes() -> None:
    assert set(classes_of("ZZ").values()) == {()}
    assert emergency_numbers("ZZ") == ()


def test_an_override_takes_the_place_of_its_class() -> None:
    own = {"premium": ["+1900.", "+1976."], "mobile": []}
    system = SystemSettings.model_validate({"domain": "example.test", "number_classes": own})
    classes = number_classes(system)
    assert classes["premium"] == ("+1900.", "+1976.")
    assert classes["mobile"] == ()
    assert classes["toll_free"] == classes_of("US")["toll_free"]


def test_all_regions_have_few_patterns_and_are_quick() -> None:
    classes_of.cache_clear()
    began = time.process_time()
    most = max(len(patterns) for region in REGIONS for patterns in classes_of(region).values())
    assert most <= 200
    assert (time.process_time() - began) / len(REGIONS) < 0.05
