"""Each family's own examples: a small tree, and the files that `pbx render` makes of it."""

from pathlib import Path

import pytest

import renderers.devices
from renderers.devices import Families, check_devices, known_models, render_all
from schema.tree import DirectorySource
from schema.validate import validate

FOLDERS = Path(renderers.devices.__file__).parent
CASES = sorted(path.parent for path in FOLDERS.glob("*/cases/*/input.yaml"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parts[-3]}-{case.name}")
def test_a_case_renders_to_its_files(case: Path, families: Families, tmp_path: Path) -> None:
    (tmp_path / "pbx.yaml").write_bytes((case / "input.yaml").read_bytes())
    found = validate(DirectorySource(tmp_path), models=known_models(families))
    assert found.system is not None, found.errors
    assert not check_devices(found.system, families, found.origins)
    rendered = {
        path.rsplit("/", 1)[1]: content
        for path, content in render_all(found.system, families).items()
    }
    expected = {
        file.name: file.read_bytes() for file in case.iterdir() if file.name != "input.yaml"
    }
    assert rendered == expected


def test_every_family_has_cases(families: Families) -> None:
    assert {case.parts[-3] for case in CASES} == {family.name for family in families.families}
