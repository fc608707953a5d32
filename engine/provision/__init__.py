"""Serving device files to phones: a tree in memory, swapped whole, and the HTTP server over it."""

from engine.provision.events import (
    LocationServed,
    ProfileFailed,
    ProfileRefused,
    ProfileServed,
    ProvisionEvent,
)
from engine.provision.server import Fetch, ListenError, ProvisionServer

__all__ = [
    "Fetch", "ListenError", "LocationServed", "ProfileFailed", "ProfileRefused", "ProfileServed",
    "ProvisionEvent", "ProvisionServer",
]  # fmt: skip
