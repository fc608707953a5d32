"""`reg` (RFC 3680): the contacts of an address of record. Only the user themself is told."""

import hashlib
from collections.abc import Callable

from engine.sip.location import Binding, Location
from engine.sip.notifier.markup import DECLARATION, attribute, text
from engine.sip.notifier.package import REGISTRATION, Resource, ended


class RegistrationPackage:
    """Registrations of users."""

    name = "reg"
    content_type = b"application/reginfo+xml"
    topics = frozenset((REGISTRATION,))
    private = True
    listed = False

    def __init__(self, location: Location, wall: Callable[[], float]) -> None:
        self._location = location
        self._wall = wall

    def document(self, resource: Resource) -> bytes:
        """See Package. A contact that went away is listed once as terminated."""
        wall = self._wall()
        bindings = {
            _identifier(binding): binding for binding in self._location.of(resource.user, wall)
        }
        active = [_active(id_, binding, wall) for id_, binding in bindings.items()]
        gone = ended(resource, {id_: _gone(id_, binding) for id_, binding in bindings.items()})
        state = "active" if bindings else "terminated" if gone else "init"
        aor, record = attribute("aor", resource.entity), attribute("id", resource.user)
        return (
            f'{DECLARATION}<reginfo xmlns="urn:ietf:params:xml:ns:reginfo"'
            f'{attribute("version", resource.version)} state="full">\n'
            f"<registration{aor}{record}{attribute('state', state)}>\n"
            f"{''.join(active)}{''.join(gone)}</registration>\n</reginfo>\n"
        ).encode()


def _active(id_: str, binding: Binding, wall: float) -> str:
    left = attribute("expires", max(round(binding.expires - wall), 0))
    dialog = attribute("callid", binding.call_id) + attribute("cseq", binding.sequence)
    priority = attribute("q", f"{binding.priority:g}")
    return (
        f'<contact{attribute("id", id_)} state="active" event="registered"{left}{priority}{dialog}>'
        f"<uri>{text(binding.contact)}</uri></contact>\n"
    )


def _gone(id_: str, binding: Binding) -> str:
    return (
        f'<contact{attribute("id", id_)} state="terminated" event="unregistered">'
        f"<uri>{text(binding.contact)}</uri></contact>\n"
    )


def _identifier(binding: Binding) -> str:
    told_apart = (binding.identity, binding.instance, binding.flow_number)
    return hashlib.blake2b(repr(told_apart).encode(), digest_size=8).hexdigest()
