"""What the provisioning server tells the live log. Never the token, nor a URL that holds it."""

from dataclasses import dataclass

from engine.provision.ladder import Rung


@dataclass(frozen=True, slots=True)
class ProfileServed:
    """A known phone asked for one of its files."""

    mac: str
    """Empty for a file that many phones share."""
    name: str
    """The file's name; empty when the phone asked for its bare URL."""
    status: int
    """200, 304 or 404. A 404 is part of how phones start: they ask for what not all have."""
    size: int
    """Bytes of the file that were sent; 0 for HEAD, 304 and 404."""
    peer: str
    user_agent: str
    rung: Rung = "token"
    """Why it was let in."""


@dataclass(frozen=True, slots=True)
class ProfileFailed:
    """A file could not be made: a template of the tree's own folder `devices/` is wrong."""

    mac: str
    name: str
    reason: str
    peer: str
    user_agent: str


@dataclass(frozen=True, slots=True)
class ProfileRefused:
    """A request that belongs to no phone of the tree, or that is no way to ask for a file."""

    status: int
    """400 (it could not be read), 403 (an upload), 404 or 405."""
    path: str
    """Without the token: "/d/…/0015651234ab.cfg"."""
    peer: str
    user_agent: str


@dataclass(frozen=True, slots=True)
class LocationServed:
    """Somebody who has the URL was told where an emergency call comes from."""

    site: str
    peer: str
    user_agent: str


@dataclass(frozen=True, slots=True)
class SourceBanned:
    """A source asked for too many phones in vain: bare names are refused it for a while."""

    peer: str
    seconds: int


@dataclass(frozen=True, slots=True)
class PhoneSighted:
    """A phone that is not in the tree asked for the first time."""

    mac: str
    model: str
    """Its model or family; empty when it is not known."""
    peer: str


@dataclass(frozen=True, slots=True)
class WindowOpened:
    """Somebody lets a phone fetch by its MAC address, once."""

    mac: str
    seconds: int
    before: str
    """Who was told its URL in an earlier window; empty when nobody was."""


@dataclass(frozen=True, slots=True)
class PhoneEnrolled:
    """A phone was told its URL while its window was open, and nobody else will be."""

    mac: str
    peer: str


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A phone sent a file."""

    mac: str
    name: str
    size: int
    peer: str


@dataclass(frozen=True, slots=True)
class HttpsCertificate:
    """The files of the certificate for phones were renewed."""

    path: str
    trouble: str = ""
    """Why they are not used, and the old ones are; empty when they are."""


ProvisionEvent = (
    ProfileServed
    | ProfileFailed
    | ProfileRefused
    | LocationServed
    | SourceBanned
    | PhoneSighted
    | PhoneEnrolled
    | Uploaded
    | HttpsCertificate
    | WindowOpened
)
