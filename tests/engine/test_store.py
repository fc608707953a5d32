import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine.store import Store, StoreError
from engine.store.tables import metadata


def test_attempts_are_told_newest_first(tmp_path: Path) -> None:
    store = Store(tmp_path / "store.sqlite")
    first = store.begin("aaaa", "Add Alice", "Ann")
    store.finish(first, "applied", "", "1 user created")
    second = store.begin("bbbb", "Break it", "Ben")
    store.finish(second, "invalid", "users.yaml:3: no")
    assert [(a.revision, a.outcome) for a in store.history()] == [
        ("bbbb", "invalid"),
        ("aaaa", "applied"),
    ]
    assert store.history(limit=1)[0].message == "users.yaml:3: no"
    assert store.last_outcome("aaaa") == "applied"
    assert store.last_outcome("cccc") is None


def test_the_last_outcome_of_a_commit_counts(tmp_path: Path) -> None:
    store = Store(tmp_path / "store.sqlite")
    for outcome in ("unhealthy", "applied"):
        store.finish(store.begin("aaaa", "", ""), outcome, "")  # type: ignore[arg-type]
    assert store.last_outcome("aaaa") == "applied"


def test_registrations_survive_and_expired_ones_do_not(tmp_path: Path) -> None:
    store = Store(tmp_path / "store.sqlite")
    soon, past = time.time() + 60, time.time() - 1
    store.save_bindings(
        [("alice", "sip:a", soon, {"n": 1}), ("alice", "sip:b", past, {"n": 2})], []
    )
    store.save_bindings([("bob", "sip:c", soon, {"n": 3})], [])
    store.close()
    store = Store(tmp_path / "store.sqlite")
    assert [record["n"] for record in store.load_bindings()] == [1, 3]


def test_a_registration_is_replaced_and_removed(tmp_path: Path) -> None:
    store = Store(tmp_path / "store.sqlite")
    soon = time.time() + 60
    store.save_bindings([("alice", "sip:a", soon, {"n": 1}), ("bob", "sip:b", soon, {"n": 2})], [])
    store.save_bindings([("alice", "sip:a", soon, {"n": 3})], [("bob", "sip:b")])
    assert [record["n"] for record in store.load_bindings()] == [3]


def test_what_subscribers_rely_on_is_kept_replaced_and_removed(tmp_path: Path) -> None:
    store = Store(tmp_path / "store.sqlite")
    soon, past = time.time() + 60, time.time() - 1
    store.save_event_states(
        [
            ("subscription", "a", soon, {"n": 1}),
            ("subscription", "b", past, {"n": 2}),
            ("messages", "a", None, {"n": 3}),
            ("publication", "a", soon, {"n": 4}),
        ]
    )
    store.save_event_states(
        [("subscription", "a", soon, {"n": 5}), ("publication", "a", None, None)]
    )
    store.close()
    store = Store(tmp_path / "store.sqlite")
    assert sorted(store.load_event_states()) == [
        ("messages", "a", None, {"n": 3}),
        ("subscription", "a", soon, {"n": 5}),
    ]


def test_a_file_that_is_no_database_is_explained(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    path.write_bytes(b"not a database, " * 100)
    with pytest.raises(StoreError, match=r"cannot use the store .*store\.sqlite"):
        Store(path)


def test_migrations_make_the_tables_of_the_query_layer(tmp_path: Path) -> None:
    from sqlalchemy import create_engine, inspect

    Store(tmp_path / "store.sqlite").close()
    found = inspect(create_engine(f"sqlite:///{tmp_path / 'store.sqlite'}"))
    for table in metadata.sorted_tables:
        assert {c["name"] for c in found.get_columns(table.name)} == set(table.columns.keys())


def test_a_killed_writer_leaves_a_whole_database(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    Store(path).close()
    script = (
        "import sys; from pathlib import Path; from engine.store import Store\n"
        "store = Store(Path(sys.argv[1]))\n"
        "print('ready', flush=True)\n"
        "while True: store.finish(store.begin('aaaa', 'x' * 1000, ''), 'applied', '')\n"
    )
    writer = subprocess.Popen(
        [sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE, cwd=Path.cwd()
    )
    assert writer.stdout is not None
    assert writer.stdout.readline() == b"ready\n"
    time.sleep(0.2)
    os.kill(writer.pid, signal.SIGKILL)
    writer.wait(10)
    writer.stdout.close()
    attempts = Store(path).history(10_000)
    assert len(attempts) > 1
    assert {attempt.outcome for attempt in attempts[1:]} == {"applied"}
