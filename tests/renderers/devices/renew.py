"""Writes the expected files of a family's cases again: `python tests/renderers/devices/renew.py
yealink`. For whoever changed a family on purpose: look at `git diff` before committing that."""

import sys
import tempfile
from pathlib import Path

import renderers.devices
from renderers.devices import known_models, load_families, render_all
from schema.tree import DirectorySource
from schema.validate import validate

FOLDERS = Path(renderers.devices.__file__).parent


def renew(case: Path) -> None:
    """Replace the files beside `input.yaml` by what is rendered from it."""
    families = load_families()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "pbx.yaml").write_bytes((case / "input.yaml").read_bytes())
        found = validate(DirectorySource(Path(folder)), models=known_models(families))
    if found.system is None:
        raise SystemExit("\n".join(f"{case.name}: {one.message}" for one in found.errors))
    for file in case.iterdir():
        if file.name != "input.yaml":
            file.unlink()
    for path, content in render_all(found.system, families).items():
        (case / path.rsplit("/", 1)[1]).write_bytes(content)


if __name__ == "__main__":
    for inputs in sorted((FOLDERS / sys.argv[1] / "cases").glob("*/input.yaml")):
        renew(inputs.parent)
