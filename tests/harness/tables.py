"""Tables read against a small tree, as `pbx import csv` reads them."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from engine.checking import validate_tree
from engine.tables import surroundings_of
from renderers.devices import Families, load_families
from schema.models import System
from schema.tree import DirectorySource
from sync.tables import Asked, Surroundings, Table, read_table

HEAD = """version: 1
system: {domain: example.test, region: US}
nodes: {pbx1: {address: 192.0.2.5}}
"""
TREE = f"""{HEAD}
sites: {{hq: {{}}, bern: {{region: CH}}}}
groups: {{sales: {{}}, support: {{}}}}
users:
  alice: {{name: Alice Adams, extension: "201", aliases: [al], groups: [sales], site: hq}}
  bob: {{name: Bob Brown, extension: "202"}}
phones:
  "001565000001": {{model: yealink-t46s, lines: [alice, bob]}}
"""


@cache
def families() -> Families:
    return load_families()


@cache
def system_of(text: str) -> System:
    """The tree that one file describes."""
    with TemporaryDirectory() as folder:
        (Path(folder) / "pbx.yaml").write_text(text)
        found = validate_tree(DirectorySource(Path(folder)), families())
    assert found.system is not None, found.errors
    return found.system


def around(text: str = TREE) -> Surroundings:
    return surroundings_of(system_of(text), families())


def read(content: str | bytes, tree: str = TREE, **asked: Any) -> Table:
    """Read a table; a text is UTF-8."""
    data = content.encode() if isinstance(content, str) else content
    return read_table(data, Asked("csv/staff", "people.csv", **asked), around(tree))


def people(table: Table) -> dict[str, dict[str, Any]]:
    return {person.user: dict(person.values) for person in table.batch.people}


def phones(table: Table) -> dict[str, dict[str, Any]]:
    return {phone.mac: dict(phone.values) for phone in table.batch.phones}


def told(table: Table) -> list[tuple[str, str]]:
    """Code and place of each diagnostic."""
    return [(one.code, one.place) for one in table.diagnostics]
