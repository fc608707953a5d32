"""Directories that answer."""

from pathlib import Path

import pytest
from authority import Authority
from directory import Member, running


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def slapd(tmp_path_factory: pytest.TempPathFactory, authority: Authority):
    """With 250 people, TLS, and names of its own: localhost and 127.0.0.1."""
    people = [
        Member(f"u{number}", f"Given{number}", f"Sur{number}", extension=str(2000 + number))
        for number in range(250)
    ]
    certificate = authority.issue("localhost", "127.0.0.1", file="slapd")
    folder: Path = tmp_path_factory.mktemp("slapd") / "server"
    with running(folder, people, certificate=certificate, authority=authority.file) as server:
        yield server


@pytest.fixture
def small(tmp_path: Path):
    """An empty one without TLS, to change as a test likes."""
    with running(tmp_path / "small", units=["sales", "support"]) as server:
        yield server
