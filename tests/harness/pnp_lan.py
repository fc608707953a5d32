"""SIP PnP for tests: questions as vendors write them, and a core that answers all of them."""

from dataclasses import dataclass, field
from ipaddress import ip_network

from engine.pnp import Asked, PnpConfig, PnpEvent
from engine.pnp.core import PnpCore
from engine.sip.flow import ListenAddress

URL = "http://192.168.1.5:8090/"
GROUP = ListenAddress("udp", "192.168.1.5", 5060)
SENDER = ListenAddress("udp", "192.168.1.5", 40000)
PHONE = "192.168.1.77"


def subscribe(
    user: str = "MAC%3a0015651234ab",
    event: str = 'ua-profile;profile-type="device";vendor="yealink";model="SIP-T46G";'
    'version="28.83.0.120"',
    contact: str = f"<sip:{PHONE}:5060>",
    via: str = f"SIP/2.0/UDP {PHONE}:5060;branch=z9hG4bK4711",
    **headers: str,
) -> bytes:
    """As Yealink writes it, but for what is said."""
    address = f"sip:{user}@224.0.1.75" if user else "sip:224.0.1.75:5060"
    lines = {
        "Via": via, "Max-Forwards": "70", "Contact": contact, "To": f"<{address}>",
        "From": f"<{address}>;tag=1000", "Call-ID": "77-1@192.168.1.77", "CSeq": "1 SUBSCRIBE",
        "Event": event, "Expires": "0", "Accept": "application/url", "Content-Length": "0",
    }  # fmt: skip
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    text = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value)
    return f"SUBSCRIBE {address} SIP/2.0\r\n{text}\r\n".encode()


VENDORS: dict[str, tuple[bytes, tuple[str, str, str, int]]] = {
    "yealink": (subscribe(), ("0015651234ab", "yealink", "SIP-T46G", 5060)),
    "snom": (
        subscribe(
            "MAC%3a000413922D24",
            'ua-profile;profile-type="device";vendor="snom";model="snom370";version="8.7.5"',
            f"<sip:{PHONE}:2048>",
            f"SIP/2.0/UDP {PHONE}:2048;rport;branch=z9hG4bK-1",
        ),
        ("000413922d24", "snom", "snom370", 2048),
    ),
    "grandstream": (
        subscribe(
            "MAC:c074ad0b63ee",
            'ua-profile;profile-type="device";vendor="Grandstream";model="GRP2614";version="1"',
        ),
        ("c074ad0b63ee", "Grandstream", "GRP2614", 5060),
    ),
    "fanvil": (
        subscribe(
            "MAC0c383e2cd782",
            "ua-profile;profile-type=device;vendor=Fanvil;model=X6U;version=2.4",
            f"<sip:0c383e2cd782@{PHONE}:5080>",
        ),
        ("0c383e2cd782", "Fanvil", "X6U", 5080),
    ),
    "panasonic": (
        subscribe(
            "MAC%3A0080F0C8C381",
            'ua-profile; profile-type="device"; vender="Panasonic"; model="KX-UT113"',
            f"sip:{PHONE}",
        ),
        ("0080f0c8c381", "Panasonic", "KX-UT113", 5060),
    ),
    "audiocodes": (
        subscribe(
            "",
            'ua-profile;profile-type="application";model="440HD";version="2.2.2"',
            f"<sip:00000001@{PHONE}:5060>",
            From=f"<sip:00000001@{PHONE}:5060>;tag=87a5a8-25020d0a-13c4-50029",
            Supported="replaces,100rel",
            User_Agent="AUDC-IPPhone/2.2.2",
        ),
        ("", "", "440HD", 5060),
    ),
    "gigaset": (
        subscribe(
            "MAC%3A7C2F80E0D605",
            'ua-profile;profile-type="device"',
            User_Agent="Gigaset N870 IP PRO/83.V2.43.0+build.5f0a106;7C2F80E0D605",
        ),
        ("7c2f80e0d605", "", "", 5060),
    ),
    "planet": (
        subscribe(
            "MAC=00304fa99948",
            'ua-profile;profile-type="device";vendor="PLANET";model="VIP-2140PT"',
            From="<sip:MAC=00304fa99948@224.0.1.75>",
        ),
        ("00304fa99948", "PLANET", "VIP-2140PT", 5060),
    ),
}
"""What each sends, and what is read: MAC, vendor, model, port of the contact."""


@dataclass
class Lan:
    """A core that tells everybody the same URL, and what it heard and told."""

    asked: list[Asked] = field(default_factory=list)
    events: list[PnpEvent] = field(default_factory=list)
    url: str | None = URL

    def __post_init__(self) -> None:
        config = PnpConfig((ip_network("192.168.0.0/16"),), self._url)
        self.core = PnpCore(config, GROUP, SENDER, self.events.append, 0.0)

    def _url(self, asked: Asked, _peer: str) -> str | None:
        self.asked.append(asked)
        return self.url

    def hear(
        self, data: bytes, now: float = 0.0, host: str = PHONE, port: int = 5060
    ) -> list[tuple[ListenAddress, str, int, bytes]]:
        """Give it a datagram; what it sends: from where, to whom, what."""
        self.core.receive(data, host, port, now)
        return self.sent()

    def sent(self) -> list[tuple[ListenAddress, str, int, bytes]]:
        found = [(flow.listener, flow.host, flow.port, data) for flow, data, _ in self.core.output]
        self.core.output.clear()
        return found

    def until(self, end: float, step: float = 0.01) -> list[float]:
        """Let time pass to `end`; the times at which something was sent."""
        times = []
        for tick in range(round(end / step)):
            self.core.advance(tick * step)
            times += [tick * step] * len(self.sent())
        return times
