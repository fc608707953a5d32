"""Who is sent where: by the tree, and by what phones say they are."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pnp_lan import PHONE, VENDORS, Lan

import renderers.devices
from engine.pnp import Asked, PnpDiffers, PnpEvent, PnpSighted
from engine.provision.sightings import Sightings
from engine.services.pnp import Inventory
from renderers.devices import announced, load_families
from schema.models import Node, Phone, Site, System, SystemSettings, User

CENTRE, OSLO = "http://192.168.1.5:8090/", "http://192.168.2.5:8099/"
KNOWN, IN_OSLO, STRANGER = "0015651234ab", "0015651234cd", "0015651234ef"


@pytest.fixture
def events() -> list[PnpEvent]:
    return []


@pytest.fixture
def inventory(events: list[PnpEvent]) -> Inventory:
    phones = {
        KNOWN: Phone(model="yealink-t46g", lines=("alice",)),
        IN_OSLO: Phone(model="yealink-t46g", lines=("alice",), site="oslo"),
    }
    nodes = {
        "centre": Node.model_validate({"address": "192.168.1.5", "pnp": {}}),
        "north": Node.model_validate(
            {"address": "192.168.2.5", "site": "oslo", "http": {"port": 8099}}
        ),
    }
    system = System(
        system=SystemSettings(domain="example.test"), nodes=nodes, sites={"oslo": Site()},
        groups={}, users={"alice": User(name="Alice")}, phones=phones, gateways={}, schedules={},
        dialplan=(),
    )  # fmt: skip
    return Inventory(system, nodes["centre"], load_families(), Sightings(), events.append)


def asked(mac: str = KNOWN, **said: Any) -> Asked:
    words = {"vendor": "yealink", "model": "SIP-T46G", "version": "28", "user_agent": "", **said}
    return Asked(mac, contact=b"sip:x", port=5060, event=b"ua-profile", **words)


def test_a_phone_of_the_tree_is_sent_to_the_node_of_its_site(
    inventory: Inventory, events: list[PnpEvent]
) -> None:
    assert inventory.url(asked(), PHONE) == CENTRE
    assert inventory.url(asked(IN_OSLO), PHONE) == OSLO
    assert events == []


def test_a_phone_that_is_not_in_the_tree_is_told_the_same_and_noted(
    inventory: Inventory, events: list[PnpEvent]
) -> None:
    assert inventory.url(asked(STRANGER), PHONE) == CENTRE
    assert events == [PnpSighted(STRANGER, "yealink SIP-T46G", "yealink", "yealink-t46g", PHONE)]
    inventory.url(asked(STRANGER), PHONE)
    [sighted] = inventory.sightings.all()
    assert (sighted.mac, sighted.model, sighted.peer) == (STRANGER, "yealink-t46g", PHONE)
    assert (sighted.path, sighted.count, sighted.certificate) == ("SIP PnP", 2, False)
    assert len(events) == 1, "the log hears of it once"


def test_a_device_of_unknown_kind_is_noted_and_not_answered(
    inventory: Inventory, events: list[PnpEvent]
) -> None:
    assert inventory.url(asked(STRANGER, vendor="ACME", model="X"), PHONE) is None
    assert events == [PnpSighted(STRANGER, "ACME X", "", "", PHONE)]


def test_who_claims_to_be_a_phone_of_the_tree_but_another_model_learns_nothing(
    inventory: Inventory, events: list[PnpEvent]
) -> None:
    assert inventory.url(asked(IN_OSLO, model="T48S"), PHONE) == CENTRE
    assert events == [PnpDiffers(IN_OSLO, "yealink T48S", "yealink-t46g", PHONE)]


def test_a_model_that_we_do_not_know_by_name_may_be_the_one_of_the_tree(
    inventory: Inventory, events: list[PnpEvent]
) -> None:
    assert inventory.url(asked(IN_OSLO, model="T46G-special"), PHONE) == OSLO
    assert events == []


def test_a_phone_that_names_no_vendor_is_known_by_its_user_agent(inventory: Inventory) -> None:
    agent = "Yealink SIP-T46G 28.83.0.120 00:15:65:12:34:ab"
    assert inventory.url(asked(vendor="", model="", user_agent=agent), PHONE) == CENTRE
    assert inventory.url(asked("", vendor="", user_agent=agent), PHONE) == CENTRE


@pytest.mark.parametrize(
    ("vendor", "model", "path"),
    [
        ("yealink", "yealink-t46g", ""),
        ("snom", "snom-370", ""),
        ("grandstream", "grandstream-grp2614", ""),
        ("fanvil", "fanvil-x6u", "$mac.cfg"),
        ("panasonic", "panasonic-ut113", "Config{MAC}.cfg"),
        ("audiocodes", "audiocodes-440hd", ""),
        ("gigaset", "gigaset-n870", ""),
        ("planet", "", None),
    ],
)
def test_each_vendors_phones_are_known_by_what_they_send(
    inventory: Inventory, lan: Lan, vendor: str, model: str, path: str | None
) -> None:
    question, (mac, *_) = VENDORS[vendor]
    lan.hear(question)
    stranger = replace(lan.asked[0], mac=mac and f"{mac[:6]}ffffff")
    assert inventory.url(stranger, PHONE) == (None if path is None else CENTRE + path)
    seen = [(one.mac, one.model) for one in inventory.sightings.all()]
    # AudioCodes' phones say no MAC address: they are noted when they fetch.
    assert seen == ([(stranger.mac, model)] if mac else [])
    found = announced(inventory.families, stranger.vendor, stranger.model, stranger.user_agent)
    assert (found.model if found is not None else "") == model


def test_no_url_holds_a_token(inventory: Inventory) -> None:
    for mac in (KNOWN, IN_OSLO, STRANGER):
        assert "/d/" not in (inventory.url(asked(mac), PHONE) or "")


def test_phones_that_add_no_file_name_by_themselves_are_told_one(inventory: Inventory) -> None:
    folder = Path(renderers.devices.__file__).parent / "yealink"
    files = {
        f"yealink/{path.relative_to(folder).as_posix()}": path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "cases" not in path.parts
    }
    model = files["yealink/model.yaml"]
    files["yealink/model.yaml"] = model.replace(b"dhcp:\n", b'dhcp:\n  path: "phone-{mac}.cfg"\n')
    told = replace(inventory, families=load_families(files)).url(asked(), PHONE)
    assert told == f"{CENTRE}phone-{{mac}}.cfg"
