"""`pbx init` and `pbx render`: the embedded default, and files written to a folder."""

import json
from collections.abc import Mapping
from pathlib import Path

from schema.jsonschema import json_schema
from sync.git import Repository
from sync.hooks import install_hooks
from sync.init import init

DEFAULT_TREE = Path(__file__).parent.parent / "pbx.yaml"


def new_repository(directory: Path, *, bare: bool) -> str:
    """Make a configuration repository from the embedded default; what to tell the user.

    Raises sync.errors.InitRefused.
    """
    schema = json.dumps(json_schema(), indent=2).encode() + b"\n"
    made = init(directory, DEFAULT_TREE.read_bytes(), schema, bare=bare)
    if bare:
        return (
            f"made the bare repository {directory}; its hooks validate every push to "
            f"{made.branch}\n  git clone {directory.absolute()}   and edit pbx.yaml\n"
            f"  pbx run {directory}   on the node"
        )
    return (
        f"made the repository {directory}; the PBX is in {directory / 'pbx.yaml'}\n"
        f"  pbx validate {directory}\n  pbx run {directory}"
    )


def new_hooks(directory: Path) -> str:
    """Put this installation's hooks into a repository that is there; what to tell the user.

    Raises sync.errors.NotARepository, and InitRefused where a hook of somebody else stands.
    """
    with Repository.open(directory) as repository:
        return "\n".join(f"wrote {path}" for path in install_hooks(repository))


def write_files(files: Mapping[str, bytes], output: Path) -> str:
    """Write rendered files below `output`, for the owner only; what to tell the user."""
    for name, content in files.items():
        path = output / name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        path.write_bytes(content)
    return f"wrote {len(files)} files to {output}"
