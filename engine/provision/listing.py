"""The virtual file tree: which token leads to which phone, and the bytes of its files.

Everything is in memory. A new tree replaces the old one in a single assignment, so a request sees
one or the other. Knows no HTTP.
"""

import hashlib
import re
import secrets as random
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from engine.provision.asking import Asked
from engine.provision.ladder import may_share
from renderers.devices import (
    BookContext,
    BookLink,
    Books,
    Device,
    DeviceContext,
    DeviceFile,
    Family,
    HoldingContext,
    Secrets,
    Upload,
    bootstrap_file,
    device_url,
    found_in,
    render,
)
from schema.change import changed

_CACHED_BYTES = 256 * 1024 * 1024
"""A fleet of 10,000 phones, each of whose files is rendered once and not at every boot."""


@dataclass(frozen=True, slots=True)
class Published:
    """One phone's files as they are served now."""

    mac: str
    files: Device
    digest: bytes
    """Keyed hash of the phone's token."""
    modified: datetime

    @property
    def primary(self) -> DeviceFile:
        """What the bare URL answers with."""
        return next(file for file in self.files.values() if file.primary)

    @property
    def context(self) -> DeviceContext:
        """What the phone's own files are told. A family's primary file is always one of them."""
        return next(
            file.context for file in self.files.values() if isinstance(file.context, DeviceContext)
        )

    @property
    def family(self) -> Family:
        """The phone's family."""
        return next(iter(self.files.values())).family

    @property
    def bootstrap(self) -> DeviceFile | None:
        """What tells the phone its URL and nothing else, where its family has such a file."""
        primary = self.primary
        files = bootstrap_file(self.family.description)
        return replace(primary, file=files[0]) if files else None

    @property
    def uploads(self) -> Mapping[str, Upload]:
        """The files that the phone sends, by name."""
        mac = self.context.mac
        uploads = self.family.description.uploads
        return {request.replace("{mac}", mac): kind for request, kind in uploads.items()}

    def file(self, path: str) -> DeviceFile | None:
        """The file of that name, in whatever folder the phone believes it to be."""
        if not path:
            return self.primary
        return self.files.get(path) or self.files.get(path.rpartition("/")[2])

    def link(self, path: str) -> BookLink | None:
        """The phonebook of that name."""
        name = path.rpartition("/")[2]
        links = self.context.phonebooks if name else ()
        return next((one for one in links if one.request in (path, name)), None)


@dataclass(frozen=True, slots=True)
class Body:
    """Rendered bytes and their strong entity tag (RFC 9110 section 8.8.3)."""

    content: bytes
    etag: str


class Shared(NamedTuple):
    """A file as it is served, and since when."""

    file: DeviceFile
    modified: datetime


@dataclass(slots=True)
class Listing:
    """The tree that is served, and a bounded cache of what was rendered from it."""

    _by_mac: dict[str, Published] = field(default_factory=dict)
    _by_digest: dict[bytes, Published] = field(default_factory=dict)
    _files: Mapping[str, Device] = field(default_factory=dict)
    _shared: dict[str, Shared] = field(default_factory=dict)
    _secrets: Secrets | None = None
    _bodies: OrderedDict[str, tuple[DeviceFile, Body]] = field(default_factory=OrderedDict)
    _cached: int = 0
    _etags: dict[str, tuple[DeviceFile, str]] = field(default_factory=dict)
    _books: Books = field(default_factory=lambda: Books({}))
    _listed: datetime | None = None
    """Since when phonebooks list what they do."""
    _key: bytes = field(default_factory=lambda: random.token_bytes(32))

    def swap(
        self,
        devices: Mapping[str, Device],
        secrets: Secrets,
        modified: datetime,
        books: Books | None = None,
    ) -> None:
        """Serve `devices` from now on. A phone whose files are equal keeps its old date.

        `modified` is the time of the revision, with a time zone. Tokens are derived anew for
        phones that changed, and for all when `secrets` is not the same as before.
        """
        if secrets != self._secrets:
            self._forget()
        by_mac, by_digest = dict(self._by_mac), dict(self._by_digest)
        for mac in changed(self._files, devices):
            old, files = by_mac.get(mac), devices.get(mac)
            if old is not None and old.files != files:
                del by_mac[mac], by_digest[old.digest]
                for file in old.files.values():
                    self._etags.pop(file.path, None)
            if files is not None and (old is None or old.files != files):
                published = self._publish(mac, files, secrets, modified)
                by_mac[mac] = by_digest[published.digest] = published
        if by_mac != self._by_mac:
            self._shared = _shared_by_name(by_mac.values())
        self._by_mac, self._by_digest = by_mac, by_digest
        self._files, self._secrets = devices, secrets
        if books is not None and books is not self._books:
            self._books, self._listed = books, modified

    def _forget(self) -> None:
        """Other secrets: every token and every password is another."""
        self._by_mac, self._by_digest, self._files = {}, {}, {}
        self._bodies.clear()
        self._etags.clear()
        self._cached = 0

    def find(self, token: str) -> Published | None:
        """The phone that has this token.

        Looked up by a hash with a key nobody knows, so how long a failure takes says nothing
        about how much of a guess was right.
        """
        return self._by_digest.get(self._digest(token))

    def phone(self, mac: str) -> Published | None:
        """The phone with that MAC address, in lower case."""
        return self._by_mac.get(mac)

    def shared(self, path: str) -> Shared | None:
        """A file that anybody may read, by its name at the root."""
        return self._shared.get(path) or self._shared.get(path.rpartition("/")[2])

    def own(self, phone: Published, asked: Asked) -> Shared | None:
        """What a phone asks for below its URL: a file of its own, or one of its phonebooks."""
        file = phone.file(asked.path)
        if file is not None:
            return self._filled(phone, file)
        link = phone.link(asked.path)
        book = self._books.file(phone.family, link) if link is not None else None
        if book is None:
            return None
        return Shared(_part(book, phone.family, asked), self._listed or phone.modified)

    def _filled(self, phone: Published, file: DeviceFile) -> Shared:
        filled = self._books.filled(file)
        if filled is file or self._listed is None:
            return Shared(file, phone.modified)
        return Shared(filled, max(phone.modified, self._listed))

    def url(self, published: Published) -> str:
        """The phone's own URL, which holds its token."""
        assert self._secrets is not None  # noqa: S101 (it was published with them)
        context = published.context
        token = self._secrets.provisioning_token(published.mac, context.epoch)
        return device_url(context.provisioning, token)

    def body(self, file: DeviceFile) -> Body:
        """The file's bytes. Raises RenderError."""
        if isinstance(file.context, BookContext) and not file.context.whole:
            return self._made(file)  # nobody looks for the same twice
        if isinstance(file.context, HoldingContext):
            return self._made(file)  # nothing is kept for strangers
        key = file.path
        cached = self._bodies.get(key)
        if cached is not None and cached[0] is file:
            self._bodies.move_to_end(key)
            return cached[1]
        body = self._made(file)
        self._remember(key, file, body)
        self._etags[key] = file, body.etag
        return body

    def _made(self, file: DeviceFile) -> Body:
        assert self._secrets is not None  # noqa: S101 (a file comes from a listing that has them)
        content = render(file, self._secrets)
        return Body(content, f'"{hashlib.sha256(content).hexdigest()[:32]}"')

    def etag(self, file: DeviceFile) -> str:
        """That of `body`, which is made only where it was not since the file changed."""
        file_then, etag = self._etags.get(file.path, (None, ""))
        return etag if file_then is file else self.body(file).etag

    def _remember(self, key: str, file: DeviceFile, body: Body) -> None:
        old = self._bodies.pop(key, None)
        self._cached += len(body.content) - (len(old[1].content) if old else 0)
        self._bodies[key] = (file, body)
        while self._cached > _CACHED_BYTES:
            _, (_, dropped) = self._bodies.popitem(last=False)
            self._cached -= len(dropped.content)

    def _publish(self, mac: str, files: Device, secrets: Secrets, modified: datetime) -> Published:
        contexts = (file.context for file in files.values())
        epoch = next(one.epoch for one in contexts if isinstance(one, DeviceContext))
        token = secrets.provisioning_token(mac, epoch)
        return Published(mac, files, self._digest(token), modified)

    def _digest(self, token: str) -> bytes:
        return hashlib.blake2b(token.encode("ascii", "replace"), key=self._key).digest()


def _part(book: DeviceFile, family: Family, asked: Asked) -> DeviceFile:
    """What a query asks for of a phonebook, where the family's phones ask for parts."""
    wanted = family.description.phonebook
    if wanted is None or not asked.query:
        return book
    terms = [asked.said(parameter) for parameter in wanted.search]
    return found_in(book, terms, _number(asked, wanted.first) or 1, _number(asked, wanted.count))


def _number(asked: Asked, parameter: str | None) -> int | None:
    """A number in a query: of at most six digits."""
    text = asked.said(parameter) if parameter is not None else ""
    return int(text) if re.fullmatch("[0-9]{1,6}", text) else None


def _shared_by_name(phones: Iterable[Published]) -> dict[str, Shared]:
    """Where two phones would read different files under one name, that of the first counts."""
    found: dict[str, Shared] = {}
    for phone in phones:
        for file in phone.files.values():
            if may_share(file):
                found.setdefault(file.name, Shared(file, phone.modified))
    return found
