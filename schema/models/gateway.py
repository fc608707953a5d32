"""`gateways:` where calls leave for, and come from, the outside world."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from schema.models.base import E164, Duration, DurationOrOff, Entry, FilePath, Listed
from schema.models.destination import Destination
from schema.models.phone import Firmware
from schema.models.settings import Settings

CODES_PATTERN = r"^[3-6]([0-9]{2}|xx)(-[3-6][0-9]{2})?$"


class FromExtension(Entry):
    """A caller ID made of the extension of a caller who has no number."""

    prepend: str = Field(pattern=r"^\+[1-9][0-9]{2,13}$", description="Put before the extension")
    keep: int | None = Field(
        None, ge=1, le=12, description="Only that many of its last digits; default: all"
    )


class Inbound(Entry):
    """What happens to calls that come in by a gateway."""

    dids: Listed[str] = Field(
        (), description="Ranges of numbers that it brings, as patterns: +121255502XX"
    )
    fallback: Destination | None = Field(
        None, description="Where calls to other numbers, and to nobody's, go"
    )
    block: Listed[str] = Field((), description="Patterns of callers who are declined")
    anonymous: bool = Field(True, description="Whether callers without a number are let in")


class GatewayPort(Entry):
    """One port of a managed gateway, in the order in which the gateway has them."""

    number: E164 | None = Field(
        None, description="Of an analogue line (FXO): its number, which its calls are for"
    )
    protocol: Literal["e1-euroisdn", "e1-qsig", "t1-ni2", "t1-qsig"] | None = Field(
        None, description="Of a primary rate port (PRI): what is spoken on it; e1-euroisdn"
    )
    side: Literal["user", "network"] = Field(
        "user", description="Of a PRI: which side of the line the gateway is; user: the carrier's"
    )
    clock: Literal["line", "own"] = Field(
        "line", description="Of a PRI: whether it takes the clock from the line or gives it"
    )


class GatewayDevice(Entry):
    """A gateway that is provisioned: it fetches its configuration like a phone."""

    model: str
    mac: str = Field(
        pattern="^[0-9a-f]{12}$", description="Its MAC address, 12 lower-case hexadecimal digits"
    )
    ports: Listed[GatewayPort] = Field(
        min_length=1, description="Those that are used, the first one first"
    )
    firmware: Firmware | None = Field(
        None, description="Its firmware, where that is not the newest its family knows"
    )
    native: Mapping[str, str | int | bool] = Field(
        {}, description="Parameters of the vendor, written as they are: for what has no setting"
    )
    credential_epoch: int = Field(1, ge=1, description="Raise to change its URL and admin password")
    settings: Settings = Settings()


class Gateway(Entry):
    """One entry of `gateways`. A request from its address is an inbound call."""

    address: str = Field(
        description="host, host:port or [ipv6]:port. A name without port is looked up in DNS "
        "(NAPTR, SRV); else the port is 5060 by default, or 5061 over TLS"
    )
    transport: Literal["udp", "tcp", "tls"] | None = Field(
        None, description="What DNS says for a name without port, else udp"
    )
    ca: FilePath | None = Field(
        None,
        description="Over TLS: file of the authorities that its certificate has to come from; "
        "without it, those that the node's operating system trusts",
    )
    site: str | None = None
    description: str | None = None
    enabled: bool = True
    caller_id: E164 | None = Field(
        None, description="Shown when the caller has no number of their own"
    )
    caller_id_from_extension: FromExtension | None = Field(
        None, description="Shown before `caller_id` for callers who have an extension only"
    )
    show: Literal["user", "gateway", "anonymous"] = Field(
        "user",
        description="Whose number is shown: the user's if they have one, always the gateway's "
        "`caller_id`, or nobody's",
    )
    prefix: str = Field("", pattern="^[0-9*#]{0,16}$", description="Dialled before every number")
    answer_within: Duration = Field(
        5.0, description="Without any answer for so long, the next server or gateway is tried"
    )
    failover_on: Listed[Annotated[str, Field(pattern=CODES_PATTERN)]] | None = Field(
        None,
        description="SIP failures after which the next gateway is tried, such as [503, 5xx, "
        "400-410] in quotes; default: all but 484, 486, 487 and 6xx",
    )
    weight: int = Field(1, ge=1, le=1000, description="Its share of calls where a rule balances")
    max_channels: int | None = Field(
        None, ge=1, le=100_000, description="Calls at a time; one more goes to the next gateway"
    )
    emergency: bool = Field(
        True, description="Whether it can carry emergency calls when those of the rule fail"
    )
    inbound: Inbound = Inbound()
    device: GatewayDevice | None = Field(
        None, description="What it is, if its configuration is to come from here"
    )
    probe: DurationOrOff = Field(
        30.0,
        ge=5.0,
        le=3600.0,
        description="Between two OPTIONS that ask whether it is alive; `off` for none",
    )

    @property
    def default_port(self) -> int:
        """The port of an address that names none (RFC 3261 section 19.1.2)."""
        return 5061 if self.transport == "tls" else 5060
