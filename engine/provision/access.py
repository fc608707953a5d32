"""What a name leads to, whoever asks by whatever protocol: the ladder, carried out.

Holds what the decisions need to know (the tree that is served, open windows, who asked in vain)
and tells the live log. Knows neither HTTP nor TFTP nor FTP.
"""

import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Literal, NamedTuple

from engine.provision.asking import Asked
from engine.provision.enrolment import Enrolments, Opened
from engine.provision.events import (
    PhoneEnrolled,
    PhoneSighted,
    ProfileFailed,
    ProfileRefused,
    ProfileServed,
    ProvisionEvent,
    SourceBanned,
    WindowOpened,
)
from engine.provision.ladder import Networks, Rung, Shown, by_certificate, by_enrolment
from engine.provision.limits import BAN, FailureLimit, PhoneLimit
from engine.provision.listing import Body, Listing, Published
from engine.provision.sightings import Sighted, Sightings
from renderers.devices import (
    DeviceFile,
    Families,
    RenderError,
    holding_file,
    identify,
    load_families,
    recognise,
    recognise_mac,
)
from renderers.devices import Sighting as Recognised


class Found(NamedTuple):
    """A file that whoever asked may read."""

    rung: Rung
    mac: str
    """Whose it is; empty for one that is shared."""
    name: str
    """As it was asked for; empty for the bare URL."""
    file: DeviceFile | None
    """None: the phone is told its URL instead."""
    modified: datetime
    url: str = ""
    """With an enrolment: the phone's own URL."""


class Missing(NamedTuple):
    """Nothing, in the same words whatever the reason."""

    status: Literal[404, 429] = 404


class Access:
    """One node's. All methods belong to the event loop's thread."""

    def __init__(self, sink: Callable[[ProvisionEvent], None]) -> None:
        self.tell = sink
        self.listing = Listing()
        self.enrolments = Enrolments()
        self.sightings = Sightings()
        self.local: Callable[[str], bool] = Networks().hold
        """Whether an address is in one of the networks that `provision` names."""
        self.families: Families = load_families()
        self.holding = False
        """Whether phones that are not in the tree are told to show that."""
        self.failures = FailureLimit()
        self._since = datetime.now(UTC)
        self.phones = PhoneLimit()

    def trust(self, networks: Iterable[str]) -> None:
        """Take these networks for one's own from now on."""
        self.local = lru_cache(maxsize=16_384)(Networks.of(networks).hold)

    def open_window(self, mac: str, seconds: float) -> Opened:
        """Let the first fetch of a phone of the tree be told its URL, for so long."""
        opened = self.enrolments.open(mac, seconds, time.time())
        before = opened.before
        self.tell(WindowOpened(mac, int(seconds), before.peer if before is not None else ""))
        return opened

    def find(self, asked: Asked, shown: Shown) -> Found | Missing:
        """The file, by the highest rung that leads to it."""
        if asked.token:
            return self._by_token(asked, shown)
        mac = asked.mac
        phone = self.listing.phone(mac) if mac else None
        if by_certificate(mac, shown):
            return self._certified(asked, shown, phone)
        if self.phones.banned(shown.peer, time.monotonic()):
            return Missing(429)
        enrolled = self._enrol(asked, shown, phone) if phone is not None else None
        if enrolled is not None:
            return enrolled
        shared = self.listing.shared(asked.path)
        if shared is not None:
            return Found("shared", "", asked.name, shared.file, shared.modified)
        return self._in_vain(asked, shown, known=phone is not None)

    def body(self, found: Found, shown: Shown) -> Body | None:
        """The bytes. None: they cannot be made, which the log says."""
        assert found.file is not None  # noqa: S101 (there is nothing to read of a URL)
        try:
            return self.listing.body(found.file)
        except RenderError as error:
            name = found.file.name
            self.tell(ProfileFailed(found.mac, name, str(error), shown.peer, shown.agent))
            return None

    def fail(self, shown: Shown, status: int, path: str) -> Missing:
        """A request that no phone sends. Whoever sends too many gets 429, unreported."""
        if not self.failures.allow(shown.peer, time.monotonic()):
            return Missing(429)
        self.tell(ProfileRefused(status, path, shown.peer, shown.agent))
        return Missing()

    def _by_token(self, asked: Asked, shown: Shown) -> Found | Missing:
        phone = self.listing.find(asked.token)
        if phone is None:
            return self.fail(shown, 404, f"/d/…/{asked.path}")
        return self._of_phone("token", phone, asked, shown)

    def _certified(self, asked: Asked, shown: Shown, phone: Published | None) -> Found | Missing:
        if phone is None:
            self._sight(asked, shown)
            return self._hold(asked, shown) or Missing()
        return self._of_phone("certificate", phone, asked, shown)

    def _of_phone(
        self, rung: Rung, phone: Published, asked: Asked, shown: Shown
    ) -> Found | Missing:
        """A file of a phone that has proved itself: a 404 is part of how it starts."""
        own = self.listing.own(phone, asked)
        if own is None:
            self.tell(ProfileServed(phone.mac, asked.path, 404, 0, shown.peer, shown.agent, rung))
            return Missing()
        return Found(rung, phone.mac, asked.path, own.file, own.modified)

    def _enrol(self, asked: Asked, shown: Shown, phone: Published) -> Found | None:
        """The first fetch while the phone's window is open; it is closed by that."""
        now = time.time()
        if self.enrolments.until(phone.mac) <= now or phone.file(asked.path) is None:
            return None
        makers = recognise_mac(self.families, phone.mac)
        if shown.medium == "tftp" and makers and phone.family.name not in makers:
            return None
        if not by_enrolment(phone.mac, phone.family.name, shown, self._recognised(shown)):
            return None
        file = phone.bootstrap if phone.file(asked.path) is phone.primary else None
        if file is None and shown.medium == "tftp":
            return None
        self.enrolments.use(phone.mac, shown.peer, now)
        self.tell(PhoneEnrolled(phone.mac, shown.peer))
        url = self.listing.url(phone)
        return Found("enrolment", phone.mac, asked.name, file, phone.modified, url)

    def _in_vain(self, asked: Asked, shown: Shown, *, known: bool) -> Found | Missing:
        """Nothing there, or nothing for strangers. Names that phones try are no attack."""
        if not asked.mac:
            return Missing() if asked.usual else self.fail(shown, 404, f"/{asked.path}")
        verdict = self.phones.refused(shown.peer, asked.mac, time.monotonic())
        new = not known and shown.local and self._sight(asked, shown)
        if verdict == "new" and not new:
            self.tell(ProfileRefused(404, f"/{asked.path}", shown.peer, shown.agent))
        elif verdict == "banned":
            self.tell(SourceBanned(shown.peer, int(BAN)))
        held = self._hold(asked, shown) if not known and verdict != "banned" else None
        return held or Missing()

    def _hold(self, asked: Asked, shown: Shown) -> Found | None:
        """A text for the screen of a phone that is not in the tree, where the node gives any."""
        if not (self.holding and shown.local) or shown.medium == "ftp":
            return None
        told = identify(self.families, asked.mac, shown.agent, asked.path)
        if told is None or told.mac not in (None, asked.mac):
            return None
        family = next(one for one in self.families.families if one.name == told.family)
        file = holding_file(family, asked.path, asked.mac)
        return Found("holding", asked.mac, asked.name, file, self._since) if file else None

    def _sight(self, asked: Asked, shown: Shown) -> bool:
        """Remember a phone that is not in the tree; whether it is new."""
        told, now = identify(self.families, asked.mac, shown.agent, asked.path), time.time()
        family, model = (told.family, told.model or "") if told is not None else ("", "")
        sighted = Sighted(
            asked.mac, family, model, shown.agent, f"/{asked.path}",
            shown.certified == asked.mac, shown.peer, now, now,
        )  # fmt: skip
        new = self.sightings.see(sighted)
        if new:
            self.tell(PhoneSighted(asked.mac, model or family, shown.peer))
        return new

    def _recognised(self, shown: Shown) -> Recognised | None:
        return recognise(self.families, shown.agent) if shown.agent else None
