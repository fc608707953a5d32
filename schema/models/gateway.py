"""`gateways:` where calls leave for, and come from, the outside world."""

from typing import Literal

from pydantic import Field

from schema.models.base import E164, Duration, Entry


class Gateway(Entry):
    """One entry of `gateways`. A request from its address is an inbound call."""

    address: str = Field(description="host, host:port or [ipv6]:port; port 5060 by default")
    transport: Literal["udp", "tcp"] = "udp"
    site: str | None = None
    description: str | None = None
    enabled: bool = True
    caller_id: E164 | None = Field(
        None, description="Shown when the caller has no number of their own"
    )
    answer_within: Duration = Field(
        5.0, description="Without any answer for so long, the next gateway is tried"
    )
