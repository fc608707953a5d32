"""Trees as admins write them, and what is proved of them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from schema.proofs.finding import Finding
from schema.proofs.prover import Prover
from schema.tree import DirectorySource
from schema.validate import validate

BASE = """\
version: 1
system: {domain: example.test, region: US}
nodes: {pbx1: {address: 192.0.2.5}}
gateways: {pstn: {address: 192.0.2.10}, backup: {address: 192.0.2.11}}
"""
HELP = (
    '  - {rule: help, type: emergency, match: ["911", "9911"], dial: "911", via: [pstn, backup]}\n'
)
Prove = Callable[..., list[Finding]]


@pytest.fixture
def prove(tmp_path: Path) -> Prove:
    """Prove a tree: sections, and the lines of its dial plan behind a rule for emergency calls."""

    def proved(*rules: str, more: str = "", base: str = BASE, first: str = HELP) -> list[Finding]:
        plan = "dialplan:\n" + first + "".join(f"  - {{{rule}}}\n" for rule in rules)
        (tmp_path / "pbx.yaml").write_text(base + more + plan)
        found = validate(DirectorySource(tmp_path))
        assert found.system is not None, found.errors
        return list(Prover()(found.system).findings)

    return proved


@pytest.fixture
def codes(prove: Prove) -> Callable[..., list[str]]:
    """The same, codes only."""

    def found(*rules: str, **parts: str) -> list[str]:
        return [finding.code for finding in prove(*rules, **parts)]

    return found
