"""What was probably meant."""

import pytest

from schema.suggest import closest, did_you_mean

FEW = ["alice", "bob", "carol"]
MANY = [f"user{n:05}" for n in range(10_000)]


@pytest.mark.parametrize(
    ("word", "known", "near"),
    [
        ("alcie", FEW, "alice"), ("ALICE", FEW, "alice"), ("xyz", FEW, None), ("", FEW, None),
        ("user0001", MANY, "user00001"), ("usre00001", MANY, "user00001"),
        ("user0000x", MANY, "user00000"), ("xuser00001", MANY, "user00001"),
        ("somebody", MANY, None), ("x" * 100_000, FEW, None), ("a", [], None),
    ],
)  # fmt: skip
def test_the_closest_word(word: str, known: list[str], near: str | None) -> None:
    assert closest(word, set(known) if len(known) > 100 else known) == near


def test_few_words_are_all_named_when_none_is_near() -> None:
    assert did_you_mean("xyz", FEW, "users") == "users: alice, bob, carol"
    assert did_you_mean("xyz", MANY) is None
    assert did_you_mean("xyz", []) is None
