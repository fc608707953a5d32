"""A real repository, and imports into it: batch → edits → commit."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from directory_office import HEAD, Office

from sync.git import Repository


@pytest.fixture
def office(tmp_path: Path, git, commit) -> Iterator[Office]:
    directory = tmp_path / "office"
    directory.mkdir()
    git(directory, "init", "--quiet")
    with Repository.open(directory) as repository:
        made = Office(directory, repository, commit)
        made.save(HEAD, "Begin")
        yield made
