"""User-Agents seen in the field are told apart: `tests/fixtures/user-agents.csv`."""

import csv
from pathlib import Path

import pytest

from renderers.devices import Families, recognise

SEEN = Path(__file__).parents[2] / "fixtures" / "user-agents.csv"
FAMILY = {"audiocodes": "audiocodes", "gigaset": "gigaset", "snom": "snom"}
"""Vendors in there to families; the others' phones are not known yet."""
UNWRITTEN = ("N720",)
"""Models whose family is known, but not what to write for them."""
ROWS = [row for row in csv.DictReader(SEEN.open()) if row["vendor"] in FAMILY]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["user_agent"])
def test_a_phone_of_the_field_is_known(families: Families, row: dict[str, str]) -> None:
    sighting = recognise(families, row["user_agent"])
    assert sighting is not None
    assert sighting.family == FAMILY[row["vendor"]]
    assert sighting.mac == (row["mac"] or None)
    if row["model"] in UNWRITTEN:
        assert sighting.model is None
        return
    assert sighting.model is not None
    _, model = families.models[sighting.model]
    assert row["model"] in (model.user_agent or ())


def test_every_vendor_is_in_there() -> None:
    assert {row["vendor"] for row in ROWS} == set(FAMILY)
