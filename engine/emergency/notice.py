"""What is told of an emergency call: to programs as JSON, to people as text. Data only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

from schema.models import Site, System

Kind = Literal[
    "emergency.placed", "emergency.refused", "emergency.answered", "emergency.ended"
]  # fmt: skip
"""Placed: accepted, before anybody rang. Refused: nobody will be rung."""


class Who(NamedTuple):
    """The caller as the tree knows them when the call begins."""

    user: str
    name: str
    extension: str
    site: str
    """The site's id,"""
    location: str
    """and where that is, in words; empty when nobody knows."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that happened to an emergency call."""

    event: Kind
    id: str
    """Of this notice: whoever gets it twice knows by it."""
    domain: str
    call_id: str
    who: Who
    number: str
    """What was dialled."""
    callback: str
    gateways: tuple[str, ...]
    """In the order they will be tried."""
    time: float
    """Epoch seconds of what happened."""
    gateway: str = ""
    """The one that took the call."""
    status: int = 0
    """Of a call that is over: 200 after a conversation, else the SIP failure."""
    seconds: float = 0.0
    """Of conversation."""

    @property
    def title(self) -> str:
        """ "emergency call of alice (placed)"."""
        return f"emergency call of {self.who.user} ({self.event.partition('.')[2]})"

    @property
    def urgent(self) -> bool:
        """Always."""
        return True

    @property
    def subject(self) -> str:
        """Who, where and what they dialled."""
        who = self.who.name or self.who.user
        at = f" at {self.who.site}" if self.who.site else ""
        outcome = {"emergency.ended": " NOT ANSWERED", "emergency.refused": " REFUSED"}
        return f"Emergency call{outcome.get(self.event, '')}: {who}{at} dialled {self.number}"

    @property
    def lines(self) -> list[str]:
        """All that helps whoever goes there."""
        who = self.who
        extension = f", extension {who.extension}" if who.extension else ""
        facts = [
            ("Who", f"{who.name} ({who.user}{extension})"),
            ("Where", who.location or "not known"),
            ("Site", who.site or "none"),
            ("Dialled", self.number),
            ("Call back", self.callback or "no number is shown"),
            ("Gateways", ", then ".join(self.gateways) or "none: the call was refused"),
            ("When", moment(self.time)),
            ("Call-ID", self.call_id),
        ]
        if self.event == "emergency.ended":
            facts.insert(0, ("Not answered", f"SIP {self.status}"))
        return [f"{name + ':':<13} {text}" for name, text in facts]

    @property
    def alarming(self) -> bool:
        """Whether a person has to know: somebody calls for help, or nobody took the call."""
        unheard = self.event == "emergency.ended" and self.status != 200
        return unheard or self.event in ("emergency.placed", "emergency.refused")

    def as_json(self) -> Mapping[str, Any]:
        """What webhooks get: docs/emergency.md is the contract."""
        return {
            "event": self.event,
            "id": self.id,
            "system": self.domain,
            "call_id": self.call_id,
            **self.who._asdict(),
            "number": self.number,
            "callback": self.callback,
            "gateways": list(self.gateways),
            "gateway": self.gateway,
            "status": self.status,
            "seconds": round(self.seconds, 1),
            "time": moment(self.time),
        }


def moment(at: float) -> str:
    """Epoch seconds as RFC 3339 in UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def who_is(system: System, user: str, site: str) -> Who:
    """The caller; `site` is what the dial plan says."""
    entry, place = system.users.get(user), system.sites.get(site)
    name = entry.name if entry is not None else ""
    extension = (entry.extension if entry is not None else None) or ""
    return Who(user, name, extension, site, "" if place is None else where(place))


def where(site: Site) -> str:
    """A site's place in words."""
    if site.emergency_location:
        return site.emergency_location
    civic, point = site.emergency_civic, site.emergency_point
    if civic is not None:
        street = " ".join(part for part in (civic.house_number, civic.street) if part)
        labelled = (("building", civic.building), ("floor", civic.floor), ("room", civic.room))
        inside = (f"{label} {value}" for label, value in labelled if value)
        town = (civic.city, civic.county, civic.state, civic.postal_code, civic.country)
        return ", ".join([part for part in (street, *inside, *town) if part])
    return "" if point is None else f"{point.latitude}, {point.longitude} (WGS 84)"
