"""`schedules:` when something holds."""

from pydantic import Field

from schema.models.base import Entry, Listed


class Schedule(Entry):
    """One entry of `schedules`: weekly hours, less and plus single dates."""

    weekly: Listed[str] = Field(
        (), description='Such as "mon-fri 09:00-17:30" or "sat,sun 10:00-14:00"'
    )
    dates: Listed[str] = Field((), description='Extra, such as "2026-12-24 09:00-12:00"')
    except_: Listed[str] = Field(
        (), alias="except", description='Dates without hours, such as "2026-12-25"'
    )
    timezone: str | None = Field(None, description="IANA time zone; default: the system's")
