"""What docs/ldap.md shows is taken by validation."""

import re
from pathlib import Path

import pytest

from schema.tree import DirectorySource
from schema.validate import validate

PAGE = (Path(__file__).parents[3] / "docs" / "ldap.md").read_text()
BLOCKS = re.findall(r"```yaml\n(.*?)```", PAGE, re.S)
HEAD = """\
version: 1
system: {domain: example.net}
nodes: {pbx1: {address: 192.0.2.5}}
sites: {hq: {}}
"""
SERVER = """\
directories:
  corp:
    servers: ["ldaps://ldap.example.net"]
    bases: ["dc=example,dc=net"]
"""


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_examples_are_valid(block: str, tmp_path: Path) -> None:
    whole = block if block.startswith("directories:") else SERVER + block
    (tmp_path / "pbx.yaml").write_text(HEAD + whole)
    found = validate(DirectorySource(tmp_path))
    assert [d for d in found.diagnostics if d.code.startswith(("PBX18", "PBX11"))] == []
    assert found.ok
