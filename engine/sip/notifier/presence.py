"""`presence` (RFC 3856): what a user's clients published, or else what we know ourselves.

Composition is simple. As long as anything is published, the document has the parts of all
publications, the latest first, and nothing of ours: the user decides what is told. When nothing
is, the user is open while registered, and on the phone while in a call (RFC 4480).
"""

from collections.abc import Callable

from engine.sip.calls import Calls
from engine.sip.location import Location
from engine.sip.notifier.markup import attribute, text
from engine.sip.notifier.package import CALLS, PUBLICATION, REGISTRATION, Resource
from engine.sip.notifier.pidf import DATA_MODEL, PIDF_TYPE, RICH, composed
from engine.sip.notifier.publications import Publications

ON_THE_PHONE = (
    f'<dm:person{attribute("xmlns:dm", DATA_MODEL)}{attribute("xmlns:rpid", RICH)} id="person">'
    "<rpid:activities><rpid:on-the-phone/></rpid:activities></dm:person>"
)


class PresencePackage:
    """Presence of users."""

    name = "presence"
    content_type = PIDF_TYPE
    topics = frozenset((CALLS, PUBLICATION, REGISTRATION))
    private = False
    listed = True

    def __init__(
        self,
        publications: Publications,
        calls: Calls,
        location: Location,
        wall: Callable[[], float],
    ) -> None:
        self._publications = publications
        self._calls = calls
        self._location = location
        self._wall = wall

    def document(self, resource: Resource) -> bytes:
        """See Package."""
        published = self._publications.of(resource.user)
        if published:
            return composed(resource.entity, (part for each in published for part in each.parts))
        return composed(resource.entity, self._derived(resource))

    def _derived(self, resource: Resource) -> list[str]:
        registered = self._location.of(resource.user, self._wall())
        basic = "open" if registered else "closed"
        state = (
            f'<tuple id="phone"><status><basic>{basic}</basic></status>'
            f"<contact>{text(resource.entity)}</contact></tuple>"
        )
        busy = any(call.answered for call in self._calls.of(resource.user))
        return [state, ON_THE_PHONE] if busy else [state]
