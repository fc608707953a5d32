"""Gigaset bases: names of files, texts within texts, PINs."""

import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

from renderers.devices import Families, recognise_path, render_all
from schema.models import System

MAC = "7c2f804df9a9"


def files(
    make: Callable[..., System], families: Families, name: str = "Alice", **phone: Any
) -> dict[str, bytes]:
    entry = {"model": "gigaset-n510", "lines": ["alice"], **phone}
    system = make(users={"alice": {"name": name}}, phones={MAC: entry})
    return dict(render_all(system, families))


def items(content: bytes) -> dict[str, str]:
    found = ElementTree.fromstring(content).iter("SYMB_ITEM")
    return {one.attrib["ID"]: one.attrib["value"] for one in found}


def test_the_n510_asks_in_upper_case_and_the_n870_in_lower(
    make_system: Callable[..., System], families: Families
) -> None:
    assert f"devices/{MAC}/{MAC.upper()}.xml" in files(make_system, families)
    assert f"devices/{MAC}/{MAC}.xml" in files(make_system, families, model="gigaset-n870")
    upper = recognise_path(families, f"{MAC.upper()}.xml")
    assert "gigaset" in {seen.family for seen in upper}
    assert "gigasetn870" not in {seen.family for seen in upper}


def test_a_name_cannot_leave_the_quotes_within_a_value(
    make_system: Callable[..., System], families: Families
) -> None:
    (content,) = files(make_system, families, '" ,0x1\\"').values()
    assert items(content)["BS_IP_Data1.aucS_SIP_DISPLAYNAME"] == "\"' ,0x1/'\""


def test_latin_letters_are_single_bytes_and_others_arrive_all_the_same(
    make_system: Callable[..., System], families: Families
) -> None:
    (content,) = files(make_system, families, "Ünal Łoś").values()
    assert "Ünal".encode("iso-8859-1") in content
    assert items(content)["BS_IP_Data1.aucS_SIP_DISPLAYNAME"] == '"Ünal Łoś"'


def test_a_pin_is_four_digits_and_changes_with_the_epoch(
    make_system: Callable[..., System], families: Families
) -> None:
    def pin(**phone: Any) -> str:
        (content,) = files(make_system, families, **phone).values()
        return items(content)["BS_CUSTOM.aucKdsPin[0]"]

    assert re.fullmatch("0x[0-9]{2},0x[0-9]{2}", pin())
    assert len({pin(credential_epoch=epoch) for epoch in range(1, 9)}) > 4
    (content,) = files(make_system, families, model="gigaset-n870").values()
    assert re.search(rb'name="hs\.00001\.DECT_AC" value="[0-9]{4}"', content)
