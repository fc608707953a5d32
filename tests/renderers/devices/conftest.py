"""Small systems to render, made of real models."""

from collections.abc import Callable
from typing import Any

import pytest

from renderers.devices import Families, load_families
from schema.models import Gateway, Group, Node, Phone, Site, System, SystemSettings, User

Tree = dict[str, Any]


@pytest.fixture(scope="session")
def families() -> Families:
    return load_families()


@pytest.fixture
def make_system() -> Callable[..., System]:
    """A system of two users and no phones, with the given sections (as plain data) instead."""

    def make(**sections: Tree) -> System:
        tree: Tree = {
            "system": {"domain": "example.test", "timezone": "America/New_York"},
            "nodes": {"pbx1": {"address": "192.0.2.5"}},
            "users": {"alice": {"name": "Alice Adams"}, "bob": {"name": "Bob Brown"}},
            **sections,
        }
        kinds = {
            "nodes": Node,
            "sites": Site,
            "groups": Group,
            "users": User,
            "phones": Phone,
            "gateways": Gateway,
        }
        return System(
            system=SystemSettings.model_validate(tree["system"]),
            schedules={},
            dialplan=(),
            **{
                section: {
                    name: kind.model_validate(entry)
                    for name, entry in tree.get(section, {}).items()
                }
                for section, kind in kinds.items()
            },
        )

    return make
