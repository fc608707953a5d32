"""Gateways that are devices: they fetch files like phones, and have ports in place of lines."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from renderers.devices import (
    DeviceCompiler,
    Families,
    Placeholders,
    check_devices,
    known_models,
    load_families,
    provisioning_url,
    render_all,
)
from schema.models import Gateway, System
from schema.tree import DirectorySource
from schema.validate import validate

MAC = "00908f123456"
PATH = f"devices/{MAC}/{MAC.upper()}.ini"
TREE = """\
version: 1
system: {{domain: example.test}}
nodes: {{pbx1: {{address: 192.0.2.5}}}}
users: {{alice: {{name: Alice, extension: "201"}}}}
gateways:
  lines: {{address: 192.0.2.20, device: {device}}}
  more: {{address: 192.0.2.21{more}}}
"""
FXO = 'model: mediapack-mp114-fxo, mac: "00908f123456"'
LINE = '{number: "+12125550100"}'


def gateway(**device: Any) -> dict[str, Any]:
    ports = [{"number": "+12125550100"}]
    entry = {"model": "mediapack-mp114-fxo", "mac": MAC, "ports": ports, **device}
    return {"address": "192.0.2.20", "device": entry}


def test_a_gateway_fetches_a_file_beside_phones(
    make_system: Callable[..., System], families: Families
) -> None:
    phones = {"0015651234ab": {"model": "yealink-t46s", "lines": ["alice"]}}
    system = make_system(gateways={"lines": gateway()}, phones=phones)
    files = render_all(system, families)
    assert b"TargetOfChannel 0 = +12125550100, 1;\r" not in files[PATH]
    assert b"TargetOfChannel 0 = +12125550100, 1;\n" in files[PATH]
    assert "devices/0015651234ab/0015651234ab.cfg" in files
    url = provisioning_url(system, MAC, Placeholders())
    assert url.encode() in files[PATH]


def test_its_settings_are_those_of_its_site_and_its_own(
    make_system: Callable[..., System], families: Families
) -> None:
    system = make_system(
        system={"domain": "example.test", "settings": {"ntp_server": "192.0.2.1"}},
        sites={"hq": {"name": "HQ", "settings": {"ntp_server": "192.0.2.2", "tones": "DE"}}},
        gateways={"lines": {**gateway(settings={"tones": "US"}), "site": "hq"}},
    )
    text = render_all(system, families)[PATH].decode()
    assert "NTPServerIP = 192.0.2.2\n" in text
    assert "CallerIDType = 0\n" in text


@pytest.mark.parametrize(("nodes", "lets_in"), [(1, "101"), (2, "100")])
def test_a_gateway_that_knows_one_router_lets_in_a_second(
    make_system: Callable[..., System], families: Families, nodes: int, lets_in: str
) -> None:
    addresses = {f"pbx{n}": {"address": f"192.0.2.{n}"} for n in range(1, nodes + 1)}
    lines = gateway(model="grandstream-gxw4104")
    files = render_all(make_system(gateways={"lines": lines}, nodes=addresses), families)
    assert f"<P743>{lets_in}</P743>".encode() in files[f"devices/{MAC}/cfg{MAC}.xml"]


def test_only_what_a_change_touches_is_made_anew(
    make_system: Callable[..., System], families: Families
) -> None:
    compiler = DeviceCompiler(families)
    other = {**gateway(mac="00908f123457"), "address": "192.0.2.21"}
    old = make_system(gateways={"lines": gateway(), "others": other})
    before = compiler.devices(old)
    changed = Gateway.model_validate(gateway(ports=[{"number": "+12125550199"}]))
    new = replace(old, gateways={**old.gateways, "lines": changed})
    after = compiler.devices(new)
    assert after[MAC] is not before[MAC]
    assert after["00908f123457"] is before["00908f123457"]
    gone = replace(new, gateways={"others": new.gateways["others"]})
    assert list(compiler.devices(gone)) == ["00908f123457"]


@pytest.mark.parametrize(
    ("device", "more", "wrong"),
    [
        (f"{{{FXO}, ports: [{LINE}]}}", "", []),
        (f"{{{FXO}, ports: [{LINE}, {{}}]}}", "", ["PBX1543"]),
        (f"{{{FXO}, ports: [{', '.join([LINE] * 5)}]}}", "", ["PBX1541"]),
        (f"{{{FXO.replace('fxo', 'fox')}, ports: [{LINE}]}}", "", ["PBX1540"]),
        (f"{{{FXO}, ports: [{LINE}]}}", f", device: {{{FXO}, ports: [{LINE}]}}", ["PBX1542"]),
        (f"{{{FXO}, ports: [{LINE}], native: {{NoSuchThing: 1}}}}", "", ["PBX1505"]),
        (f"{{{FXO}, ports: [{LINE}], native: {{PSTNPrefix: 1}}}}", "", ["PBX1506"]),
        (f"{{{FXO}, ports: [{LINE}], firmware: '7.2'}}", "", ["PBX1509"]),
        (f"{{{FXO.replace('mp114-fxo', 'mediant600')}, ports: [{LINE}]}}", "", ["PBX1543"]),
    ],
)
def test_what_a_gateway_cannot_be_is_told_at_its_place(
    families: Families, tmp_path: Path, device: str, more: str, wrong: list[str]
) -> None:
    (tmp_path / "pbx.yaml").write_text(TREE.format(device=device, more=more))
    found = validate(DirectorySource(tmp_path), models=known_models(families))
    assert found.system is not None, found.errors
    diagnostics = check_devices(found.system, families, found.origins)
    assert [one.code for one in diagnostics] == wrong
    assert all(one.range is not None and one.hint for one in diagnostics)


def test_a_model_of_gateways_is_none_of_phones() -> None:
    assert "mediapack-mp114-fxo" not in known_models(load_families())
    assert "mediapack-mp114-fxs" in known_models(load_families())


def test_the_command_line_validates_and_renders_a_gateway(tmp_path: Path) -> None:
    (tmp_path / "pbx.yaml").write_text(TREE.format(device=f"{{{FXO}, ports: [{LINE}]}}", more=""))

    def pbx(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "cli", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    done = pbx("validate", str(tmp_path), "--format", "json")
    severities = {one["severity"] for one in json.loads(done.stdout)["diagnostics"]}
    assert "error" not in severities
    assert pbx("render", str(tmp_path), "--output", str(tmp_path / "out")).returncode == 0
    assert (tmp_path / "out" / PATH).exists()
