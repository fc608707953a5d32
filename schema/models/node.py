"""`nodes:` the machines that run the PBX."""

from typing import Literal

from pydantic import Field

from schema.models.base import Entry, Listed, Port

Role = Literal["router", "provision"]


class SipListener(Entry):
    """Ports of the router; null turns a transport off."""

    udp: Port | None = 5060
    tcp: Port | None = 5060


class HttpListener(Entry):
    """Where phones fetch their profiles."""

    port: Port = 8090


class Node(Entry):
    """One entry of `nodes`."""

    address: str = Field(description="The IP address that services bind and phones use")
    sip: SipListener = SipListener()
    http: HttpListener = HttpListener()
    roles: Listed[Role] = Field(("router", "provision"), min_length=1)
    site: str | None = None
