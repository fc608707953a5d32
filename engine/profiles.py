"""What phones have been given against what they would be given now."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from engine.provision.asking import Asked
from engine.provision.overrides import overrides
from engine.provision.web import Fetch
from engine.services.provisioning import ProvisioningService
from renderers.devices import RenderError


class Profiles:
    """Of the phones that a node serves. Files are rendered where they have not been yet."""

    def __init__(self, provisioning: ProvisioningService) -> None:
        self._provisioning = provisioning

    def state(self, mac: str) -> str:
        """Whether the phone has what it should: "never", "behind" or "current"."""
        fetched = self._provisioning.server.web.fetches.get(mac, {})
        wanted = [(fetch, self._etag(mac, name)) for name, fetch in fetched.items()]
        if not any(etag is not None for _, etag in wanted):
            return "never"
        behind = any(etag is not None and etag != fetch.etag for fetch, etag in wanted)
        return "behind" if behind else "current"

    def file(self, mac: str, name: str) -> dict[str, Any]:
        """One file: when it was fetched, and the tags of what was served and is wanted."""
        fetch: Fetch | None = self._provisioning.server.web.fetches.get(mac, {}).get(name)
        return {
            "name": name,
            "fetched": fetch.at if fetch else None,
            "served": fetch.etag.strip('"') if fetch else None,
            "wanted": (self._etag(mac, name) or "").strip('"') or None,
        }

    def names(self, mac: str) -> list[str]:
        """The files of a phone."""
        phone = self._provisioning.server.access.listing.phone(mac)
        return list(phone.files) if phone is not None else []

    def _etag(self, mac: str, name: str) -> str | None:
        """Of what the phone would be given now; None when there is no such file."""
        listing = self._provisioning.server.access.listing
        phone = listing.phone(mac)
        own = listing.own(phone, Asked("", name)) if phone is not None else None
        try:
            return listing.etag(own.file) if own is not None else None
        except RenderError:
            return None

    def changed_by_hand(
        self, mac: str, sent: Iterable[Mapping[str, Any]]
    ) -> Iterator[dict[str, Any]]:
        """What was set on the phone itself, read from the rows of what it sent."""
        for row in sent:
            if row["kind"] == "override":
                for override in overrides(row["content"], self._bodies(mac)):
                    yield {"file": row["name"], **override._asdict()}

    def _bodies(self, mac: str) -> list[bytes]:
        listing = self._provisioning.server.access.listing
        phone = listing.phone(mac)
        return [listing.body(file).content for file in phone.files.values()] if phone else []
