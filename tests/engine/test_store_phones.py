"""What the store remembers of phones."""

from pathlib import Path

import pytest

from engine.store import PhoneChanges, Store
from engine.store import phones as module

FETCH = {
    "mac": "0015651234ab", "name": "0015651234ab.cfg", "status": 200, "etag": '"a"', "at": 1.0,
    "peer": "192.168.1.5", "user_agent": "Yealink",
}  # fmt: skip


def upload(mac: str, at: float, size: int) -> dict[str, object]:
    return {
        "mac": mac, "name": f"{mac}-app.log", "kind": "log", "at": at, "peer": "192.168.1.5",
        "content": b"x" * size,
    }  # fmt: skip


def test_fetches_windows_and_sightings_survive_a_restart(tmp_path: Path) -> None:
    store = Store(tmp_path / "store.sqlite")
    window = {"mac": "0015651234ab", "opened": 1.0, "until": 2.0, "used": None, "peer": ""}
    store.phones.save(PhoneChanges([FETCH], [window], {"a": {"mac": "a"}, "b": {"mac": "b"}}))
    store.phones.save(
        PhoneChanges([FETCH | {"at": 3.0}], [window | {"used": 1.5}], {"a": None, "c": None})
    )
    store.close()
    kept = Store(tmp_path / "store.sqlite").phones.load()
    assert kept.fetches == [FETCH | {"at": 3.0}]
    assert kept.enrolments == [window | {"used": 1.5}]
    assert kept.sightings == {"b": {"mac": "b"}}


def test_of_two_files_by_one_name_the_newer_is_kept(tmp_path: Path) -> None:
    store = Store(tmp_path / "store.sqlite")
    store.phones.save(PhoneChanges(uploads=[upload("a", 1, 10), upload("b", 1, 5)]))
    store.phones.save(PhoneChanges(uploads=[upload("a", 2, 20)]))
    (kept,) = store.phones.uploads("a")
    assert (kept["at"], kept["size"], kept["content"]) == (2, 20, b"x" * 20)
    assert store.phones.uploads("c") == []


def test_beyond_the_limit_the_oldest_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_STORED", 100)
    store = Store(tmp_path / "store.sqlite")
    for number, mac in enumerate(("a", "b", "c", "d")):
        store.phones.save(PhoneChanges(uploads=[upload(mac, number, 40)]))
    assert [bool(store.phones.uploads(mac)) for mac in ("a", "b", "c", "d")] == [
        False, False, True, True,
    ]  # fmt: skip
