"""One phone's context from the tree. Pure; the only module that knows both sides.

Names are shortened here to what the family holds, keys are laid out, inherited settings become
native parameters. Expects a checked system: models are known and lines and keys fit.
"""

from hashlib import sha256

from schema.models import Key, Phone, Settings, System
from schema.settings import resolve

from renderers.devices.clock import clock_of
from renderers.devices.context import DeviceContext, Line, ProgrammedKey, Server
from renderers.devices.escape import shorten
from renderers.devices.family import Family, Model
from renderers.devices.place import base_url, provisioner_for, router_for, site_of

_DAY = 86400.0


def build_context(system: System, mac: str, family: Family, model: Model) -> DeviceContext:
    """All that the templates of `family` are told about the phone `mac`."""
    phone = system.phones[mac]
    settings = settings_of(system, phone)
    site = site_of(system, phone)
    interval = settings.provisioning_interval or _DAY
    lines = _lines(system, phone, settings, family)
    return DeviceContext(
        mac=mac.upper() if family.description.mac == "upper" else mac.lower(),
        model=model.name,
        max_lines=model.lines,
        max_keys=model.keys,
        server=_server(system, site, settings),
        clock=clock_of(settings.timezone or system.system.timezone),
        lines=lines,
        keys=_keys(system, phone, lines, model, family),
        parameters=_parameters(family, settings),
        polling=_spread(mac, interval, family.description.limits.interval),
        provisioning=base_url(provisioner_for(system, site)),
        epoch=phone.credential_epoch,
    )


def settings_of(system: System, phone: Phone) -> Settings:
    """The phone's own settings over those of the user on its first line."""
    inherited = resolve(system, phone.lines[0])
    own = phone.settings.model_dump(exclude_none=True)
    return inherited.model_copy(update=own) if own else inherited


def _server(system: System, site: str | None, settings: Settings) -> Server:
    node = router_for(system, site)
    offered = {"udp": node.sip.udp, "tcp": node.sip.tcp}
    transport = "tcp" if (settings.transport or "udp") == "tcp" else "udp"
    expires = settings.register_expires or system.system.registration.default_expires
    return Server(
        domain=system.system.domain,
        host=node.address,
        port=offered[transport] or 5060,
        transport=transport,  # type: ignore[arg-type]
        expires=int(expires),
    )


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
    keys = [Key(line=line.number) for line in lines if line.number not in named]
    return tuple(
        _key(system, number, key, lines, family.description.limits.text)
        for number, key in enumerate([*keys, *phone.keys], 1)
    )


def _key(
    system: System, number: int, key: Key, lines: tuple[Line, ...], limit: int
) -> ProgrammedKey:
    if key.line is not None:
        label = key.label or lines[key.line - 1].label
        return ProgrammedKey(number, "line", shorten(label, limit), key.line, "")
    if key.blf is not None:
        label = key.label or system.users[key.blf].name
        return ProgrammedKey(number, "blf", shorten(label, limit), 1, key.blf)
    target = key.speed_dial or ""
    return ProgrammedKey(number, "speed_dial", shorten(key.label or target, limit), 1, target)


def _parameters(family: Family, settings: Settings) -> tuple[tuple[str, str], ...]:
    """Neutral settings as native parameters; one that says nothing is cleared if need be."""
    found: list[tuple[str, str]] = []
    for name, setting in family.settings.items():
        value = getattr(settings, name)
        native = None if value is None else setting.write(value)
        native = family.description.unset if native is None else native
        if native is not None:
            found.extend((parameter, native) for parameter in setting.native)
    return tuple(found)


def _spread(mac: str, interval: float, shortest: int) -> int:
    """The interval, up to a tenth shorter or longer, always the same for one phone."""
    share = int.from_bytes(sha256(mac.encode()).digest()[:4], "big") / 2**32
    return max(shortest, int(interval * (0.9 + 0.2 * share)))
