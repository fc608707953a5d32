"""Bytes are the text that they were meant to be, or an error that says where not."""

import codecs

import pytest
from tables import people, read, told

TEXT = "user,name\nzoe,Zoë Zander\n"


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        codecs.BOM_UTF8 + TEXT.encode(),
        codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        codecs.BOM_UTF32_LE + TEXT.encode("utf-32-le"),
    ],
    ids=["UTF-8", "UTF-8 with BOM", "UTF-16 LE", "UTF-16 BE", "UTF-32"],
)
def test_unicode_is_known_by_its_mark(content: bytes) -> None:
    assert people(read(content)) == {"zoe": {"name": "Zoë Zander"}}


@pytest.mark.parametrize("encoding", ["windows-1252", "cp1252", "latin-1", "utf-16-le"])
def test_other_encodings_are_named(encoding: str) -> None:
    table = read(TEXT.encode(encoding), encoding=encoding)
    assert people(table) == {"zoe": {"name": "Zoë Zander"}}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", None])
def test_a_mark_and_its_family_agree(encoding: str | None) -> None:
    content = codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le")
    if encoding == "utf-8":
        assert not read(content, encoding=encoding).readable
    else:
        assert people(read(content, encoding=encoding)) == {"zoe": {"name": "Zoë Zander"}}


def test_a_wrong_encoding_is_told_with_its_byte() -> None:
    table = read(codecs.BOM_UTF8 + TEXT.encode("cp1252"))
    assert not table.readable
    (found,) = table.diagnostics
    assert found.message == "byte 19 (0xeb) is not utf-8"
    assert found.place == "people.csv:2:7"
    assert "--encoding windows-1252" in str(found.hint)


def test_utf_16_that_was_cut_off_is_told() -> None:
    content = codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le")[:-1]
    assert told(read(content)) == [("PBX1821", "people.csv:2:15")]


def test_utf_16_without_a_mark_is_recognised() -> None:
    (found,) = read(TEXT.encode("utf-16-le")).diagnostics
    assert found.code == "PBX1821"
    assert "--encoding utf-16-le" in str(found.hint)


def test_a_file_beyond_the_bound_is_refused() -> None:
    (found,) = read(b"user,name\n" + b"x" * (33 << 20)).diagnostics
    assert found.message == "the file has 33 MiB, and 32 are possible"
