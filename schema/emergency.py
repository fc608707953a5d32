"""What the tree says of emergency calls: where somebody is, and which node tells it."""

from collections.abc import Iterable

from schema.models import Node, Site


def is_located(site: Site) -> bool:
    """Whether there is anything to tell of where a site is."""
    return bool(site.emergency_location or site.emergency_civic or site.emergency_point)


def serves_http(node: Node, sites: Iterable[Site]) -> bool:
    """Whether a node listens on its HTTP port: for phones' profiles, for the Git host, or because
    a router tells where emergency calls come from."""
    if "provision" in node.roles or node.webhook is not None:
        return True
    return "router" in node.roles and any(map(is_located, sites))
