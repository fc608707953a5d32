"""What a gateway that is a device asks of its model, and what cannot be."""

from collections.abc import Iterator

from renderers.devices.check_phone import check_firmware, check_native
from renderers.devices.family import Families, Model
from renderers.devices.report import Origins, report, report_key
from schema.diagnostics import Diagnostic
from schema.managed import ManagedGateway, managed_gateways
from schema.models import System
from schema.suggest import did_you_mean


def check_gateways(system: System, families: Families, origins: Origins) -> Iterator[Diagnostic]:
    """Everything about the gateways that are devices."""
    taken: dict[str, tuple[str, str]] = {}
    for each in managed_gateways(system.gateways):
        mac = each.device.mac
        other = ("phones", mac) if mac in system.phones else taken.get(mac)
        if other is not None:
            yield _twice(origins, each, other)
        taken.setdefault(mac, ("gateways", each.name))
        yield from _device(origins, each, families)


def _device(origins: Origins, each: ManagedGateway, families: Families) -> Iterator[Diagnostic]:
    known = {name: found for name, found in families.models.items() if found[1].ports}
    if each.model not in known:
        message = f'"{each.model}" is no model of gateways'
        hint = did_you_mean(each.model, known) or "`pbx devices models` lists them"
        yield report(origins, "PBX1540", message, _place(each, "model"), hint)
        return
    family, model = known[each.model]
    if len(each.device.ports) > model.ports:
        message = f"a {model.name} has {_count(model.ports)}, not {len(each.device.ports)}"
        hint = "remove ports, or take a model with more"
        yield report(origins, "PBX1541", message, _place(each, "ports", model.ports), hint)
    yield from _ports(origins, each, model)
    where = ("gateways", each.name, ("device",))
    yield from check_firmware(origins, where, each.firmware, family)
    yield from check_native(origins, where, each.native, family)


def _ports(origins: Origins, each: ManagedGateway, model: Model) -> Iterator[Diagnostic]:
    """An analogue line has a number, a primary rate port has none and speaks a protocol."""
    for at, port in enumerate(each.device.ports[: model.ports]):
        if model.port == "fxo" and port.number is None:
            message = "an analogue line has to have its number"
            hint = "its calls say no number that they are for: `number: +12125550100` does"
            yield report(origins, "PBX1543", message, _place(each, "ports", at), hint)
        for key in _SAYS_NOTHING[model.port or "fxo"]:
            if key in port.model_fields_set:
                message = f"`{key}` says nothing of {_KINDS[model.port or 'fxo']}"
                yield report_key(
                    origins, "PBX1543", message, _place(each, "ports", at, key), "remove it"
                )


_KINDS = {"fxo": "an analogue line", "pri": "a primary rate port"}
_SAYS_NOTHING = {"fxo": ("protocol", "side", "clock"), "pri": ("number",)}


def _twice(origins: Origins, each: ManagedGateway, other: tuple[str, str]) -> Diagnostic:
    message = f"the MAC address {each.device.mac} is also that of {'/'.join(other)}"
    hint = "one device is one phone, or one gateway"
    return report(origins, "PBX1542", message, _place(each, "mac"), hint)


def _place(each: ManagedGateway, *path: str | int) -> tuple[str, str, tuple[str | int, ...]]:
    return "gateways", each.name, ("device", *path)


def _count(number: int) -> str:
    return f"{number} port{'' if number == 1 else 's'}"
