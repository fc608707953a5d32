"""DNS records by which phones and other systems find the routers of the domain (RFC 3263).

Pure: a `System` in, snippets for a zone file and for dnsmasq out.
"""

from renderers.dns.render import render_dns

__all__ = ["render_dns"]
