"""The sections of the tree as frozen pydantic models, and `System`, all of them together."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from schema.models.destination import Destination
from schema.models.directory import Directory
from schema.models.gateway import Gateway
from schema.models.group import Group
from schema.models.hunt_group import HuntGroup
from schema.models.node import Node
from schema.models.phone import KEY_KINDS, Key, KeyKind, Phone
from schema.models.phonebook import Card, Contact, Number, NumberKind, Phonebook
from schema.models.proof import Proof
from schema.models.rule import Rule
from schema.models.schedule import Holidays, Schedule
from schema.models.settings import Settings
from schema.models.site import Site
from schema.models.system import Protection, SystemSettings
from schema.models.user import Forward, User


@dataclass(frozen=True, slots=True)
class System:
    """A validated tree: each section by id, the dial plan in order. Never mutated."""

    system: SystemSettings
    nodes: Mapping[str, Node]
    sites: Mapping[str, Site]
    groups: Mapping[str, Group]
    users: Mapping[str, User]
    phones: Mapping[str, Phone]
    gateways: Mapping[str, Gateway]
    schedules: Mapping[str, Schedule]
    dialplan: tuple[Rule, ...]
    """With the ready-made rules of the region behind the tree's own."""
    hunt_groups: Mapping[str, HuntGroup] = field(default_factory=dict)
    prove: tuple[Proof, ...] = ()
    phonebooks: Mapping[str, Phonebook] = field(default_factory=dict)
    contacts: Mapping[str, tuple[Card, ...]] = field(default_factory=dict)
    """What stands in the files that phonebooks name, as it is written there."""
    directories: Mapping[str, Directory] = field(default_factory=dict)


__all__ = [
    "KEY_KINDS", "Card", "Contact", "Destination", "Directory", "Forward", "Gateway", "Group",
    "Holidays",
    "HuntGroup", "Key", "KeyKind", "Node", "Number", "NumberKind", "Phone", "Phonebook", "Proof",
    "Protection", "Rule", "Schedule", "Settings", "Site", "System", "SystemSettings", "User",
]  # fmt: skip
