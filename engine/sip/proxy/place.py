"""Request-URIs that mean one phone, not its user: GRUUs, and contacts as they were registered."""

from collections.abc import Callable
from typing import NamedTuple

from engine.sip.gruu import Gruus
from engine.sip.location import Binding, Location
from engine.sip.proxy.domain import Domain
from engine.sip.wire.uri import SipUri


class Place(NamedTuple):
    """Some of a user's contacts. `user` may be nobody."""

    user: str
    fits: Callable[[Binding], bool]


def place_of(uri: SipUri, domain: Domain, gruus: Gruus, location: Location) -> Place | None:
    """The phone that a URI means; None for one that means a user, or nothing of ours.

    Phones name the contact of another in Refer-To and call it, so a registered contact is as good
    as the address of its user: it leads nowhere that its user did not register.
    """
    if domain.is_own(uri):
        gruu = gruus.read(uri) if uri.parameter_text else None
        return None if gruu is None else Place(gruu.user, gruu.fits)
    binding = location.at(uri.identity)
    if binding is None:
        return None
    return Place(binding.user, lambda each: each.identity == uri.identity)
