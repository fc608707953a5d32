"""SIP PnP: phones out of the box ask the whole LAN where their profile is, and are told.

A SUBSCRIBE to 224.0.1.75 for the event `ua-profile` (RFC 6080, as phone makers shortened it) is
answered with 200 and one NOTIFY that holds a URL. Anyone on the LAN can ask in any phone's name
and hear the answer, so it never holds a secret.

server  →  core  →  asking, answers, limits
sockets    sans-IO from here on
"""

from engine.pnp.asking import Asked
from engine.pnp.core import PnpConfig
from engine.pnp.events import (
    PnpDiffers,
    PnpEvent,
    PnpFloods,
    PnpSighted,
    PnpSilent,
    PnpTold,
    PnpUnheard,
)
from engine.pnp.server import PnpServer

__all__ = [
    "Asked", "PnpConfig", "PnpDiffers", "PnpEvent", "PnpFloods", "PnpServer", "PnpSighted",
    "PnpSilent", "PnpTold", "PnpUnheard",
]  # fmt: skip
