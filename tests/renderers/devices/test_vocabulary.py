"""No native parameter is rendered that the family does not know."""

import itertools
from collections.abc import Callable, Iterator
from xml.etree import ElementTree

import pytest

from renderers.devices import Families, render_all
from renderers.devices.family import parameter
from schema.models import System

NOT_PARAMETERS = {"APPLICATION", "directory"}
"""Roots of XML files that hold no parameters: the master file and the directory."""


def native(path: str, content: bytes) -> Iterator[str]:
    """The parameters of one rendered file."""
    if content.startswith(b"<?xml"):
        root = ElementTree.fromstring(content)
        if root.tag not in NOT_PARAMETERS:
            for one in root.iter():
                yield from one.attrib
        return
    for line in content.decode().splitlines()[1:]:
        if line and not line.startswith("#"):
            assert " = " in line, (path, line)
            yield line.partition(" = ")[0]


def systems(make: Callable[..., System], models: list[str]) -> Iterator[System]:
    """Every model with one line, all sorts of settings, in two zones."""
    everything = {
        "language": "de",
        "ntp_server": "192.0.2.9",
        "voicemail_number": "*97",
        "transport": "tcp",
        "register_expires": "5m",
        "provisioning_interval": "2h",
        "web_admin": True,
    }
    for settings, zone in itertools.product(({}, everything), ("UTC", "Europe/Berlin")):
        for domain in ("example.test", "192.0.2.5"):
            yield make(
                system={"domain": domain, "timezone": zone, "settings": settings},
                phones={
                    f"{number:012x}": {
                        "model": model,
                        "lines": ["alice"],
                        "keys": [{"blf": "bob"}, {"speed_dial": "9911"}],
                    }
                    for number, model in enumerate(models)
                },
            )


@pytest.mark.parametrize("name", ["poly", "yealink"])
def test_exactly_the_vocabulary_is_rendered(
    make_system: Callable[..., System], families: Families, name: str
) -> None:
    (family,) = [one for one in families.families if one.name == name]
    rendered = {
        parameter(found)
        for system in systems(make_system, list(family.description.models))
        for path, content in render_all(system, families).items()
        for found in native(path, content)
    }
    assert rendered == family.vocabulary


def test_the_vocabulary_writes_numbers_as_n() -> None:
    assert parameter("account.12.sip_server.1.address") == "account.{n}.sip_server.{n}.address"
    assert parameter("voice_mail.number.3") == "voice_mail.number.{n}"
    assert parameter("local_time.ntp_server1") == "local_time.ntp_server1"
