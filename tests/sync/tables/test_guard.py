"""No cell is taken for a formula, and every text comes back as it was."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.tables.guard import guarded, unguarded


@settings(deadline=None)
@given(st.text(st.sampled_from("'=+-@\t\r09ax"), max_size=8), st.booleans())
def test_every_text_comes_back(text: str, spreadsheet: bool) -> None:
    assert unguarded(guarded(text, spreadsheet=spreadsheet)) == text


@settings(deadline=None)
@given(st.text(st.sampled_from("'=+-@\t\r09ax"), max_size=8), st.booleans())
def test_nothing_begins_like_a_formula_but_numbers(text: str, spreadsheet: bool) -> None:
    cell = guarded(text, spreadsheet=spreadsheet)
    number = cell[:1] == "+" and cell[1:].isdigit() and not spreadsheet
    assert number or cell[:1] not in ("=", "+", "-", "@", "\t", "\r")


@pytest.mark.parametrize(
    ("text", "cell", "in_a_spreadsheet"),
    [
        ("+12125550123", "+12125550123", "'+12125550123"),
        ("0201", "0201", "'0201"),
        ("00156512e345", "00156512e345", "'00156512e345"),
        ("=cmd|'/c calc'!A1", "'=cmd|'/c calc'!A1", "'=cmd|'/c calc'!A1"),
        ("+1+2", "'+1+2", "'+1+2"),
        ("O'Neill", "O'Neill", "O'Neill"),
        ("'t Hooft", "'t Hooft", "'t Hooft"),
    ],
)
def test_cells(text: str, cell: str, in_a_spreadsheet: str) -> None:
    assert guarded(text, spreadsheet=False) == cell
    assert guarded(text, spreadsheet=True) == in_a_spreadsheet
