"""`gateways:` where calls leave for, and come from, the outside world."""

from typing import Literal

from pydantic import Field

from schema.models.base import E164, Duration, DurationOrOff, Entry, FilePath


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
    answer_within: Duration = Field(
        5.0, description="Without any answer for so long, the next server or gateway is tried"
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
