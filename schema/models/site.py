"""`sites:` places: what a user or a gateway inherits from where it stands."""

from pydantic import Field

from schema.models.base import E164, Entry, Listed
from schema.models.settings import Settings


class Civic(Entry):
    """An address in the parts of RFC 5139, for emergency services that read it by machine."""

    country: str = Field(pattern="^[A-Z]{2}$", description="ISO 3166 country")
    state: str | None = Field(None, description="State or province (A1)")
    county: str | None = Field(None, description="County (A2)")
    city: str | None = Field(None, description="City (A3)")
    street: str | None = Field(None, description="Street without the house number (RD)")
    house_number: str | None = Field(None, description="House number (HNO)")
    postal_code: str | None = Field(None, description="Postal code (PC)")
    building: str | None = Field(None, description="Building (BLD)")
    floor: str | None = Field(None, description="Floor (FLR)")
    room: str | None = Field(None, description="Room (ROOM)")


class Geodetic(Entry):
    """A point on the earth, WGS 84."""

    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    radius: float | None = Field(None, gt=0, le=100_000, description="Metres of uncertainty")


class Site(Entry):
    """One entry of `sites`."""

    name: str | None = None
    emergency_location: str | None = Field(
        None, description="Address that emergency services are told"
    )
    emergency_civic: Civic | None = Field(None, description="The same address in parts")
    emergency_point: Geodetic | None = Field(None, description="The same place as a point")
    emergency_callback: E164 | None = Field(
        None, description="Where emergency services call back who has no number of their own"
    )
    timezone: str | None = Field(None, description="IANA time zone; default: the system's")
    region: str | None = Field(
        None, pattern="^[A-Z]{2}$", description="ISO 3166 country; default: the system's"
    )
    area_code: str | None = Field(
        None,
        pattern="^[0-9]{1,6}$",
        description="Area code without a trunk prefix, of numbers that are dialled without one",
    )
    permissions: Listed[str] = ()
    settings: Settings = Settings()
