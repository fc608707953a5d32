"""Repositories to write back to, and what a program would write."""

import pytest

from schema.validate import validate
from sync.git import Repository
from sync.writeback import ABSENT, Note, Put


@pytest.fixture
def repository(tree):
    """The working tree, clean."""
    with Repository.open(tree) as opened:
        yield opened


@pytest.fixture
def pushed(bare):
    """The bare repository that `tree` pushes to."""
    with Repository.open(bare) as opened:
        yield opened


@pytest.fixture
def note() -> Note:
    return Note("Approve a phone", "devices approve", trailers={"Dialtree-Entry": "phones/x"})


@pytest.fixture
def checked():
    """The real validation, without device families."""
    return validate


@pytest.fixture
def phone():
    """phone(number) -> the edit that adds a phone of alice's."""

    def make(number: int, user: str = "alice") -> Put:
        value = {"model": "yealink-t46s", "lines": [user]}
        return Put(("phones", f"0015650{number:05x}"), value, expected=ABSENT)

    return make
