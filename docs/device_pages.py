"""The pages of docs/devices/: one for each device family, from its model.yaml and settings.yaml.

docs/generate.py writes them.
"""

from collections.abc import Iterator
from pathlib import Path

from renderers.devices import Family, load_families
from schema.models import KEY_KINDS, Settings

HERE = Path(__file__).parent
PAGES = HERE / "devices"
_WRITTEN_AS = {
    "vlan_id": "vlan",
    "vlan_priority": "vlan",
    "proxied": None,
    "proxy_host": None,
    "proxy_port": None,
    "proxy2_host": None,
    "proxy2_port": None,
    "server_port": None,
    "domain": None,
    "polling": "provisioning_interval",
}
"""Values of a phone that are no setting of their own."""


def pages() -> dict[Path, str]:
    """Path to content of every page."""
    families = load_families().families
    index = "# Phones that are known\n\nGenerated from the device folders by `make docs`; "
    index += "`pbx devices models` lists the same, and the families of your own tree.\n\n"
    index += "\n".join(
        f"- [{family.description.vendor}]({family.name}.md): "
        f"{len(family.description.models)} models"
        for family in families
    )
    return {
        PAGES / "README.md": f"{index}\n",
        **{PAGES / f"{family.name}.md": "\n".join(_page(family)) for family in families},
    }


def _page(family: Family) -> Iterator[str]:
    description = family.description
    yield f"# {description.vendor}\n"
    yield "Generated from the device folder by `make docs`.\n"
    yield from _files(family)
    if description.key_kinds:
        yield f"\nKeys: {', '.join(kind for kind in KEY_KINDS if kind in description.key_kinds)}."
    known = description.firmware
    if known.since or known.until:
        since = f" from {known.since}" if known.since else ""
        until = f" before {known.until}" if known.until else ""
        yield f"\nFirmware{since}{until}."
    yield from _dhcp(family)
    yield from _models(family)
    yield from _settings(family)


def _files(family: Family) -> Iterator[str]:
    whose = {"device": "the phone's own", "model": "all of a model", "site": "all at a site"}
    yield "| File | Whose | Holds passwords |\n|---|---|---|"
    for file in family.description.files:
        yield f"| `{file.request}` | {whose[file.scope]} | {'yes' if file.secret else 'no'} |"


def _dhcp(family: Family) -> Iterator[str]:
    dhcp = family.description.dhcp
    if dhcp.options:
        codes = ", ".join(str(option.code) for option in dhcp.options)
        yield f"\nDHCP options, the best first: {codes}. See [On the LAN](../lan.md)."


def _models(family: Family) -> Iterator[str]:
    description = family.description
    yield "\n## Models\n"
    if any(model.ports for model in description.models.values()):
        yield "Models with ports are gateways: `gateways` name them in `device`.\n"
        yield "| `model` | Name | Lines | Ports |\n|---|---|---|---|"
        for name, model in description.models.items():
            ports = f"{model.ports} {(model.port or '').upper()}" if model.ports else ""
            yield f"| `{name}` | {model.name} | {model.lines or ''} | {ports} |"
        return
    yield "| `model` | Name | Lines | Keys | Expansion modules |\n|---|---|---|---|---|"
    for name, model in description.models.items():
        modules = " or ".join(f"`{one}`" for one in model.expansion)
        up_to = f"{model.expansions} × {modules}" if modules else ""
        yield f"| `{name}` | {model.name} | {model.lines} | {model.keys} | {up_to} |"
    for name, module in description.expansions.items():
        yield f"\n`{name}`: {module.name}, {module.keys} keys."


def _settings(family: Family) -> Iterator[str]:
    yield "\n## Settings\n"
    yield "These settings of the tree reach the phone as parameters; lines, keys and time are"
    yield "written besides.\n"
    yield "| Setting | Parameters | Values |\n|---|---|---|"
    for source, variants in family.settings.items():
        setting = _WRITTEN_AS.get(source, source)
        if setting is None or setting not in Settings.model_fields:
            continue
        natives = dict.fromkeys(native for one in variants for native in one.parameters)
        listed = ", ".join(f"`{native}`" for native in natives)
        values = ", ".join(sorted(family.choices(source) or ()))
        yield f"| `{setting}` | {listed} | {values} |"
    yield ""
