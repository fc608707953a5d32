"""The settings that are inherited: user (or phone) ← groups in listed order ← site ← system."""

from typing import Literal

from pydantic import Field

from schema.models.base import Dialable, Duration, Entry, Listed

Algorithm = Literal["md5", "sha-256"]


class Settings(Entry):
    """Neutral settings of people and their phones. None means: as the next level says."""

    timezone: str | None = Field(None, description="IANA time zone, such as Europe/Berlin")
    language: str | None = Field(None, description="Display language, such as en, de, fr")
    ntp_server: str | None = Field(None, description="Host that phones take the time from")
    voicemail_number: Dialable | None = Field(None, description="What the message key dials")
    transport: str | None = Field(
        None, pattern="^(udp|tcp)$", description="How phones reach the PBX"
    )
    register_expires: Duration | None = Field(None, description="How often phones register again")
    provisioning_interval: Duration | None = Field(
        None, description="How often phones fetch profiles"
    )
    web_admin: bool | None = Field(None, description="Whether the phone's own web page is on")
    call_limit: int | None = Field(
        None, ge=1, le=10_000, description="Calls that a user may have placed at a time; 10"
    )
    digest: Listed[Algorithm] | None = Field(
        None,
        min_length=1,
        description="In place of system.auth.algorithms for users whose phones and softphones are "
        "all known to take it: [sha-256, md5], or [sha-256] alone",
    )
