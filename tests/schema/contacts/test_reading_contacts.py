"""Files of contacts: CSV and vCard as other programs write them, and where their mistakes are."""

import csv as python_csv
import io
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.contacts.csv import read_csv
from schema.contacts.rows import Malformed, Row
from schema.contacts.vcard import read_vcard
from schema.source import Span

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)


def told(rows: list[Row]) -> list[tuple[str, list[tuple[str, str]]]]:
    return [(row.name, [(one.kind, one.text) for one in row.numbers]) for row in rows]


def test_csv_with_commas_is_read_by_its_header() -> None:
    text = (
        'Number,Name,E-mail,Mobile\r\n201,"Adams, Alice",a@example.test,\r\n\r\n'
        ',"Bob ""B""",,0170\r\n'
    )
    assert told(list(read_csv(text))) == [
        ("Adams, Alice", [("number", "201")]),
        ('Bob "B"', [("mobile", "0170")]),
    ]


def test_csv_with_semicolons_and_two_name_columns_is_read() -> None:
    text = "first name;last name;number;home\nAlice;Adams;201;+49 30 1\n"
    assert told(list(read_csv(text))) == [
        ("Alice Adams", [("number", "201"), ("home", "+49 30 1")])
    ]


@pytest.mark.parametrize(
    ("text", "start", "says"),
    [
        ("", 0, "empty"),
        ("nmae,number\n", 0, "column for the name"),
        ("name,phnoe\n", 0, "column for the number"),
        ("name,number,number\n", 12, "two columns"),
        ("name,number\nAlice\n", 12, "1 fields"),
        ('name,number\n"Alice,201\n', 12, "never closed"),
        ('name,number\n"Alice"x,201\n', 19, "behind a closed quote"),
    ],
)
def test_a_mistake_in_csv_is_found_where_it_stands(text: str, start: int, says: str) -> None:
    with pytest.raises(Malformed, match=says) as caught:
        list(read_csv(text))
    assert caught.value.span.start == start


@given(st.lists(st.tuples(TEXT, TEXT), max_size=5), st.sampled_from(",;"))
def test_csv_says_what_pythons_writer_wrote(rows: list[tuple[str, str]], separator: str) -> None:
    stream = io.StringIO(newline="")
    writer = python_csv.writer(stream, delimiter=separator, quoting=python_csv.QUOTE_ALL)
    writer.writerows([("name", "number"), *rows])
    wanted = [(name.strip(), number.strip()) for name, number in rows if (name + number).strip()]
    found = [
        (row.name, row.numbers[0].text if row.numbers else "")
        for row in read_csv(stream.getvalue())
    ]
    assert found == wanted


CARD = (
    "BEGIN:VCARD\r\nVERSION:{version}\r\nN:Adams;Alice;;;\r\nFN:Alice\\, A.\r\n Adams\r\n"
    "item1.TEL;TYPE=WORK,VOICE:+1 (212) 555-0123\r\n"
    'TEL;VALUE=uri;TYPE="cell,text":tel:+44-7700-900123;ext=1\r\n'
    "TEL;TYPE=home:(212) 555-0199\r\nTEL;TYPE=fax:+12125550100\r\n"
    "PHOTO;ENCODING=b:AAAA\r\n BBBB\r\nEND:VCARD\r\n"
)


@pytest.mark.parametrize("version", ["3.0", "4.0"])
def test_a_vcard_gives_name_and_numbers_at_which_somebody_answers(version: str) -> None:
    (row,) = read_vcard(CARD.format(version=version))
    assert told([row]) == [
        (
            "Alice, A.Adams",
            [
                ("number", "+1 (212) 555-0123"),
                ("mobile", "+44-7700-900123"),
                ("home", "(212) 555-0199"),
            ],
        )
    ]


def test_a_vcard_without_a_formatted_name_is_called_by_its_parts() -> None:
    text = "BEGIN:VCARD\nVERSION:3.0\nN:Adams;Alice;;;\nTEL:201\nEND:VCARD\n"
    assert told(list(read_vcard(text))) == [("Alice Adams", [("number", "201")])]


@pytest.mark.parametrize(
    ("text", "start", "says"),
    [
        ("FN:Alice\n", 0, "outside"),
        ("BEGIN:VCARD\nVERSION:3.0\nFN:Alice\n", 0, "never closed"),
        ("BEGIN:VCARD\nVERSION:2.1\nEND:VCARD\n", 12, "version 2.1"),
        ("BEGIN:VCARD\nFN:Alice\nEND:VCARD\n", 0, "no VERSION"),
        ("BEGIN:VCARD\nAlice\nEND:VCARD\n", 12, "no line of a vCard"),
        ("BEGIN:VCARD\nBEGIN:VCARD\n", 12, "inside of another"),
    ],
)
def test_a_mistake_in_a_vcard_is_found_where_it_stands(text: str, start: int, says: str) -> None:
    with pytest.raises(Malformed, match=says) as caught:
        list(read_vcard(text))
    assert caught.value.span.start == start


@given(st.text(max_size=200) | st.lists(st.sampled_from(CARD.splitlines())).map("\n".join))
def test_whatever_a_file_says_it_is_read_or_refused(text: str) -> None:
    for read in (read_csv, read_vcard):
        for span in spans(read, text):
            assert 0 <= span.start <= span.end <= len(text)


def spans(read: Callable[[str], Iterator[Row]], text: str) -> list[Span]:
    """Every place that is told of a file."""
    try:
        return [row.span for row in read(text)]
    except Malformed as refused:
        return [refused.span]
