"""Wrong passwords lock users and addresses for a while, and nobody for ever."""

import pytest

from engine.login import Attempts
from engine.login.attempts import MOST_KEPT

ALLOWED, LOCK = 3, 60.0


def fail(attempts, user, source, times, now=0.0):
    for _ in range(times):
        attempts.failed(user, source, LOCK, now)


def locked(attempts, user, source="192.0.2.1", now=1.0):
    return attempts.locked(user, source, ALLOWED, LOCK, now)


def test_a_user_is_locked_from_everywhere_after_so_many():
    attempts = Attempts()
    fail(attempts, "alice", "192.0.2.1", 2)
    assert not locked(attempts, "alice")
    fail(attempts, "alice", "192.0.2.2", 1)
    assert locked(attempts, "alice", "198.51.100.7")
    assert not locked(attempts, "bob", "198.51.100.7")


def test_a_lock_ends():
    attempts = Attempts()
    fail(attempts, "alice", "192.0.2.1", 3)
    assert locked(attempts, "alice", now=LOCK - 0.1)
    assert not locked(attempts, "alice", now=LOCK)
    fail(attempts, "alice", "192.0.2.1", 1, now=LOCK)
    assert not locked(attempts, "alice", now=LOCK + 1)


def test_an_address_that_tries_many_users_is_locked_for_all():
    attempts = Attempts()
    for number in range(ALLOWED * 4):
        fail(attempts, f"user{number}", "192.0.2.1", 1)
    assert locked(attempts, "somebody-else", "192.0.2.1")
    assert not locked(attempts, "somebody-else", "192.0.2.2")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("unix", "unix", True),
    ],
)
def test_addresses_that_one_machine_may_choose_count_as_one(one, other, same):
    attempts = Attempts()
    for number in range(ALLOWED * 4):
        fail(attempts, f"user{number}", one, 1)
    assert locked(attempts, "somebody", other) is same


def test_the_right_password_forgives_the_user_and_not_the_address():
    attempts = Attempts()
    fail(attempts, "alice", "192.0.2.1", 2)
    attempts.succeeded("alice")
    fail(attempts, "alice", "192.0.2.1", 2)
    assert not locked(attempts, "alice")
    fail(attempts, "bob", "192.0.2.1", ALLOWED * 4 - 4)
    assert locked(attempts, "carol")


def test_what_is_remembered_is_bounded():
    attempts = Attempts()
    for number in range(MOST_KEPT * 2):
        attempts.failed(f"user{number}", "", LOCK, 0.0)
    assert not locked(attempts, "user0")
    assert len(attempts._kept) == MOST_KEPT
