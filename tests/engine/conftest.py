"""Trees and what they compile to, for all tests of the engine."""

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.checking import ValidTree, require_valid, validate_tree
from engine.desired import Compiler, Desired
from renderers.devices import Families, load_families
from schema.tree import DirectorySource

OFFICE = """\
version: 1
system: {domain: example.test, region: US, timezone: America/New_York}
nodes:
  pbx1: {address: 127.0.0.1, sip: {udp: 5060, tcp: 5060}, http: {port: 8090}}
sites:
  hq: {emergency_location: "1 Main St"}
groups:
  office: {permissions: [local]}
users:
  alice: {name: Alice Adams, extension: "201", did: "+12125550201", groups: [office], site: hq}
  bob: {name: Bob Brown, extension: "202", groups: [office], site: hq}
phones:
  "0015651234ab": {model: yealink-t46g, lines: [alice], keys: [{blf: bob}]}
  "64167f5678cd": {model: poly-vvx400, lines: [bob]}
gateways:
  pstn: {address: "192.0.2.10:5060", site: hq}
schedules:
  office_hours: {weekly: ["mon-fri 09:00-17:30"]}
dialplan:
  - {rule: emergency, type: emergency, match: ["911"], via: [pstn]}
  - {rule: local, type: local, match: "9NXXXXXX", strip: 1, prepend: "+1212", via: [pstn],
     when: office_hours}
"""

Write = Callable[..., Path]


@pytest.fixture(scope="session")
def families() -> Families:
    return load_families()


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """A folder with a small valid tree."""
    folder = tmp_path / "office"
    folder.mkdir()
    (folder / "pbx.yaml").write_text(OFFICE)
    return folder


@pytest.fixture
def edit(office: Path) -> Callable[[str, str], None]:
    """Replace text in the tree; the text has to be there."""

    def replace(old: str, new: str) -> None:
        path = office / "pbx.yaml"
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    return replace


@pytest.fixture
def load(office: Path, families: Families) -> Callable[[], ValidTree]:
    """The tree as it is saved now."""

    def valid() -> ValidTree:
        return require_valid(validate_tree(DirectorySource(office), families), "office")

    return valid


@pytest.fixture
def compile_(load: Callable[[], ValidTree], families: Families) -> Callable[[], Desired]:
    """Compile the tree as it is saved now, with the same compiler each time."""
    compiler = Compiler(families)

    def compiled() -> Desired:
        tree = load()
        return compiler.compile(tree.system, tree.origins)

    return compiled
