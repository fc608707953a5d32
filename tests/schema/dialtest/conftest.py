"""A small office, and tests of its dial plan."""

from collections.abc import Callable
from pathlib import Path

import pytest

from schema.dialtest import Report, read_tests, run_tests
from schema.tree import DirectorySource
from schema.validate import validate

OFFICE = """
version: 1
system: {domain: example.test, region: US, timezone: America/New_York}
nodes: {pbx1: {address: 192.0.2.5}}
sites:
  hq: {emergency_location: "1 Main St"}
groups:
  office: {permissions: [local]}
users:
  alice: {name: Alice, extension: "201", did: "+12125550201", groups: [office], site: hq}
  bob:
    name: Bob
    extension: "202"
    forward: [{to: "201", after: 20s, when: office_hours}]
  lobby: {name: Lobby, extension: "203", anonymous: false}
  boss: {name: Boss, extension: "204", groups: [office], forward: [{to: "95550123", after: 10s}]}
gateways:
  pstn: {address: 192.0.2.10, caller_id: "+12125550200", inbound: {block: ["+1900."]}}
  backup: {address: 192.0.2.11, show: anonymous}
hunt_groups:
  sales: {extension: "300", members: [alice, bob], fallback: {user: lobby}}
schedules:
  office_hours: {weekly: ["mon-fri 09:00-17:30"]}
dialplan:
  - {rule: emergency, type: emergency, match: "911", via: [pstn, backup]}
  - {rule: local, type: local, match: "9NXXXXXX", strip: 1, prepend: "+1212", via: [pstn, backup]}
  - {rule: private, match: "8NXXXXXX", strip: 1, via: [backup], allow: [local]}
  - {rule: pickup, type: pickup, match: ["*78", "*78XXX"], strip: 3}
  - {rule: old, match: "7XXX", via: [pstn], allow: [], enabled: false}
"""

Try = Callable[..., Report]


@pytest.fixture
def attempt(write: Callable[[dict[str, str | bytes]], Path]) -> Try:
    """attempt(tests, more="", at_least=None, files=…, replace=(old, new)): run one
    file of tests in the office."""

    def run(
        tests: str, more: str = "", at_least: float | None = None,
        files: dict[str, str] | None = None, replace: tuple[str, str] = ("", ""),
    ) -> Report:  # fmt: skip
        written = {
            "pbx.yaml": OFFICE.replace(*replace) + more,
            "tests/office.yaml": tests,
            **(files or {}),
        }
        source = DirectorySource(write(written))
        found = validate(source)
        assert found.system is not None, found.diagnostics
        files, _ = read_tests(source)
        return run_tests(files, found.system, found.origins, at_least)

    return run
