"""`schedules:` when something holds."""

from pydantic import Field

from schema.models.base import Entry, Listed


class Holidays(Entry):
    """Public holidays, as the library `holidays` knows them."""

    region: str = Field(pattern="^[A-Z]{2}$", description="ISO 3166 country, such as US, DE, GB")
    subdivision: str | None = Field(
        None, description="ISO 3166-2 part of it without the country, such as NY, BY, SCT"
    )


class Schedule(Entry):
    """One entry of `schedules`: weekly hours, less and plus single dates."""

    weekly: Listed[str] = Field(
        (), description='Such as "mon-fri 09:00-17:30" or "sat,sun 10:00-14:00"'
    )
    dates: Listed[str] = Field((), description='Extra, such as "2026-12-24 09:00-12:00"')
    except_: Listed[str] = Field(
        (), alias="except", description='Dates without hours, such as "2026-12-25"'
    )
    holidays: Holidays | None = Field(
        None, description="Public holidays on which the weekly hours do not hold"
    )
    timezone: str | None = Field(
        None,
        description="IANA time zone; default: that of the site of the caller, or of whoever "
        "forwards, and then the system's",
    )
