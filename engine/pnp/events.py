"""What SIP PnP tells the live log."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PnpTold:
    """A phone took the URL."""

    mac: str
    phone: str
    """Vendor and model as it said them."""
    peer: str
    url: str


@dataclass(frozen=True, slots=True)
class PnpUnheard:
    """A phone asked, and did not take the answer."""

    mac: str
    phone: str
    peer: str
    status: int
    """408: nothing came back; 503: it cannot be reached; else what it answered."""


@dataclass(frozen=True, slots=True)
class PnpSilent:
    """Nobody of ours: no answer."""

    mac: str
    phone: str
    peer: str


@dataclass(frozen=True, slots=True)
class PnpSighted:
    """A phone asked that is not in the tree."""

    mac: str
    phone: str
    family: str
    """The family it says it is of; empty when none of ours."""
    model: str
    """The model's id; empty when it is not known."""
    peer: str


@dataclass(frozen=True, slots=True)
class PnpDiffers:
    """A phone of the tree asked, and says that it is another model than the tree says."""

    mac: str
    phone: str
    model: str
    """The model's id in the tree."""
    peer: str


@dataclass(frozen=True, slots=True)
class PnpFloods:
    """A source asks too often, or in the name of too many phones: it is not heard any more."""

    peer: str
    reason: str


PnpEvent = PnpTold | PnpUnheard | PnpSilent | PnpSighted | PnpDiffers | PnpFloods
