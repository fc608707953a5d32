"""The systems in examples/ stay what they claim to be: valid, proved, wholly tested, rendered."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"
COUNTRIES = sorted(path.parent.name for path in EXAMPLES.glob("*/pbx.yaml"))
PBX = Path(sys.executable).with_name("pbx")

pytestmark = pytest.mark.parametrize("country", COUNTRIES)


def pbx(*words: str | Path) -> str:
    """What the command prints when it succeeds."""
    done = subprocess.run([PBX, *words], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_nothing_is_to_be_said_against_it(country: str) -> None:
    assert json.loads(pbx("validate", EXAMPLES / country, "--format", "json")) == {
        "diagnostics": []
    }


def test_every_rule_of_it_is_tested_and_its_proofs_hold(country: str) -> None:
    told = pbx("test", EXAMPLES / country, "--cover", "100", "--format", "json")
    report: dict[str, Any] = json.loads(told)
    assert len(report["tests"]) > 20
    assert {use["tests"] > 0 for use in report["coverage"]["rules"]} == {True}
    assert "prove:" in (EXAMPLES / country / "pbx.yaml").read_text()


def test_its_phones_are_rendered(country: str, tmp_path: Path) -> None:
    pbx("render", EXAMPLES / country, "-o", tmp_path)
    names = {path.name for path in tmp_path.rglob("*.cfg")}
    assert "0015651234ab.cfg" in names


def test_its_page_leads_to_it(country: str) -> None:
    assert f"]({country}/pbx.yaml)" in (EXAMPLES / "README.md").read_text()
