"""What a tree passes through in the vendor's own words: only what is known, and all of that."""

import json
import re
from pathlib import Path

import pytest

import renderers.devices
from renderers.devices import Families, check_devices, known_models, render_all
from schema.models import System
from schema.tree import DirectorySource
from schema.validate import validate

FOLDERS = Path(renderers.devices.__file__).parent
NAMES = sorted(path.parent.name for path in FOLDERS.glob("*/model.yaml"))
LISTED = sorted(path.parent.name for path in FOLDERS.glob("*/native.txt"))
MAC = "001565123456"
VALUE = "1357"


def tree(
    path: Path, families: Families, name: str, place: int, native: str
) -> tuple[System, list[str]]:
    """A tree with one model that passes a parameter through, and what is wrong with it."""
    (family,) = [one for one in families.families if one.name == name]
    model = list(family.description.models)[place]
    device: dict[str, object] = {"model": model, "native": {native: VALUE}}
    sections: dict[str, object]
    port = family.description.models[model].port
    if port:
        device |= {"mac": MAC, "ports": [{"number": "+12125550100"} if port == "fxo" else {}]}
        sections = {"gateways": {"lines": {"address": "192.0.2.20", "device": device}}}
    else:
        sections = {"phones": {MAC: {**device, "lines": ["alice"]}}}
    content = {
        "version": 1,
        "system": {"domain": "example.test"},
        "nodes": {"pbx1": {"address": "192.0.2.5"}},
        "users": {"alice": {"name": "Alice", "extension": "201"}},
        **sections,
    }
    (path / "pbx.yaml").write_text(json.dumps(content))
    found = validate(DirectorySource(path), models=known_models(families))
    assert found.system is not None, found.errors
    wrong = check_devices(found.system, families, found.origins)
    return found.system, [one.code for one in wrong]


@pytest.mark.parametrize("place", [0, -1])
@pytest.mark.parametrize("name", NAMES)
def test_an_unknown_parameter_is_told_in_every_family(
    tmp_path: Path, families: Families, name: str, place: int
) -> None:
    _, wrong = tree(tmp_path, families, name, place, "no.such/thing")
    assert wrong == ["PBX1505"]


@pytest.mark.parametrize("place", [0, -1])
@pytest.mark.parametrize("name", LISTED)
def test_what_is_listed_reaches_the_device(
    tmp_path: Path, families: Families, name: str, place: int
) -> None:
    lines = (FOLDERS / name / "native.txt").read_text().splitlines()
    for entry in (line for line in lines if line and not line.startswith("# ")):
        native = entry.replace("{n}", "1")
        system, wrong = tree(tmp_path, families, name, place, native)
        assert not wrong, entry
        leaf = re.escape(re.sub(r"\[1\]$", "", native.rpartition("/")[2]))
        texts = [one.decode("utf-8", "replace") for one in render_all(system, families).values()]
        assert any(re.search(rf"{leaf}\b.*{VALUE}", text) for text in texts), entry
