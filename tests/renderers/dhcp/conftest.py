"""A small system, and a family that makes use of every option there is."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import renderers.devices
from renderers.devices import Families, load_families
from schema.models import Node, Phone, Site, System, SystemSettings, User

EVERYTHING = b"""dhcp:
  vendor_class: [LabPhone]
  path: "lab-{mac}.cfg"
  options:
    - {code: 66, value: host}
    - {code: 160}
    - {code: 43, sub: 2}
    - {code: 43, sub: 3, value: host}
    - {code: 114}
    - {code: 125, enterprise: 9, sub: 1}
    - {code: 150}
    - {code: 120}
    - {code: 42}
"""


@pytest.fixture(scope="session")
def families() -> Families:
    """The built-in ones and the family `lab`, whose phones read every option."""
    folder = Path(renderers.devices.__file__).parent / "yealink"
    files = {
        f"lab/{path.relative_to(folder).as_posix()}": path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "cases" not in path.parts
    }
    model = files["lab/model.yaml"].replace(b"family: yealink", b"family: lab")
    model = model.replace(b"  yealink-", b"  lab-").replace(b"pnp: [yealink]", b"pnp: [Lab]")
    model = model.replace(b"[yealink-", b"[lab-").replace(b"y0000000000{model}", b"lab{model}")
    before, _, rest = model.partition(b"dhcp:\n")
    before = before[: before.index(b"  oui:")] + b'  oui: ["02aa01"]\n'
    files["lab/model.yaml"] = before + EVERYTHING + rest[rest.index(b"expansions:") :]
    return load_families(files)


@pytest.fixture
def make_system() -> Callable[..., System]:
    """A system of one user, with the given sections (as plain data) instead."""

    def make(**sections: dict[str, Any]) -> System:
        tree = {
            "system": {"domain": "example.test"},
            "nodes": {"pbx1": {"address": "192.0.2.5", "tftp": {}}},
            "users": {"alice": {"name": "Alice Adams"}},
            **sections,
        }
        kinds = {"nodes": Node, "sites": Site, "users": User, "phones": Phone}
        return System(
            system=SystemSettings.model_validate(tree["system"]), groups={}, gateways={},
            schedules={}, dialplan=(),
            **{
                section: {id_: kind.model_validate(entry) for id_, entry in found.items()}
                for section, kind in kinds.items()
                for found in (tree.get(section, {}),)
            },
        )  # fmt: skip

    return make
