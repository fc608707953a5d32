"""`nodes:` the machines that run the PBX."""

from collections.abc import Mapping
from typing import Final, Literal

from pydantic import Field

from schema.models.base import Entry, FilePath, Listed, Port

Role = Literal["router", "provision"]

SECURE_TRANSPORTS: Final = ("tls", "wss")
"""They need a certificate."""


class CertificateFiles(Entry):
    """The node's certificate, as files on its disk. A renewed one is taken up by itself."""

    chain: FilePath = Field(description="The certificate and those between it and its root, PEM")
    key: FilePath = Field(description="Its private key, PEM, without a passphrase")


class WebSocketListener(Entry):
    """What browsers have to ask for on the ports `ws` and `wss`."""

    path: str = Field("/", pattern="^/[^?# ]*$", description="The path of the URL")
    origins: Listed[str] = Field(
        (),
        description="Pages that may connect, such as https://crm.example.net; without it, any: "
        "a page needs a user's SIP password all the same",
    )


class SipListener(Entry):
    """Ports of the router; null turns a transport off."""

    udp: Port | None = 5060
    tcp: Port | None = 5060
    tls: Port | None = Field(None, description="SIP over TLS, usually 5061; needs `certificate`")
    ws: Port | None = Field(None, description="SIP over WebSocket, for behind a web server")
    wss: Port | None = Field(
        None, description="SIP over secure WebSocket, for browsers; needs `certificate`"
    )
    certificate: CertificateFiles | None = None
    websocket: WebSocketListener = WebSocketListener()

    @property
    def ports(self) -> Mapping[str, int]:
        """The port of each transport that is on."""
        wanted = {
            "udp": self.udp, "tcp": self.tcp, "tls": self.tls, "ws": self.ws, "wss": self.wss
        }  # fmt: skip
        return {transport: port for transport, port in wanted.items() if port is not None}


class HttpListener(Entry):
    """Where phones fetch their profiles, and carriers the location of emergency calls."""

    port: Port = 8090
    public: str | None = Field(
        None,
        pattern=r"^https?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9._~-]+)*$",
        description="What the URLs of emergency locations begin with, where carriers reach the "
        "port by another name or by HTTPS: https://pbx.example.net",
    )


class MetricsListener(Entry):
    """Where Prometheus reads: GET /metrics, without a password."""

    port: Port = Field(description="Usually 9090 and up")
    address: str = Field(
        "127.0.0.1", pattern="^[0-9A-Fa-f.:]+$", description="The IP address to listen on"
    )


class Node(Entry):
    """One entry of `nodes`."""

    address: str = Field(description="The IP address that services bind and phones use")
    addresses: Listed[str] = Field(
        (), description="More IP addresses that the router listens on, such as an IPv6 one"
    )
    sip: SipListener = SipListener()
    http: HttpListener = HttpListener()
    metrics: MetricsListener | None = Field(None, description="For Prometheus; off unless set")
    roles: Listed[Role] = Field(("router", "provision"), min_length=1)
    site: str | None = None
    rtpengine: Listed[str] = Field(
        (),
        description="Media relays that the router may use: IP address and port of each rtpengine's "
        "listen-ng, such as 127.0.0.1:2223",
    )

    @property
    def sip_addresses(self) -> tuple[str, ...]:
        """All IP addresses of the router."""
        return (self.address, *self.addresses)
