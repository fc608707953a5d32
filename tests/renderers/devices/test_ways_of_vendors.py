"""What vendors want beside parameters: forms of files, places of keys, ways to the profile."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest

from renderers.devices import DeviceFile, Families, Placeholders, device_files, render
from renderers.devices.family import bootstrap_file
from schema.models import System

MAC = "00562b043615"
Make = Callable[..., System]
TWO = {"pbx1": {"address": "192.0.2.5"}, "pbx2": {"address": "192.0.2.6"}}


def files(make: Make, families: Families, model: str, **phone: Any) -> dict[str, DeviceFile]:
    entry = {"model": model, "lines": ["alice"], **phone}
    found = device_files(make(nodes=TWO, phones={MAC: entry}), families)
    return {file.name: file for file in found.values()}


def primary(found: dict[str, DeviceFile]) -> DeviceFile:
    (one,) = [file for file in found.values() if file.primary]
    return one


@pytest.mark.parametrize("model", ["ciscospa-spa504g", "ciscompp-8841"])
def test_a_cisco_phone_registers_once_and_moves_to_the_second_router(
    make_system: Make, families: Families, model: str
) -> None:
    profile = render(primary(files(make_system, families, model)), Placeholders())
    written = {one.tag: one.text for one in ElementTree.fromstring(profile)}
    assert written["Proxy_1_"] == "example.test"
    assert written["Use_DNS_SRV_1_"] == "Yes"
    assert written["Outbound_Proxy_1_"] == "routers:SRV=192.0.2.5:5060:p=0|192.0.2.6:5060:p=1"


@pytest.mark.parametrize("model", ["ciscospa-spa504g", "ciscompp-8841"])
def test_a_label_adds_nothing_to_the_function_of_a_cisco_key(
    make_system: Make, families: Families, model: str
) -> None:
    keys = [{"blf": "bob", "label": "Bob;fnc=sd;ext=900@$PROXY $PASSWORD"}]
    profile = render(primary(files(make_system, families, model, keys=keys)), Placeholders())
    written = {one.tag: one.text or "" for one in ElementTree.fromstring(profile)}
    parts = written["Extended_Function_2_"].split(";")
    assert [part.partition("=")[0] for part in parts if part[:4] != "vid="] == ["fnc", "sub", "nme"]
    assert "$" not in parts[-1] + written["Short_Name_2_"]


@pytest.mark.parametrize(
    ("model", "shared", "named"),
    [
        ("ciscospa-spa504g", "spa504G.cfg", "http://192.0.2.5:8090/$MA.xml"),
        ("ciscompp-8841", "8841-3PCC.xml", "http://192.0.2.5:8090/Cisco/$PN/$MA.cfg"),
        ("panasonic-hdv230", "KX-HDV230.cfg", "http://192.0.2.5:8090/Config{MAC}.cfg"),
    ],
)
def test_the_file_of_a_model_names_that_of_the_phone(
    make_system: Make, families: Families, model: str, shared: str, named: str
) -> None:
    found = files(make_system, families, model)
    assert named in render(found[shared], Placeholders()).decode()
    macros = {"$MA": MAC, "$PN": "CP-8841-3PCC", "{MAC}": MAC.upper()}
    for macro, meant in macros.items():
        named = named.replace(macro, meant)
    assert named == f"http://192.0.2.5:8090/{primary(found).name}"


@pytest.mark.parametrize(
    "model", ["ciscospa-spa504g", "ciscompp-8841", "mitel-6867i", "panasonic-hdv230"]
)
def test_a_new_phone_is_told_its_url_and_no_password(
    make_system: Make, families: Families, model: str
) -> None:
    file = primary(files(make_system, families, model))
    (bootstrap,) = bootstrap_file(file.family.description)
    text = render(replace(file, file=bootstrap), Placeholders()).decode()
    assert f"token-of-{MAC}-epoch-1" in text
    assert "password" not in text.lower()


def test_a_panasonic_file_has_the_lines_that_the_manual_asks_for(
    make_system: Make, families: Families
) -> None:
    for file in files(make_system, families, "panasonic-hdv230").values():
        content = render(file, Placeholders())
        assert content.startswith(b"# Panasonic SIP Phone Standard Format File #")
        assert content.endswith(b"\r\n\r\n")
        assert content.count(b"\n") == content.count(b"\r\n") == content.count(b"\r")
        assert max(map(len, content.split(b"\r\n"))) <= 535


def test_keys_of_a_mitel_go_on_from_the_phone_to_its_display_and_its_modules(
    make_system: Make, families: Families
) -> None:
    keys = [{"speed_dial": str(number)} for number in range(1001, 1029)]
    found = files(make_system, families, "mitel-6755i", keys=keys, expansion=["mitel-m670i"])
    text = render(primary(found), Placeholders()).decode()
    assert "prgkey6 value: 1006\n" in text
    assert "softkey1 value: 1007\n" in text
    assert "softkey20 value: 1026\n" in text
    assert "expmod1 key1 value: 1027\n" in text


def test_the_number_that_a_mitel_takes_as_password_is_of_the_phone_and_its_epoch(
    make_system: Make, families: Families
) -> None:
    def number(**phone: Any) -> str:
        text = render(
            primary(files(make_system, families, "mitel-6920", **phone)), Placeholders()
        ).decode()
        return text.partition("admin password: ")[2].partition("\n")[0]

    assert number() == number()
    assert number() != number(credential_epoch=2)
    assert len(number()) == 9
    assert number().isdigit()
