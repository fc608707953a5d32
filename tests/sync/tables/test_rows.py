"""Fields keep their text and place, whatever they are quoted and separated with."""

import csv
import io
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.tables.rows import MAX_COLUMNS, MAX_FIELD, Row, Unclosed, dialect_of, rows_of

TEXTS = st.text(st.sampled_from("ab1 ,;\t\"\n\r'é=+-"), max_size=8)


def fields(text: str) -> list[list[str]]:
    return [[one.text for one in row.fields] for row in rows_of(text, dialect_of(text))]


@settings(deadline=None)
@given(
    st.lists(st.lists(TEXTS, min_size=2, max_size=4), min_size=1, max_size=5),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["\r\n", "\n", "\r"]),
)
def test_what_a_spreadsheet_writes_is_read_as_it_was(
    rows: list[list[str]], delimiter: str, end: str
) -> None:
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL).writerows(
        [["user", "name"], *rows]
    )
    wanted = [row for row in rows if any(text.strip() for text in row)]
    assert fields(written.getvalue())[1:] == wanted


@settings(deadline=None)
@given(st.text(st.sampled_from('ab,;"\n\r\\ '), max_size=40))
def test_places_are_those_of_the_text(text: str) -> None:
    rows: list[Row] = []
    with suppress(Unclosed):
        rows.extend(rows_of(text, dialect_of(text, ",")))
    for row in rows:
        for one in row.fields:
            source = text[one.start : one.end]
            assert source == one.text or source.startswith('"')


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("user,name\n", ","), ("user;name\n", ";"), ("user\tname\n", "\t"), ("user\n", ","),
        ('"a;b;c",name\n', ","), ("sep=;\nuser;name,x\n", ";"), ("sep=|\r\nuser|name\r\n", "|"),
    ],
)  # fmt: skip
def test_the_delimiter_is_seen(text: str, delimiter: str) -> None:
    assert dialect_of(text).delimiter == delimiter


def test_a_quote_that_is_never_closed_is_told_where_it_opens() -> None:
    with pytest.raises(Unclosed) as unclosed:
        list(rows_of('user,name\nbob,"Bob\nal,Al\n', dialect_of("user,name")))
    assert unclosed.value.span.start == 14


def test_the_line_that_names_the_delimiter_is_no_header() -> None:
    assert fields("sep=;\nuser;name\nalice;Alice\n")[0] == ["user", "name"]


def test_quotes_behind_backslashes_are_read_as_sipxcom_means_them() -> None:
    text = 'user,name\n"bob","Bob \\"Bobby\\" Brown"\n"al","Alice \\"Al\\""\n'
    assert fields(text)[1:] == [["bob", 'Bob "Bobby" Brown'], ["al", 'Alice "Al"']]


def test_a_backslash_at_the_end_of_a_field_escapes_nothing() -> None:
    assert fields('user,name\n"bob","C:\\"\n')[1] == ["bob", "C:\\"]


def test_a_quote_in_the_middle_is_a_letter() -> None:
    assert fields('user,name\nbob,5" pipe\n')[1] == ["bob", '5" pipe']


def test_what_stands_behind_a_quote_spoils_its_row_only() -> None:
    text = 'user,name\n"a"x,"A\nbob,Bob\n'
    _, bad, good = rows_of(text, dialect_of(text))
    assert bad.fault is not None
    assert bad.fault.span.start == text.index("x")
    assert [one.text for one in good.fields] == ["bob", "Bob"]


def test_a_row_has_no_more_fields_than_are_possible() -> None:
    text = "user" + "," * 1_000_000 + "\nbob,Bob\n"
    wide, good = rows_of(text, dialect_of(text))
    assert wide.fault is not None
    assert len(wide.fields) == MAX_COLUMNS + 1
    assert [one.text for one in good.fields] == ["bob", "Bob"]


def test_a_field_of_ten_megabytes_is_refused_where_it_stands() -> None:
    text = f'user,name\nbob,"{"x" * 10_000_000}"\nal,Al\n'
    _, bad, good = rows_of(text, dialect_of(text))
    assert bad.fault is not None
    assert bad.fault.message == f"the field has 10000000 characters, and {MAX_FIELD} are possible"
    assert good.fault is None


def test_blank_rows_are_left_out() -> None:
    assert fields('user,name\n\n,\n" ",\nbob,Bob\n,,\n')[1:] == [["bob", "Bob"]]
