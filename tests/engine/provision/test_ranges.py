"""Parts of files, as firmware loaders ask for them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.provision.ranges import Part, Unsatisfiable, wanted_part


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-99", Part(0, 99)), ("bytes=100-", Part(100, 999)), ("bytes=-1", Part(999, 999)),
        ("bytes=-5000", Part(0, 999)), ("Bytes = 0-0", None), ("bytes=990-5000", Part(990, 999)),
        ("BYTES=5-5", Part(5, 5)), ("bytes=5-4", None), ("bytes=0-1,5-6", None),
        ("lines=1-2", None), ("bytes=-", None), ("", None),
        ("bytes=a-b", None), ("bytes=--1", None),
    ],
)  # fmt: skip
def test_one_part_is_given_and_all_else_is_the_whole_file(header: str, part: Part | None) -> None:
    assert wanted_part(header, 1000) == part


@pytest.mark.parametrize(
    ("header", "size"), [("bytes=1000-", 1000), ("bytes=-0", 9), ("bytes=0-", 0)]
)
def test_what_begins_behind_the_end_cannot_be_given(header: str, size: int) -> None:
    with pytest.raises(Unsatisfiable):
        wanted_part(header, size)


@given(st.integers(0, 50), st.integers(0, 60), st.integers(1, 50))
def test_a_part_lies_within_the_file(first: int, last: int, size: int) -> None:
    try:
        part = wanted_part(f"bytes={first}-{last}", size)
    except Unsatisfiable:
        assert first >= size
    else:
        assert part is None or 0 <= part.first <= part.last < size
