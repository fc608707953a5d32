"""Where gateways are that are configured by name (RFC 3263). Asked ahead of need, never for a call.

    inquiry    one resolution's questions to DNS, and for how long the answers hold
    locate     the procedure of RFC 3263 section 4: NAPTR, SRV, A and AAAA
    directory  keeps the servers of all gateways fresh

This is part of the asyncio shell: the core gets the servers as data.
"""

from engine.sip.resolve.directory import Directory, Listing
from engine.sip.resolve.inquiry import NameServers

__all__ = ["Directory", "Listing", "NameServers"]
