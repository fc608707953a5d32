"""The settings that are inherited: user (or phone) ← groups in listed order ← site ← system."""

from typing import Annotated, Literal

from pydantic import Field

from schema.models.base import Dialable, Duration, Entry, Listed

Algorithm = Literal["md5", "sha-256"]
Codec = Literal["pcma", "pcmu", "g722", "g726-32", "g729", "ilbc", "opus"]
PhoneTransport = Literal["udp", "tcp", "tls"]
Srtp = Literal["off", "optional", "required"]
Registrar = Literal["nodes", "srv"]
Dtmf = Literal["rfc2833", "inband", "info"]

HOST_PATTERN = r"^[A-Za-z0-9.:_\[\]-]{1,253}$"


class Vlan(Entry):
    """The VLAN that a phone puts its own frames in (IEEE 802.1Q)."""

    id: int = Field(ge=1, le=4094)
    priority: int = Field(5, ge=0, le=7, description="Class of service of the frames (PCP)")


class Settings(Entry):
    """Neutral settings of people and their phones. None means: as the next level says."""

    timezone: str | None = Field(None, description="IANA time zone, such as Europe/Berlin")
    language: str | None = Field(None, description="Display language, such as en, de, fr")
    tones: str | None = Field(
        None,
        pattern="^[A-Z]{2}$",
        description="ISO 3166 country whose dial and busy tones phones play; default: the region",
    )
    ntp_server: str | None = Field(None, description="Host that phones take the time from")
    voicemail_number: Dialable | None = Field(None, description="What the message key dials")
    transport: PhoneTransport | None = Field(None, description="How phones reach the PBX; udp")
    registrar: Registrar | None = Field(
        None,
        description="`nodes`: phones are told the routers' addresses, the nearest first and the "
        "next for when it is down; `srv`: they look up the domain's SRV records. Default: nodes",
    )
    register_expires: Duration | None = Field(None, description="How often phones register again")
    srtp: Srtp | None = Field(None, description="Whether phones encrypt what is spoken; off")
    codecs: Listed[Codec] | None = Field(
        None, min_length=1, description="The codecs that phones offer, the preferred one first"
    )
    dtmf: Dtmf | None = Field(
        None, description="How phones send digits in a call: as RTP events, tones, or SIP INFO"
    )
    call_waiting: bool | None = Field(None, description="Whether a second call rings")
    auto_answer: bool | None = Field(None, description="Whether the phone answers calls by itself")
    vlan: Vlan | None = Field(None, description="VLAN that phones use")
    syslog_server: Annotated[str, Field(pattern=HOST_PATTERN)] | None = Field(
        None, description="Host that phones send their log to"
    )
    firmware_url: str | None = Field(
        None,
        pattern="^(https?|tftp|ftp)://[^ ]+$",
        description="Where phones look for firmware: a folder or a file, as the family wants it",
    )
    provisioning_interval: Duration | None = Field(
        None, description="How often phones fetch profiles"
    )
    provisioning_spread: int | None = Field(
        None, ge=0, le=50, description="Percent by which phones come sooner or later than that; 10"
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
