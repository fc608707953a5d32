"""A new entry goes where its neighbours are."""

import time

import pytest

from schema.tree import MAIN_FILE
from sync.snapshot import KeptFiles
from sync.writeback import ABSENT, Put, Remove
from sync.writeback.tree import edited

MAIN = "version: 1\nsystem: {domain: example.test}\n"


def written(files, section, entry, id_="001565000001"):
    """The one file that an entry goes to, and its new text."""
    source = KeptFiles("a tree", {path: text.encode() for path, text in files.items()})
    found = edited(source, [Put((section, id_), entry, expected=ABSENT)])
    [(path, data)] = found.files.items()
    return path, data.decode()


def phones(*lines, site=None):
    own = f", site: {site}" if site else ""
    return "phones:\n" + "".join(
        f'  "00156501{at:04x}": {{model: yealink-t46s, lines: [{user}]{own}}}\n'
        for at, user in enumerate(lines)
    )


USERS = "users: {a: {name: A, site: hq}, b: {name: B, site: spa}, c: {name: C, groups: [sales]}}\n"


@pytest.mark.parametrize(
    ("user", "expected"), [("a", "phones/1.yaml"), ("b", "phones/2.yaml"), ("c", "phones/2.yaml")]
)
def test_the_file_with_the_phones_of_the_same_site(user, expected):
    """Each file holds one site; somebody without goes to where most phones are."""
    files = {
        MAIN_FILE: MAIN,
        "phones/1.yaml": phones("a", "a").replace("00156501", "00156502"),
        "phones/2.yaml": phones("b", "b", "b"),
        "users/all.yaml": USERS,
    }
    assert written(files, "phones", {"model": "m", "lines": [user]})[0] == expected


def test_a_site_of_the_phone_counts_more_than_its_users():
    files = {
        MAIN_FILE: MAIN + USERS,
        "phones/1.yaml": phones("a"),
        "phones/2.yaml": phones("b", "b"),
    }
    assert written(files, "phones", {"lines": ["a"], "site": "spa"})[0] == "phones/2.yaml"


def test_a_file_named_after_the_site_or_group():
    files = {MAIN_FILE: MAIN + USERS, "users/hq.yaml": "users: {d: {name: D}}\n",
             "users/sales.yaml": "users: {e: {name: E}}\n"}  # fmt: skip
    assert written(files, "users", {"name": "X", "site": "hq"}, "x")[0] == "users/hq.yaml"
    assert written(files, "users", {"name": "X", "groups": ["sales"]}, "x")[0] == "users/sales.yaml"
    assert written(files, "users", {"name": "X"}, "x")[0] == MAIN_FILE


def test_without_neighbours_the_main_file_gets_the_section():
    path, text = written({MAIN_FILE: MAIN}, "phones", {"model": "m", "lines": ["a"]})
    assert (path, text) == (MAIN_FILE, MAIN + 'phones:\n  "001565000001": {model: m, lines: [a]}\n')


def test_an_empty_section_that_waits_for_entries_gets_them():
    files = {MAIN_FILE: MAIN, "phones/all.yaml": "# Phones\nphones:\n"}
    path, text = written(files, "phones", {"model": "m", "lines": ["a"]})
    assert path == "phones/all.yaml"
    assert text.startswith("# Phones\nphones:\n  ")


def test_a_byte_order_mark_stays():
    files = {MAIN_FILE: "\ufeff" + MAIN}
    assert written(files, "phones", {"model": "m"})[1].startswith("\ufeffversion: 1\n")


def test_entries_of_several_files_change_in_one_go():
    files = {MAIN_FILE: MAIN + USERS, "phones/1.yaml": phones("a", "b")}
    source = KeptFiles("a tree", {path: text.encode() for path, text in files.items()})
    edits = [
        Put(("system", "name"), "Office"),
        Put(("users", "a", "settings", "language"), "de"),
        Remove(("phones", "001565010000")),
        Put(("users", "d"), {"name": "D"}, expected=ABSENT),
        Put(("users", "d", "site"), "hq"),
    ]
    found = edited(source, edits)
    assert found.conflicts == ()
    assert found.files["phones/1.yaml"].decode() == phones("a", "b").replace(
        '  "001565010000": {model: yealink-t46s, lines: [a]}\n', ""
    )
    main = found.files[MAIN_FILE].decode()
    assert main.startswith("version: 1\nsystem: {domain: example.test, name: Office}\n")
    assert "a: {name: A, site: hq, settings: {language: de}}" in main
    assert "d: {name: D, site: hq}" in main


def test_ten_thousand_entries_come_in_one_go():
    """A first import: files are read and placed once, not once per entry."""
    text = MAIN + "users:\n  a: {name: A}\n\n# The end.\n"
    source = KeptFiles("a tree", {MAIN_FILE: text.encode()})
    users = [f"u{at}" for at in range(10_000)]
    edits = [Put(("users", user), {"name": "U"}, expected=ABSENT) for user in users]
    started = time.process_time()
    found = edited(source, edits)
    lines = "".join(f"  {user}: {{name: U}}\n" for user in users)
    assert found.files[MAIN_FILE].decode() == text.replace("\n# The", f"{lines}\n# The")
    assert time.process_time() - started < 10
