"""Tables as sipXcom exports them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tables import families, people, phones, read, told

from schema.diagnostics import render
from sync.tables.sipxcom import LABELS, MODELS


def row(**cells: str) -> str:
    """A row as sipXcom writes it: every field in quotes, those inside behind a backslash."""
    by_label = {label.replace(" ", "_"): "" for label in LABELS} | cells
    assert len(by_label) == len(LABELS)
    return ",".join('"' + text.replace('"', '\\"') + '"' for text in by_label.values()) + "\n"


HEADER = ",".join(LABELS) + "\n"
FULL = row(
    User_name="300", PIN="aa11", Voicemail_PIN="bb22", SIP_password="cc33", First_name="John",
    Last_name='Lennon "JL"', User_alias="jlennon 4300", EMail_address="jl@example.com",
    User_group="beatles all", Phone_serial_number="0004F20342AE", Phone_model="polycom650",
    Phone_group="lobby", Phone_description="Room", Did_number="(212) 555-0300",
    Caller_ID="2125550300", Block_Caller_ID="false", Im_Id="john",
)  # fmt: skip


def test_a_row_becomes_a_user_and_a_phone() -> None:
    table = read(HEADER + FULL)
    assert people(table) == {
        "300": {
            "name": 'John Lennon "JL"', "extension": "300", "aliases": ["jlennon", "4300"],
            "email": "jl@example.com", "groups": ["beatles", "all"], "did": "+12125550300",
            "caller_id": "+12125550300",
        }
    }  # fmt: skip
    assert phones(table) == {
        "0004f20342ae": {"model": "poly-spip650", "description": "Room", "lines": ["300"]}
    }


def test_one_line_names_what_is_not_taken_and_one_the_secrets() -> None:
    table = read(HEADER + FULL)
    assert [one.message for one in table.diagnostics] == [
        'passwords and PINs are not taken over: "PIN", "Voicemail PIN", "SIP password"',
        'columns that the tree has no place for: "Phone group", "Im Id", "Block Caller ID"',
    ]
    assert not any(secret in repr(table) for secret in ("aa11", "bb22", "cc33"))


def test_an_alias_of_digits_is_the_extension_of_a_name() -> None:
    table = read(HEADER + row(User_name="jlennon", User_alias="john 300 4300"))
    assert people(table)["jlennon"] == {
        "name": "jlennon", "extension": "300", "aliases": ["john", "4300"]
    }  # fmt: skip


def test_the_extension_of_a_user_who_is_there_stays_among_several_numbers() -> None:
    table = read(HEADER + row(User_name="alice", User_alias="999 201 al"))
    assert people(table)["alice"] == {"aliases": ["999", "al"]}


@pytest.mark.parametrize("width", [13, 44, 61])
def test_older_versions_wrote_fewer_columns(width: int) -> None:
    header = ",".join(LABELS[:width])
    cells = ["400", "", "", "", "Hall", *[""] * (width - 5)]
    assert people(read(f"{header}\n{','.join(cells)}\n"))["400"]["name"] == "Hall"


def test_a_spreadsheet_may_have_left_out_empty_cells_at_the_end() -> None:
    assert people(read(HEADER + "400,,,,Hall\n"))["400"]["name"] == "Hall"


def test_a_file_that_was_cut_off_is_told() -> None:
    assert told(read(HEADER + "400,,,,Hall\n401,,,,Ha"))[-1] == ("PBX1825", "people.csv:3:1")


def test_a_row_that_was_torn_apart_is_told() -> None:
    at = FULL.index('"Lennon')
    torn = read(HEADER + FULL[:at] + "\n" + FULL[at:])
    assert [place for code, place in told(torn) if code == "PBX1825"] == [
        "people.csv:2:1", "people.csv:3:1",
    ]  # fmt: skip
    assert (torn.batch.people, torn.batch.phones) == ((), ())


def test_columns_can_be_taken_by_their_places_whatever_the_header_says() -> None:
    table = read("Benutzer" + "," * 60 + "\n" + FULL, sipxcom=True)
    assert people(table)["300"]["name"] == 'John Lennon "JL"'


def test_models_of_sipxcom_are_models_here() -> None:
    assert set(MODELS.values()) <= set(families().models)


EDITS = st.lists(
    st.tuples(st.integers(0, 10_000), st.integers(0, 1), st.sampled_from("\",;\n\r\t\\'=x ")),
    max_size=4,
)


@settings(deadline=None)
@given(EDITS)
def test_no_damage_makes_a_message_show_a_password(edits: list[tuple[int, int, str]]) -> None:
    text = HEADER + row(User_name="x y", SIP_password="hunter2", First_name="X") + FULL
    for at, replaced, letter in edits:
        at = len(HEADER) + at % (len(text) - len(HEADER))
        text = text[:at] + letter + text[at + replaced :]
    table = read(text)
    shown = render(table.diagnostics, "text") + render(table.diagnostics, "json")
    assert "hunter2" not in shown
    assert "hunter2" not in repr(table.batch)
