"""The tree's settings as values that any family can write: defaults filled in, routers found.

Pure functions of the system. Knows no family.
"""

from functools import lru_cache

from renderers.devices.context import Neutral, Server
from renderers.devices.place import routers_for
from schema.models import Settings, System

_DAY = 86400.0
_PORTS = {"udp": 5060, "tcp": 5060, "tls": 5061}


def servers_of(system: System, settings: Settings, site: str | None) -> tuple[Server, ...]:
    """Where phones at `site` register, the preferred one first."""
    transport = settings.transport or "udp"
    expires = int(settings.register_expires or system.system.registration.default_expires)
    domain = system.system.domain
    if settings.registrar == "srv":
        return (_shared_server(domain, domain, None, transport, expires),)
    return tuple(
        _shared_server(
            domain,
            node.address,
            node.sip.ports.get(transport, _PORTS[transport]),
            transport,
            expires,
        )
        for node in routers_for(system, site, transport)
    )


_shared_server = lru_cache(maxsize=256)(Server)
"""Most phones of a system register in the same way: one object, compared by identity."""


def neutral_of(
    system: System, settings: Settings, site: str | None, servers: tuple[Server, ...]
) -> Neutral:
    """Everything that the tree says for phones with these settings at this site."""
    first, second = servers[0], servers[1] if len(servers) > 1 else None
    proxied = any(server.proxied for server in servers)
    vlan = settings.vlan
    return Neutral(
        timezone=settings.timezone or system.system.timezone,
        tones=settings.tones or _region(system, site),
        domain=first.domain,
        transport=first.transport,
        registrar=settings.registrar or "nodes",
        register_expires=first.expires,
        proxied=proxied,
        server_port=first.port,
        proxy_host=first.host if proxied else None,
        proxy_port=first.port if proxied else None,
        proxy2_host=second.host if second is not None else None,
        proxy2_port=second.port if second is not None else None,
        provisioning_interval=int(settings.provisioning_interval or _DAY),
        language=settings.language,
        ntp_server=settings.ntp_server,
        voicemail_number=settings.voicemail_number,
        srtp=settings.srtp,
        codecs=settings.codecs,
        dtmf=settings.dtmf,
        call_waiting=settings.call_waiting,
        auto_answer=settings.auto_answer,
        vlan_id=vlan.id if vlan is not None else None,
        vlan_priority=vlan.priority if vlan is not None else None,
        syslog_server=settings.syslog_server,
        firmware_url=settings.firmware_url,
        web_admin=settings.web_admin,
    )


def _region(system: System, site: str | None) -> str:
    own = system.sites[site].region if site is not None and site in system.sites else None
    return own or system.system.region
