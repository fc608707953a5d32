"""One phone's context from the tree. Pure; the only module that knows both sides.

Names are shortened here to what the family holds, keys are laid out, inherited settings become
native parameters. Expects a checked system: models are known and lines and keys fit.
"""

from collections.abc import Iterator
from hashlib import sha256

from renderers.devices.clock import clock_of
from renderers.devices.context import DeviceContext, Line, Port, ProgrammedKey, SharedContext
from renderers.devices.escape import shorten
from renderers.devices.family import Family, File, Model
from renderers.devices.native import (
    cleared_parameters,
    key_parameters,
    line_parameters,
    passed_over,
    phone_parameters,
    shared_parameters,
)
from renderers.devices.phonebooks import links_of
from renderers.devices.place import site_of
from renderers.devices.surroundings import Surroundings
from schema.managed import ManagedGateway, Provisioned
from schema.models import Key, Settings, System

_SPREAD = 10


def build_context(
    around: Surroundings, mac: str, phone: Provisioned, family: Family, model: Model
) -> DeviceContext:
    """All that the templates of `family` are told about the phone, or gateway, `mac`."""
    site = site_of(around.system, phone)
    told = around.phone(phone, site)
    limits = family.description.limits
    lines = _lines(around.system, phone, told.settings, model.text or limits.text)
    modules = tuple(family.description.expansions[name].keys for name in phone.expansion)
    keys = _keys(around.system, phone, lines, model, family)
    polling = _spread(mac, told.neutral.provisioning_interval, told.settings, limits.interval)
    parameters = (
        *phone_parameters(family, told.neutral, phone.firmware, len(lines), polling),
        *line_parameters(family, lines, phone.firmware),
        *key_parameters(family, keys, phone.firmware),
    )
    cleared = cleared_parameters(
        family, model, len(lines), _used(keys, len(modules)), modules, phone.firmware
    )
    if phone.native:
        parameters, cleared = passed_over(phone.native, parameters, cleared)
    return DeviceContext(
        mac=mac.upper() if family.description.mac == "upper" else mac.lower(),
        model=model.name,
        features=model.features,
        firmware=phone.firmware,
        max_lines=model.lines,
        max_keys=model.keys,
        modules=modules,
        servers=told.servers,
        settings=told.neutral,
        clock=clock_of(told.neutral.timezone),
        lines=lines,
        keys=keys,
        parameters=parameters,
        cleared=cleared,
        polling=polling,
        provisioning=around.provisioning(site),
        epoch=phone.credential_epoch,
        phonebooks=links_of(around.system, phone, family),
        gateway=phone.name if isinstance(phone, ManagedGateway) else None,
        ports=tuple(_ports(phone, model)) if isinstance(phone, ManagedGateway) else (),
        max_ports=model.ports,
    )


def _ports(gateway: ManagedGateway, model: Model) -> Iterator[Port]:
    for number, port in enumerate(gateway.device.ports, 1):
        protocol = (port.protocol or "e1-euroisdn") if model.port == "pri" else ""
        yield Port(number, port.number or "", protocol, port.side, port.clock)


def build_shared(
    around: Surroundings, site: str | None, family: Family, file: File, model: Model
) -> SharedContext:
    """All that the template of a file is told that phones share."""
    told = around.shared(site if file.scope == "site" else None)
    return SharedContext(
        site=site if file.scope == "site" else None,
        model=model.name if "{model}" in file.request else None,
        servers=told.servers,
        settings=told.neutral,
        clock=clock_of(told.neutral.timezone),
        parameters=shared_parameters(family, told.neutral),
        polling=max(family.description.limits.interval, told.neutral.provisioning_interval),
        provisioning=around.provisioning(site if file.scope == "site" else None),
    )


def _lines(system: System, phone: Provisioned, settings: Settings, limit: int) -> tuple[Line, ...]:
    return tuple(
        Line(
            number=number,
            user=name,
            name=shorten(user.name, limit),
            label=shorten(user.name, limit),
            voicemail=settings.voicemail_number,
            epoch=user.credential_epoch,
        )
        for number, name in enumerate(phone.lines, 1)
        for user in (system.users[name],)
    )


def _keys(
    system: System, phone: Provisioned, lines: tuple[Line, ...], model: Model, family: Family
) -> tuple[ProgrammedKey, ...]:
    """Keys as they lie on the phone: first the lines that no key names, then the tree's keys.

    What the phone itself has no room for goes on its expansion modules, one after another.
    """
    expansions = [family.description.expansions[name].keys for name in phone.expansion]
    if not (model.keys or expansions):
        return ()
    places = _places(model.keys, expansions)
    named = {key.line for key in phone.keys}
    unnamed = [line for line in lines if line.number not in named][: model.keys]
    if not family.description.lines_on_keys:
        unnamed = []
    limit = model.text or family.description.limits.text
    return (
        *(_line_key(place, line) for place, line in zip(places, unnamed, strict=False)),
        *(
            _key(system, place, key, lines, limit)
            for place, key in zip(places[len(unnamed) :], phone.keys, strict=False)
        ),
    )


def _places(keys: int, expansions: list[int]) -> list[tuple[int, int]]:
    """Module and number of each key in turn; module 0 is the phone."""
    return [
        (module, number)
        for module, count in enumerate((keys, *expansions))
        for number in range(1, count + 1)
    ]


def _used(keys: tuple[ProgrammedKey, ...], modules: int) -> tuple[int, ...]:
    """How many keys are programmed on the phone and on each module."""
    counts = [0] * (modules + 1)
    for key in keys:
        counts[key.module] += 1
    return tuple(counts)


def _key(
    system: System, place: tuple[int, int], key: Key, lines: tuple[Line, ...], limit: int
) -> ProgrammedKey:
    module, number = place
    label = None if key.label is None else shorten(key.label, limit)
    if key.line is not None:
        return _line_key(place, lines[key.line - 1], label)
    if key.blf is not None:
        label = label or shorten(system.users[key.blf].name, limit)
        return ProgrammedKey(number, "blf", label, 1, key.blf, module)
    kind = key.kind
    target = str(getattr(key, kind))
    return ProgrammedKey(number, kind, label or shorten(target, limit), 1, target, module)


def _line_key(place: tuple[int, int], line: Line, label: str | None = None) -> ProgrammedKey:
    module, number = place
    return ProgrammedKey(number, "line", label or line.label, line.number, "", module)


def _spread(mac: str, interval: float, settings: Settings, shortest: int) -> int:
    """The interval, some percent shorter or longer, always the same for one phone."""
    percent = _SPREAD if settings.provisioning_spread is None else settings.provisioning_spread
    share = int.from_bytes(sha256(mac.encode()).digest()[:4], "big") / 2**32
    return max(shortest, int(interval * (1 + percent / 100 * (2 * share - 1))))
