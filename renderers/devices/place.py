"""Which nodes a phone uses, and the URLs that follow. Pure functions of the tree.

A node at the phone's own site is preferred; else the first that has the role, in the order of
the tree. Every node that compiles a commit comes to the same answer.
"""

from renderers.devices.context import Secrets
from schema.managed import Provisioned, provisioned
from schema.models import Node, System


def site_of(system: System, phone: Provisioned) -> str | None:
    """The phone's site, or that of the user on its first line."""
    if phone.site is not None or not phone.lines:
        return phone.site
    user = system.users.get(phone.lines[0])
    return user.site if user is not None else None


def routers_for(system: System, site: str | None, transport: str) -> list[Node]:
    """The nodes that phones at `site` register with over `transport`, the preferred one first."""
    routers = _by_nearness(system, site, "router")
    return [node for node in routers if transport in node.sip.ports] or routers


def provisioner_for(system: System, site: str | None) -> Node:
    """The node that phones at `site` fetch their profiles from."""
    return _by_nearness(system, site, "provision")[0]


def base_url(node: Node) -> str:
    """Where the node serves profiles, without a slash at the end: by HTTPS if it has a name."""
    secure = node.http.tls
    if secure is not None and secure.name is not None:
        return f"https://{secure.name}:{secure.port}"
    host = f"[{node.address}]" if ":" in node.address else node.address
    return f"http://{host}:{node.http.port}"


def device_url(base: str, token: str) -> str:
    """The URL that a phone is given."""
    return f"{base}/d/{token}/"


def provisioning_url(system: System, mac: str, secrets: Secrets) -> str:
    """The URL that the phone `mac` is given. Holds its token. Raises KeyError for no such phone."""
    phone = provisioned(system)[mac]
    node = provisioner_for(system, site_of(system, phone))
    return device_url(base_url(node), secrets.provisioning_token(mac, phone.credential_epoch))


def _by_nearness(system: System, site: str | None, role: str) -> list[Node]:
    able = [node for node in system.nodes.values() if role in node.roles]
    near = [node for node in able if site is not None and node.site == site]
    far = [node for node in able if node not in near]
    return [*near, *far] or list(system.nodes.values())
