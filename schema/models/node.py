"""`nodes:` the machines that run the PBX."""

from collections.abc import Mapping
from typing import Final, Literal

from pydantic import Field

from schema.models.base import Entry, FilePath, Listed, Network, Port
from schema.models.secret import Secret

Role = Literal["router", "provision"]

SECURE_TRANSPORTS: Final = ("tls", "wss")
"""They need a certificate."""

PRIVATE_NETWORKS: Final = (
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8",
    "fc00::/7", "fe80::/10", "::1/128",
)  # fmt: skip
"""Where phones are that have not been given their URL yet, unless the tree says otherwise."""


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


class HttpsListener(Entry):
    """The same files by HTTPS."""

    port: Port = Field(8443, description="Usually 8443 or 443")
    certificate: CertificateFiles
    name: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$",
        description="The host name in the certificate. With it, the URL that phones are given is "
        "https://NAME:PORT/…; without it, the one by HTTP",
    )
    clients: Listed[FilePath] = Field(
        (),
        description="Authorities, PEM, that makers sign the certificates of their phones with: a "
        "phone that shows such a certificate with its MAC address gets its files by their names",
    )
    clients_port: Port | None = Field(
        None,
        description="Where phones are asked for certificates, in place of `port`: then those whose "
        "certificate is expired or another maker's still read their URLs at `port`",
    )


class HttpListener(Entry):
    """Where phones fetch their profiles, and carriers the location of emergency calls."""

    port: Port = 8090
    tls: HttpsListener | None = Field(None, description="HTTPS beside it; off unless set")
    public: str | None = Field(
        None,
        pattern=r"^https?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9._~-]+)*$",
        description="What the URLs of emergency locations begin with, where carriers reach the "
        "port by another name or by HTTPS: https://pbx.example.net",
    )


class Webhook(Entry):
    """Where the Git host says that somebody pushed: POST /hooks/git on the HTTP port. It makes the
    node look at what it follows, and nothing else."""

    secret: Secret = Field(
        description="What GitHub, Gitea and Forgejo sign with, and GitLab shows as secret token"
    )


class MetricsListener(Entry):
    """Where Prometheus reads: GET /metrics, without a password."""

    port: Port = Field(description="Usually 9090 and up")
    address: str = Field(
        "127.0.0.1", pattern="^[0-9A-Fa-f.:]+$", description="The IP address to listen on"
    )


class TftpListener(Entry):
    """For phones that know nothing else. What it serves holds no secret."""

    port: Port = Field(69, description="Phones ask port 69 unless they are told another")


class FtpListener(Entry):
    """Where phones drop logs that know nothing else. What it serves holds no secret."""

    port: Port = 21


class Provision(Entry):
    """What phones may do that do not show the token of their URL."""

    networks: Listed[Network] = Field(
        PRIVATE_NETWORKS,
        description="From where phones may be enrolled, drop logs, and are listed when they are "
        "not in the tree; by default the private networks",
    )
    holding: bool = Field(
        False,
        description="Whether a phone of `networks` that is not in the tree is told to show that, "
        "with its MAC address. It gets no account and no secret; but then whoever is there can "
        "tell which phones are in the tree",
    )
    firmware: FilePath | None = Field(
        None,
        description="A folder on the node's disk; its files are served to anybody below /firmware/ "
        "by HTTP and HTTPS, for the setting `firmware_url`",
    )


class PnpListener(Entry):
    """SIP PnP: phones out of the box ask the group 224.0.1.75 where their profile is. What they
    are told holds no secret, and is told to `provision.networks` only."""

    port: Port = 5060
    interface: str | None = Field(
        None,
        description="IPv4 address of the interface that phones are behind; default: the node's "
        "address",
    )


class Node(Entry):
    """One entry of `nodes`."""

    address: str = Field(description="The IP address that services bind and phones use")
    addresses: Listed[str] = Field(
        (), description="More IP addresses that the router listens on, such as an IPv6 one"
    )
    sip: SipListener = SipListener()
    http: HttpListener = HttpListener()
    tftp: TftpListener | None = Field(None, description="TFTP; off unless set")
    ftp: FtpListener | None = Field(None, description="FTP; off unless set")
    provision: Provision = Provision()
    pnp: PnpListener | None = Field(None, description="SIP PnP; off unless set, such as `pnp: {}`")
    webhook: Webhook | None = Field(None, description="A nudge of the Git host; off unless set")
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
