"""One phone's context from the tree. Pure; the only module that knows both sides.

Names are shortened here to what the family holds, keys are laid out, inherited settings become
native parameters. Expects a checked system: models are known and lines and keys fit.
"""

from functools import lru_cache
from hashlib import sha256

from renderers.devices.clock import clock_of
from renderers.devices.context import (
    DeviceContext,
    Line,
    ProgrammedKey,
    Server,
    Transport,
)
from renderers.devices.escape import shorten
from renderers.devices.family import Family, Model
from renderers.devices.place import site_of
from renderers.devices.surroundings import Surroundings
from schema.models import Key, Node, Phone, Settings, System

_DAY = 86400.0


def build_context(around: Surroundings, mac: str, family: Family, model: Model) -> DeviceContext:
    """All that the templates of `family` are told about the phone `mac`."""
    system = around.system
    phone = system.phones[mac]
    settings = around.settings(phone)
    site = site_of(system, phone)
    interval = settings.provisioning_interval or _DAY
    lines = _lines(system, phone, settings, family)
    return DeviceContext(
        mac=mac.upper() if family.description.mac == "upper" else mac.lower(),
        model=model.name,
        max_lines=model.lines,
        max_keys=model.keys,
        server=_server(system, around.router(site), settings),
        clock=clock_of(settings.timezone or system.system.timezone),
        lines=lines,
        keys=_keys(system, phone, lines, model, family),
        parameters=_parameters(family, settings),
        polling=_spread(mac, interval, family.description.limits.interval),
        provisioning=around.provisioning(site),
        epoch=phone.credential_epoch,
    )


def _server(system: System, node: Node, settings: Settings) -> Server:
    expires = settings.register_expires or system.system.registration.default_expires
    transport: Transport = "tcp" if settings.transport == "tcp" else "udp"
    port = node.sip.tcp if transport == "tcp" else node.sip.udp
    return _shared_server(system.system.domain, node.address, port or 5060, transport, int(expires))


_shared_server = lru_cache(maxsize=256)(Server)
"""Most phones of a system register in the same way: one object, compared by identity."""


def _lines(system: System, phone: Phone, settings: Settings, family: Family) -> tuple[Line, ...]:
    limit = family.description.limits.text
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
    system: System, phone: Phone, lines: tuple[Line, ...], model: Model, family: Family
) -> tuple[ProgrammedKey, ...]:
    """Keys as they lie on the phone: first the lines that no key names, then the tree's keys."""
    if not model.keys:
        return ()
    named = {key.line for key in phone.keys}
    unnamed = [line for line in lines if line.number not in named][: model.keys]
    limit = family.description.limits.text
    return (
        *(_line_key(number, line) for number, line in enumerate(unnamed, 1)),
        *(
            _key(system, number, key, lines, limit)
            for number, key in enumerate(phone.keys, len(unnamed) + 1)
        ),
    )


def _key(
    system: System, number: int, key: Key, lines: tuple[Line, ...], limit: int
) -> ProgrammedKey:
    label = None if key.label is None else shorten(key.label, limit)
    if key.line is not None:
        return _line_key(number, lines[key.line - 1], label)
    if key.blf is not None:
        label = label or shorten(system.users[key.blf].name, limit)
        return ProgrammedKey(number, "blf", label, 1, key.blf)
    target = key.speed_dial or ""
    return ProgrammedKey(number, "speed_dial", label or target, 1, target)


def _line_key(number: int, line: Line, label: str | None = None) -> ProgrammedKey:
    return ProgrammedKey(number, "line", label or line.label, line.number, "")


def _parameters(family: Family, settings: Settings) -> tuple[tuple[str, str], ...]:
    return _written(family, tuple(getattr(settings, name) for name in family.settings))


@lru_cache(maxsize=1024)
def _written(family: Family, values: tuple[str | bool | None, ...]) -> tuple[tuple[str, str], ...]:
    """Neutral settings as native parameters; one that says nothing is cleared if need be."""
    found: list[tuple[str, str]] = []
    for setting, value in zip(family.settings.values(), values, strict=True):
        native = None if value is None else setting.write(value)
        native = family.description.unset if native is None else native
        if native is not None:
            found.extend((parameter, native) for parameter in setting.native)
    return tuple(found)


def _spread(mac: str, interval: float, shortest: int) -> int:
    """The interval, up to a tenth shorter or longer, always the same for one phone."""
    share = int.from_bytes(sha256(mac.encode()).digest()[:4], "big") / 2**32
    return max(shortest, int(interval * (0.9 + 0.2 * share)))
