"""What rows say becomes people and phones; what is wrong with a row is told where it stands."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tables import HEAD, people, phones, read, told

from schema.diagnostics import render

MAC = "001565abcdef"


def test_a_row_may_bring_a_user_and_a_phone() -> None:
    table = read(
        "Login;First name;Surname;Ext;DDI;Group;MAC;Model\n"
        'carol;Carol;Clark;203;"(212) 555-0203";sales, new;00:15:65:AB:CD:EF;SIP-T46S\n',
        mapping={"Login": "user"},
    )
    assert told(table) == []
    assert people(table) == {
        "carol": {
            "name": "Carol Clark", "extension": "203", "did": "+12125550203",
            "groups": ["sales", "new"],
        }
    }  # fmt: skip
    assert phones(table) == {MAC: {"model": "yealink-t46s", "lines": ["carol"]}}
    assert table.batch.groups == ("sales", "new")
    assert table.batch.people[0].origin == "people.csv:2"


def test_an_empty_cell_says_nothing() -> None:
    table = read("user,name,extension,email,enabled\nalice,,299,,\n")
    assert people(table) == {"alice": {"extension": "299"}}
    assert table.batch.keeps_unsaid


def test_groups_are_added_to_those_there_are() -> None:
    assert people(read("user,groups\nalice,support\n")) == {
        "alice": {"groups": ["sales", "support"]}
    }


def test_two_rows_of_a_user_are_two_phones_and_two_rows_of_a_phone_two_lines() -> None:
    table = read(
        "user,name,mac,model\ncarol,Carol,001565000009,yealink-t46s\n"
        "carol,,001565000008,yealink-t46s\nbob,,001565000008,\n"
    )
    assert told(table) == []
    assert people(table) == {"carol": {"name": "Carol"}}
    assert [values["lines"] for values in phones(table).values()] == [["carol"], ["carol", "bob"]]


def test_numbers_are_read_where_the_person_is() -> None:
    table = read("user,name,site,did\nurs,Urs,bern,031 350 00 00\n")
    assert people(table)["urs"]["did"] == "+41313500000"


def test_several_numbers_are_a_list() -> None:
    table = read('user,did\nbob,"+12125550201; +12125550202"\n')
    assert people(table)["bob"]["did"] == ["+12125550201", "+12125550202"]


@pytest.mark.parametrize(
    ("model", "found"),
    [
        ("polycom650", "poly-spip650"), ("polycomVVX500", "poly-vvx500"),
        ("yealinkPhoneSIPT46G", "yealink-t46g"), ("snom360", "snom-360"),
        ("yealink-t46s", "yealink-t46s"), ("Yealink SIP-T46S", "yealink-t46s"),
        ("SoundPoint IP 650", "poly-spip650"), ("aastra57i", "mitel-6757i"),
    ],
)  # fmt: skip
def test_models_are_known_by_their_names_anywhere(model: str, found: str) -> None:
    table = read(f"user,name,mac,model\ncarol,Carol,{MAC},{model}\n")
    assert phones(table)[MAC]["model"] == found


def test_an_unknown_model_is_told_with_the_likely_one() -> None:
    (found,) = read(f"user,name,mac,model\ncarol,Carol,{MAC},polycom652\n").diagnostics
    assert found.code == "PBX1828"
    assert '"poly-spip650"' in str(found.hint)


BAD_ROWS = {
    "no extension": ("carol,Carol,x203,,", "PBX1827", 13),
    "no user name": ("ca rol,Carol,203,,", "PBX1827", 1),
    "no MAC address": ("carol,Carol,203,123,", "PBX1827", 17),
    "no model": ("carol,Carol,203,001565abcdef,t99", "PBX1828", 30),
    "too many fields": ("carol,Carol,203,,,x", "PBX1825", 19),
    "one empty field too many": ("carol,Clark, Carol,203,,", "PBX1825", 25),
    "too few fields": ("carol,Carol,203", "PBX1825", 1),
    "nobody": (",Carol,203,,", "PBX1826", 1),
    "no name": ("carol,,203,,", "PBX1831", 1),
    "NUL": ("carol,Ca\0rol,203,,", "PBX1827", 7),
    "another's extension": ("carol,Carol,204,,", "PBX1830", 13),
    "a long name": (f"carol,{'x' * 129},203,,", "PBX1827", 7),
    "a phone of nobody": (f",,,{MAC},yealink-t46s", "PBX1831", 4),
    "behind a quote": ('carol,"Carol"x,203,,', "PBX1822", 14),
}


@pytest.mark.parametrize("kind", BAD_ROWS)
def test_a_bad_row_is_told_where_it_stands_and_left_out_alone(kind: str) -> None:
    row, code, column = BAD_ROWS[kind]
    table = read(
        f'user,name,extension,mac,model\ndave,"Dave\nDuck",204,,\n{row}\nerin,Erin,205,,\n'
    )
    assert told(table) == [(code, f"people.csv:4:{column}")]
    assert people(table).keys() == {"dave", "erin"}
    assert phones(table) == {}
    assert (table.rows, table.skipped) == (3, 1)


def test_a_phone_that_lacks_its_model_is_left_out_and_its_user_is_not() -> None:
    table = read(f"user,name,mac\ncarol,Carol,{MAC}\n")
    assert told(table) == [("PBX1831", "people.csv:2:13")]
    assert (people(table).keys(), phones(table)) == ({"carol"}, {})


def test_an_alias_that_is_somebodys_id_is_told_at_the_later_row() -> None:
    table = read("user,name,aliases\ncarol,Carol,dan\ndan,Dan,\n")
    assert told(table) == [("PBX1830", "people.csv:3:1")]
    assert people(table).keys() == {"carol"}


@pytest.mark.parametrize(
    ("header", "code", "place"),
    [
        ("name,ext", "PBX1823", "1:1"),
        ("user,User Name,name", "PBX1824", "1:6"),
        ("user,name,name", "PBX1824", "1:11"),
        ('user,"name', "PBX1822", "1:6"),
        ('"user"x,name', "PBX1822", "1:7"),
        ("", "PBX1820", "1:1"),
    ],
)
def test_nothing_is_taken_below_a_header_that_cannot_be_read(
    header: str, code: str, place: str
) -> None:
    table = read(header and f"{header}\nalice,Alice,x\n")
    assert told(table) == [(code, f"people.csv:{place}")]
    assert not table.readable
    assert not table.batch.people


def test_a_column_that_the_user_names_has_to_be_there() -> None:
    (found,) = read("user,name\n", mapping={"Logn": "user"}).diagnostics
    assert (found.code, found.message) == (
        "PBX1823", 'there is no column "Logn", as --map says'
    )  # fmt: skip


def test_a_column_can_be_left_out() -> None:
    assert told(read("user,name,extension\nbob,Bob,x\n", mapping={"Extension": "ignore"})) == [
        ("PBX1832", "people.csv:1:11")
    ]


def test_a_quote_that_closes_too_late_is_told_with_where_it_opens() -> None:
    (found,) = read('user,name\nbob,"Bob\nal,"Al"\n').diagnostics
    assert (found.code, found.place) == ("PBX1822", "people.csv:3:5")
    assert str(found.related[0].at) == "people.csv:2:5"


def test_rows_that_disagree_are_told_with_both_places() -> None:
    (found,) = read("user,name,mac\nbob,Bob,\nbob,Bobby,\n").diagnostics
    assert (found.code, found.place) == ("PBX1829", "people.csv:3:5")
    assert str(found.related[0].at) == "people.csv:2:5"


def test_a_phone_with_a_bad_row_stays_as_it_is() -> None:
    table = read("user,mac\nalice,001565000001\nb b,001565000001\n")
    assert table.skipped == 1
    assert phones(table) == {}


def test_a_phone_loses_no_line_to_a_row_that_could_not_be_placed() -> None:
    table = read("user,mac\nalice,001565000001\nbob,,001565000001\n")
    assert told(table) == [("PBX1825", "people.csv:3:6")]
    assert phones(table) == {}


@pytest.mark.parametrize(
    ("row", "complete", "unusable"),
    [
        ("carol,Carol,203", True, set()),
        ("carol,Carol,x", True, {"carol"}),
        ("carol,,203", True, {"carol"}),
        ("ca rol,Carol,203", False, set()),
        ("carol,Carol", False, set()),
    ],
)
def test_nobody_is_missing_whom_a_bad_row_could_be_about(
    row: str, complete: bool, unusable: set[str]
) -> None:
    batch = read(f"user,name,extension\n{row}\ndan,Dan,204\n", complete=True).batch
    assert (batch.complete, batch.unusable) == (complete, unusable)


def test_secrets_are_neither_taken_nor_shown() -> None:
    table = read(
        "user,name,SIP password,PIN,Note,extension\n"
        "carol,Carol,hunter2,4711,hunter3,x\n"
        "dan,Dan,hunter4,4712,hunter5\n"
        "erin,Erin,E.,hunter6,4713,hunter7,205\n"
        "fred,hunter8,4714\n"
    )
    shown = render(table.diagnostics, "text") + render(table.diagnostics, "json") + repr(table)
    assert [code for code, _ in told(table)] == [
        "PBX1833", "PBX1832", "PBX1827", "PBX1825", "PBX1825", "PBX1825",
    ]  # fmt: skip
    assert '"SIP password", "PIN"' in shown
    for secret in ("hunter", "4711", "4712", "4713", "4714"):
        assert secret not in shown


def test_formulas_are_texts_and_an_apostrophe_before_them_is_no_letter() -> None:
    table = read("user,name,did\ncarol,'=1+1,'+12125550203\ndan,'Dan,\n")
    assert people(table) == {
        "carol": {"name": "=1+1", "did": "+12125550203"},
        "dan": {"name": "'Dan"},
    }


@settings(deadline=None)
@given(st.binary(max_size=200), st.sampled_from([None, "utf-16", "windows-1252"]))
def test_any_bytes_are_read_or_refused(content: bytes, encoding: str | None) -> None:
    table = read(content, encoding=encoding, tree=HEAD)
    assert table.readable or table.errors


@given(st.text(st.sampled_from("au,;\t\"\n\r'=+\\0x\0"), max_size=80))
def test_any_rows_below_a_header_are_read_or_refused(body: str) -> None:
    table = read(f"user,name,extension,SIP password\n{body}")
    assert table.readable or table.errors
    for person in table.batch.people:
        assert person.user in ("a", "u", "x", "0") or len(person.user) > 1
