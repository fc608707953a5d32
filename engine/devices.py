"""What a running node says of its phones, and does to them when somebody asks: `pbx devices …`.

Reads the tree that runs, the servers and the store; answers are what JSON can hold.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from engine.control import ControlError
from engine.control.server import Handler
from engine.desired import Desired
from engine.device_views import waiting_phones
from engine.profiles import Profiles
from engine.provision.enrolment import Enrolment
from engine.services.provisioning import ProvisioningService
from engine.services.resync import Resync, reminders
from engine.services.router import RouterService
from engine.store import Store
from renderers.devices import recognise
from schema.managed import Provisioned, provisioned

_AT_ONCE = 5
"""Phones that are looked at before others have their turn: files may have to be rendered."""


class DeviceCommands:
    """The commands about phones."""

    def __init__(
        self,
        running: Callable[[], Desired | None],
        router: RouterService,
        provisioning: ProvisioningService,
        resync: Resync,
        store: Store,
    ) -> None:
        self._running = running
        self._router = router
        self._provisioning = provisioning
        self._resync = resync
        self._store = store
        self._profiles = Profiles(provisioning)

    @property
    def handlers(self) -> Mapping[str, Handler]:
        """By path of the control API."""
        return {
            "/devices": self._list,
            "/devices/pending": self._pending,
            "/devices/show": self._show,
            "/devices/enrol": self._enrol,
            "/devices/resync": self._ask,
        }

    @property
    def profiles(self) -> Profiles:
        """What phones have been given."""
        return self._profiles

    @property
    def macs(self) -> list[str]:
        """The phones that this node serves."""
        serves = self._provisioning.server.access.listing.phone
        return [mac for mac in _phones(self._running()) if serves(mac) is not None]

    @property
    def pending(self) -> int:
        """Phones that asked and are not in the tree."""
        return len(self._provisioning.server.access.sightings)

    async def _list(self, _question: Mapping[str, Any]) -> Any:
        desired = self._running()
        registered = self._registered()
        devices = []
        for number, (mac, phone) in enumerate(_phones(desired).items()):
            if number % _AT_ONCE == _AT_ONCE - 1:
                await asyncio.sleep(0)
            devices.append(self._line(mac, phone, registered))
        return {"devices": devices}

    async def _pending(self, _question: Mapping[str, Any]) -> Any:
        seen = self._provisioning.server.access.sightings.all()
        return {"pending": waiting_phones(asdict(one) for one in seen)}

    async def _show(self, question: Mapping[str, Any]) -> Any:
        mac, phone = self._phone(question)
        kept = await asyncio.to_thread(self._store.phones.uploads, mac)
        waiting = self._provisioning.server.access.enrolments.latest(mac)
        return {
            **self._line(mac, phone, self._registered()),
            "files": [self._profiles.file(mac, name) for name in self._profiles.names(mac)],
            "uploads": [
                {"name": row["name"], "kind": row["kind"], "size": row["size"], "at": row["at"]}
                for row in kept
            ],
            "overrides": list(self._profiles.changed_by_hand(mac, kept)),
            "enrolment": _enrolment(waiting),
        }

    async def _enrol(self, question: Mapping[str, Any]) -> Any:
        mac, _ = self._phone(question)
        access = self._provisioning.server.access
        if access.listing.phone(mac) is None:
            raise ControlError("this node serves no phones: ask one with the role provision")
        opened = access.open_window(mac, float(question["seconds"]))
        return {"until": opened.enrolment.until, "before": _enrolment(opened.before)}

    async def _ask(self, question: Mapping[str, Any]) -> Any:
        """Tell one phone, or all, to fetch."""
        desired = self._running()
        macs = [self._phone(question)[0]] if question.get("mac") else list(_phones(desired))
        registered = self._registered()
        reachable = [mac for mac in macs if mac in registered]
        told = reminders(desired, reachable) if desired is not None else {}
        self._resync.ask(told)
        return {
            "asked": len(told),
            "in_call": sum(self._resync.talking(each) for each in told.values()),
            "not_registered": len(macs) - len(told),
        }

    def _phone(self, question: Mapping[str, Any]) -> tuple[str, Provisioned]:
        mac = "".join(one for one in str(question.get("mac")).lower() if one not in ":-. ")
        phone = _phones(self._running()).get(mac)
        if phone is None:
            raise ControlError(f"there is no phone {mac} in the tree that runs")
        return mac, phone

    def _registered(self) -> Mapping[str, str]:
        """MAC addresses that are registered, with the User-Agent they did it with."""
        server = self._router.server
        bindings = server.registrations() if server is not None else ()
        return {each.device: each.user_agent for each in bindings if each.device}

    def _line(self, mac: str, phone: Provisioned, registered: Mapping[str, str]) -> dict[str, Any]:
        fetch = self._provisioning.server.last_fetch(mac)
        agent = fetch.user_agent if fetch is not None else None
        return {
            "mac": mac,
            "model": phone.model,
            "lines": list(phone.lines),
            "firmware": self._firmware(agent) or self._firmware(registered.get(mac)),
            "fetched": fetch.at if fetch else None,
            "user_agent": agent,
            "profile": self._profiles.state(mac),
            "registered": mac in registered,
        }

    def _firmware(self, agent: str | None) -> str | None:
        told = recognise(self._provisioning.server.access.families, agent) if agent else None
        return told.firmware if told is not None else None


def _phones(desired: Desired | None) -> Mapping[str, Provisioned]:
    return provisioned(desired.system) if desired is not None else {}


def _enrolment(enrolment: Enrolment | None) -> dict[str, Any] | None:
    """Epoch seconds; `open` while a first fetch would be told the URL."""
    if enrolment is None:
        return None
    return {
        "open": enrolment.used is None and enrolment.until > time.time(),
        "until": enrolment.until,
        "used": enrolment.used,
        "peer": enrolment.peer or None,
    }
