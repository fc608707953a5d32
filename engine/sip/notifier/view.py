"""What one subscription shows: a user, or a list of users (RFC 4662)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

from engine.sip.notifier.markup import DECLARATION, attribute, text
from engine.sip.notifier.package import Package, Resource
from engine.sip.randomness import random_hex

AT_ONCE: Final = 40
"""Users of a list whose documents go into one NOTIFY: what fits into a datagram and into a phone.
The others follow in the next one."""


class Body(NamedTuple):
    """Of a NOTIFY."""

    content_type: bytes
    data: bytes


class View(Protocol):
    """What one subscription shows."""

    package: Package
    version: int
    """Of the next document."""

    @property
    def users(self) -> Sequence[str]:
        """Whose state it shows."""

    @property
    def more(self) -> bool:
        """Whether the last body left something for the next one."""

    def touch(self, user: str) -> None:
        """The state of one of the users changed."""

    def body(self, *, full: bool) -> Body | None:
        """What is to be told now; unless `full`, None when nothing changed."""


class UserView:
    """One user."""

    more: bool = False

    def __init__(self, package: Package, resource: Resource) -> None:
        self.package = package
        self._resource = resource
        self._told = 0

    @property
    def users(self) -> Sequence[str]:
        """See View."""
        return (self._resource.user,)

    @property
    def version(self) -> int:
        """See View."""
        return self._resource.version

    @version.setter
    def version(self, version: int) -> None:
        self._resource.version = version

    def touch(self, user: str) -> None:
        """See View. Documents are full state, so there is nothing to remember."""

    def body(self, *, full: bool) -> Body | None:
        """See View."""
        data = self.package.document(self._resource)
        told, self._told = self._told, hash(data)
        if told == self._told and not full:
            return None
        self._resource.version += 1
        return Body(self.package.content_type, data)


@dataclass(frozen=True, slots=True)
class Member:
    """One user of a list."""

    resource: Resource
    name: str
    """As shown on the phone's key."""


class ListView:
    """A list of users: one document that names them, and one of each whose state is told."""

    def __init__(
        self, package: Package, entity: str, members: Mapping[str, Member], domain: str
    ) -> None:
        self.package = package
        self.version = 0
        self._entity = entity
        self._members = members
        self._places = {user: place for place, user in enumerate(members)}
        self._domain = domain
        self._changed = dict.fromkeys(members)
        self._named = False

    @property
    def users(self) -> Sequence[str]:
        """See View."""
        return tuple(self._members)

    @property
    def more(self) -> bool:
        """See View."""
        return bool(self._changed)

    def touch(self, user: str) -> None:
        """See View."""
        self._changed[user] = None

    def body(self, *, full: bool) -> Body | None:
        """See View. The list is whole in a full body; the documents are the first AT_ONCE.

        The first body is full: whoever comes back after a restart knows nothing yet.
        """
        full = full or not self._named
        self._named = True
        if full:
            self._changed = dict.fromkeys(self._members)
        told = list(self._changed)[:AT_ONCE]
        if not (told or full):
            return None
        for user in told:
            del self._changed[user]
        root = self._part(b"root", b"application/rlmi+xml", self._list(told, full=full))
        parts = [root, *map(self._document, told)]
        self.version += 1
        return self._multipart(parts)

    def _list(self, told: Sequence[str], *, full: bool) -> bytes:
        """The list's own document (RFC 4662 section 5.2)."""
        shown = self._members if full else told
        state = attribute("fullState", "true" if full else "false")
        head = attribute("uri", self._entity) + attribute("version", self.version) + state
        resources = "".join(self._entry(user, user in told) for user in shown)
        return (
            f'{DECLARATION}<list xmlns="urn:ietf:params:xml:ns:rlmi"{head}>\n{resources}</list>\n'
        ).encode()

    def _entry(self, user: str, told: bool) -> str:
        member = self._members[user]
        place = str(self._places[user])
        cid = attribute("cid", self._identifier(place.encode()).decode())
        instance = f'<instance{attribute("id", place)} state="active"{cid}/>' if told else ""
        uri = attribute("uri", member.resource.entity)
        return f"<resource{uri}><name>{text(member.name)}</name>{instance}</resource>\n"

    def _document(self, user: str) -> bytes:
        resource = self._members[user].resource
        resource.version = self.version
        data = self.package.document(resource)
        return self._part(str(self._places[user]).encode(), self.package.content_type, data)

    def _identifier(self, name: bytes) -> bytes:
        return b"%s.%d@%s" % (name, self.version, self._domain.encode())

    def _part(self, name: bytes, content_type: bytes, data: bytes) -> bytes:
        head = b"Content-Transfer-Encoding: binary\r\nContent-ID: <%s>\r\nContent-Type: %s"
        end = b';charset="UTF-8"\r\n\r\n' + data
        return head % (self._identifier(name), content_type) + end

    def _multipart(self, parts: Sequence[bytes]) -> Body:
        boundary = random_hex()
        start = parts[0].partition(b"Content-ID: ")[2].partition(b"\r\n")[0]
        content_type = b'multipart/related;type="application/rlmi+xml";start="%s";boundary="%s"'
        data = b"".join(b"--%s\r\n%s\r\n" % (boundary, part) for part in parts)
        return Body(content_type % (start, boundary), data + b"--%s--\r\n" % boundary)
