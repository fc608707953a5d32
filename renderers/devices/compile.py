"""`System` to device files, making anew only what a change can have touched.

Pure but for its memory of the last result. A commit that changes one user among 10,000 costs the
phones that show that user: dependencies are followed backwards, from the entries that are no
longer the same object to the phones that were made from them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from renderers.devices.build import build_context, build_shared
from renderers.devices.context import Device, DeviceContext, DeviceFile
from renderers.devices.family import Families, Family, File, Model
from renderers.devices.place import site_of
from renderers.devices.surroundings import Surroundings
from schema.change import changed
from schema.managed import Provisioned, managed_gateways, provisioned
from schema.models import System

Entry = tuple[str, str]
"""Section and id of an entry of the tree that a phone's files are made from."""


def device_files(system: System, families: Families) -> Mapping[str, DeviceFile]:
    """Every device file by path, without any memory. See `DeviceCompiler.files`."""
    return DeviceCompiler(families).files(system)


@dataclass(slots=True)
class DeviceCompiler:
    """Compiles one system after another; unchanged phones keep the very same objects."""

    families: Families
    _system: System | None = None
    _devices: dict[str, Device] = field(default_factory=dict)
    _files: dict[str, DeviceFile] = field(default_factory=dict)
    _dependents: dict[Entry, set[str]] = field(default_factory=dict)
    _shared: dict[str, DeviceFile] = field(default_factory=dict)
    """By path: the files that phones share. One object for all of them."""

    def devices(self, system: System) -> Mapping[str, Device]:
        """The files of each phone by MAC address. A new mapping for every new system."""
        self._update(system)
        return self._devices

    def files(self, system: System) -> Mapping[str, DeviceFile]:
        """All files by path "devices/<mac>/<name>" or "shared/…". New for every new system."""
        self._update(system)
        return self._files

    def _update(self, system: System) -> None:
        """The usual change touches few phones: what is big is copied, and few entries are set."""
        if system is self._system:
            return
        around = Surroundings(system)
        wanted = provisioned(system)
        shared: dict[str, DeviceFile] = {}
        anew = {
            mac: self._device(around, mac, wanted[mac], shared)
            for mac in self._stale(system, wanted)
        }
        if self._replaces(anew, wanted):
            devices = self._devices | anew
            files = self._files | _by_path(anew)
        else:
            devices = {mac: anew.get(mac) or self._devices[mac] for mac in wanted}
            files = _by_path(devices)
        if len(anew) == len(devices):
            self._dependents.clear()
        self._depend(system, {mac: wanted[mac] for mac in anew})
        self._system, self._devices, self._files = system, devices, files
        self._shared.update(shared)

    def _replaces(self, anew: Mapping[str, Device], wanted: Iterable[str]) -> bool:
        """Whether nothing came, went or moved, neither a phone nor a file of one."""
        old = self._devices
        return list(old) == list(wanted) and all(
            old[mac].keys() == device.keys() for mac, device in anew.items()
        )

    def _stale(self, system: System, wanted: Iterable[str]) -> Iterable[str]:
        """The phones, and gateways, to make anew, in the order of the tree."""
        last = self._system
        if last is None or last.system is not system.system or last.nodes != system.nodes:
            return wanted
        if _links(last) != _links(system):
            return wanted
        stale = set(changed(last.phones, system.phones))
        others = changed(last.gateways, system.gateways)
        gateways = {name: system.gateways[name] for name in others if name in system.gateways}
        stale |= {each.device.mac for each in managed_gateways(gateways)}
        for section in ("users", "groups", "sites"):
            for name in changed(getattr(last, section), getattr(system, section)):
                stale |= self._dependents.get((section, name), set())
        return [mac for mac in wanted if mac in stale or mac not in self._devices]

    def _device(
        self, around: Surroundings, mac: str, phone: Provisioned, shared: dict[str, DeviceFile]
    ) -> Device:
        family, model = self.families.models[phone.model]
        own = files_of(family, model, mac, build_context(around, mac, phone, family, model))
        site = site_of(around.system, phone)
        others = (
            self._shared_file(around, site, family, file, model, shared)
            for file in files_for(family, model)
            if file.scope != "device"
        )
        return _keep(self._devices.get(mac), {**own, **{file.name: file for file in others}})

    def _shared_file(
        self,
        around: Surroundings,
        site: str | None,
        family: Family,
        file: File,
        model: Model,
        shared: dict[str, DeviceFile],
    ) -> DeviceFile:
        """The one object of a file that phones share; the old one where it reads the same."""
        name = _requested(file.request, "", model)
        path = f"{site if file.scope == 'site' else ''}/{family.name}/{name}"
        if path not in shared:
            context = build_shared(around, site, family, file, model)
            made = DeviceFile("", name, family, file, context, primary=False)
            old = self._shared.get(path)
            shared[path] = old if old is not None and old == made else made
        return shared[path]

    def _depend(self, system: System, phones: Mapping[str, Provisioned]) -> None:
        for mac, phone in phones.items():
            for entry in _sources(system, phone):
                self._dependents.setdefault(entry, set()).add(mac)


def files_for(family: Family, model: Model) -> list[File]:
    """The files that phones of a model ask for."""
    return [
        file
        for file in family.description.files
        if (not file.features or not set(file.features).isdisjoint(model.features))
        and (model.file is not None or "{model}" not in file.request)
    ]


def files_of(family: Family, model: Model, mac: str, context: DeviceContext) -> Device:
    """The files of one phone alone, by name."""
    description = family.description
    files = [
        DeviceFile(
            mac,
            _requested(file.request, _cased(mac, file.mac or description.mac), model),
            family,
            file,
            context,
            file.request == description.primary,
        )
        for file in files_for(family, model)
        if file.scope == "device"
    ]
    return {file.name: file for file in files}


def _requested(request: str, mac: str, model: Model) -> str:
    return request.replace("{mac}", mac).replace("{model}", model.file or "")


def _cased(mac: str, case: str) -> str:
    return mac.upper() if case == "upper" else mac.lower()


def _by_path(devices: Mapping[str, Device]) -> dict[str, DeviceFile]:
    return {file.path: file for device in devices.values() for file in device.values()}


def _links(system: System) -> list[tuple[str, str | None, tuple[str, ...] | None]]:
    """All that phones know of phonebooks, apart from what they list."""
    return [(id_, book.name, book.for_) for id_, book in system.phonebooks.items()]


def _keep(old: Device | None, new: Device) -> Device:
    """The old object where the new one is equal: whoever compares by identity sees no change."""
    return old if old is not None and old == new else new


def _sources(system: System, phone: Provisioned) -> Iterator[Entry]:
    """Every entry beside the phone, the nodes and `system` that its context was made from."""
    for user in phone.lines:
        yield "users", user
    yield from (("users", key.blf) for key in phone.keys if key.blf is not None)
    first = system.users.get(phone.lines[0]) if phone.lines else None
    if first is not None:
        yield from (("groups", group) for group in first.groups)
        if first.site is not None:
            yield "sites", first.site
    if phone.site is not None:
        yield "sites", phone.site
