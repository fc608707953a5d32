"""DHCP servers' configuration: which phones are told where their profiles are.

Pure: a `System` and the device families in, snippets for dnsmasq, Kea and ISC dhcpd out. No
secret is among them: anyone on the LAN can ask a DHCP server anything.
"""

from renderers.dhcp.render import render_dhcp

__all__ = ["render_dhcp"]
