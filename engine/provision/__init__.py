"""Serving device files to phones: a tree in memory, swapped whole, and the servers over it."""

from engine.provision.errors import ListenError
from engine.provision.events import (
    HttpsCertificate,
    LocationServed,
    PhoneEnrolled,
    PhoneSighted,
    ProfileFailed,
    ProfileRefused,
    ProfileServed,
    ProvisionEvent,
    SourceBanned,
    Uploaded,
    WindowOpened,
)
from engine.provision.server import ProvisionServer
from engine.provision.web import Fetch

__all__ = [
    "Fetch", "HttpsCertificate", "ListenError", "LocationServed", "PhoneEnrolled", "PhoneSighted",
    "ProfileFailed", "ProfileRefused", "ProfileServed", "ProvisionEvent", "ProvisionServer",
    "SourceBanned", "Uploaded", "WindowOpened",
]  # fmt: skip
