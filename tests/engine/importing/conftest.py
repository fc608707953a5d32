"""An office whose people are in a directory that runs: real slapd, real Git, the command line."""

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from directory import ACCOUNT, ACCOUNT_PASSWORD, PEOPLE, Member, Slapd, running

import cli

TREE = """\
version: 1
# The main office
system: {{domain: example.test, region: US}}
nodes: {{pbx1: {{address: 127.0.0.1}}}}
users:
  lobby: {{name: Lobby, extension: "100"}}   # at the door
directories:
  corp:
    kind: active_directory
    servers: ["{url}"]
    tls: {{starttls: false}}
    bind: {{dn: "{account}", password: !env DIRECTORY_PASSWORD}}
    bases: ["{base}"]
    extensions: {{from: "200", to: "299"}}
"""


@dataclass
class Company:
    """The directory, the repository, and `pbx import`."""

    slapd: Slapd
    directory: Path
    state: Path
    team: list[Member]

    def run(self, *words: str) -> Result:
        """`pbx import ldap`."""
        state = ("--state", str(self.state))
        return CliRunner().invoke(
            cli.main, ["import", "ldap", *words, *state, "--dir", str(self.directory)]
        )

    def json(self, *words: str) -> dict[str, Any]:
        """What it says of the one directory, for scripts."""
        done = self.run("--format", "json", *words)
        found: dict[str, Any] = json.loads(done.stdout)["imports"][0]
        return found

    def git(self, *words: str) -> str:
        done = subprocess.run(
            ["git", *words], cwd=self.directory, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    @property
    def text(self) -> str:
        return (self.directory / "pbx.yaml").read_text()

    def save(self, text: str, subject: str) -> None:
        """A person commits the tree."""
        (self.directory / "pbx.yaml").write_text(text)
        self.git("commit", "--quiet", "--all", "-m", subject)


TEAM = [Member(f"u{n:02}", f"Given{n}", "Adams", mail=f"u{n:02}@corp.test") for n in range(12)]


@pytest.fixture(autouse=True)
def own_git_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("GIT_"):
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(
        "[user]\n name = Alice Adams\n email = alice@example.test\n[init]\n defaultBranch = main\n"
    )
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("DIRECTORY_PASSWORD", ACCOUNT_PASSWORD)


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    with running(tmp_path / "slapd", TEAM, units=["sales"]) as slapd:
        directory = tmp_path / "office"
        directory.mkdir()
        made = Company(slapd, directory, tmp_path / "state", TEAM)
        made.git("init", "--quiet")
        tree = TREE.format(url=slapd.url, account=ACCOUNT, base=PEOPLE)
        (directory / "pbx.yaml").write_text(tree)
        made.git("add", ".")
        made.git("commit", "--quiet", "-m", "Begin")
        yield made
