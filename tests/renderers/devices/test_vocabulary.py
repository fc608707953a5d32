"""No native parameter is rendered that the family does not know."""

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import renderers.devices
from renderers.devices import (
    DeviceFile,
    Families,
    Family,
    Placeholders,
    bootstrap_file,
    device_files,
    known_models,
    render,
)
from renderers.devices.holding import holding_examples
from renderers.devices.vocabulary import vocabulary
from schema.models import System
from schema.tree import DirectorySource
from schema.validate import validate

FOLDERS = Path(renderers.devices.__file__).parent
EVERYTHING: dict[str, Any] = {
    "language": "de",
    "tones": "DE",
    "ntp_server": "192.0.2.9",
    "voicemail_number": "*97",
    "register_expires": "5m",
    "provisioning_interval": "2h",
    "web_admin": True,
    "srtp": "optional",
    "codecs": ["g722", "pcma", "pcmu"],
    "dtmf": "rfc2833",
    "call_waiting": True,
    "auto_answer": False,
    "vlan": {"id": 20},
    "syslog_server": "192.0.2.10",
    "firmware_url": "http://192.0.2.11/firmware/",
}
KEYS = {
    "line": 1, "blf": "bob", "speed_dial": "9911", "park": "701", "dtmf": "1234#", "prefix": "9",
    "url": "http://192.0.2.12/",
}  # fmt: skip
NODES = {
    "pbx1": {"address": "192.0.2.5", "sip": {"tls": 5061}},
    "pbx2": {"address": "192.0.2.6", "sip": {"tls": 5061}},
}


def systems(make: Callable[..., System], family: Family) -> Iterator[System]:
    """Every model: with all settings and none, in two zones, by all transports, new and old."""
    for settings, zone, firmware in itertools.product(
        ({}, EVERYTHING), ("UTC", "Europe/Berlin"), firmwares(family)
    ):
        for domain, more in (
            ("example.test", {}),
            ("192.0.2.5", {"transport": "tcp"}),
            ("example.test", {"transport": "tls", "registrar": "srv"}),
        ):
            yield make(
                system={"domain": domain, "timezone": zone, "settings": {**settings, **more}},
                nodes=NODES if settings else {"pbx1": NODES["pbx1"]},
                phones=phones(family, firmware, 1 if settings else 2),
                gateways=gateways(family, firmware, {**settings, **more}),
            )


def phones(family: Family, firmware: str | None, lines: int) -> dict[str, Any]:
    kinds = [{kind: KEYS[kind]} for kind in family.description.key_kinds]
    return {
        f"{number:012x}": {
            "model": name,
            "lines": ["alice", "bob"][: min(lines, model.lines)],
            "keys": kinds,
            "expansion": [model.expansion[0]] if model.expansion else [],
            **({"firmware": firmware} if firmware else {}),
        }
        for number, (name, model) in enumerate(family.description.models.items())
        if model.lines
    }


def gateways(family: Family, firmware: str | None, settings: dict[str, Any]) -> dict[str, Any]:
    return {
        name: {
            "address": "192.0.2.20",
            "device": {
                "model": name,
                "mac": f"{number:012x}",
                "ports": [{"number": "+12125550100"} if model.port == "fxo" else {}],
                "settings": settings,
                **({"firmware": firmware} if firmware else {}),
            },
        }
        for number, (name, model) in enumerate(family.description.models.items())
        if model.ports
    }


def firmwares(family: Family) -> set[str | None]:
    """The newest, and one on each side of every change."""
    found = {family.description.firmware.since, None}
    for variants in (*family.settings.values(), *family.lines.values(), *family.keys.values()):
        found |= {version for one in variants for version in (one.since, one.until)}
    return found


def cases(family: Family, families: Families) -> Iterator[System]:
    for case in (FOLDERS / family.name / "cases").iterdir():
        content = (case / "input.yaml").read_bytes()
        found = validate(_Tree(case, content), models=known_models(families))
        assert found.system is not None
        yield found.system


class _Tree(DirectorySource):
    """A case as a tree."""

    def __init__(self, case: Path, content: bytes) -> None:
        super().__init__(case)
        self._content = content

    def entries(self) -> Any:
        (entry,) = (one for one in super().entries() if one.path == "input.yaml")
        return [type(entry)("pbx.yaml", "", len(self._content))]

    def read(self, entry: object) -> bytes:
        return self._content


NAMES = sorted(path.parent.name for path in FOLDERS.glob("*/model.yaml"))


@pytest.mark.parametrize("name", NAMES)
def test_exactly_the_vocabulary_is_rendered(
    make_system: Callable[..., System], families: Families, name: str
) -> None:
    (family,) = [one for one in families.families if one.name == name]
    rendered = {
        parameter
        for system in (*systems(make_system, family), *cases(family, families))
        for file in device_files(system, families).values()
        for parameter in parameters(file)
    }
    # What a case passes through from native.txt is known as well.
    rendered = {one for one in rendered if one in family.vocabulary or one not in family.passed}
    unknown = {one for one in rendered if one not in family.vocabulary}
    assert not unknown
    assert {family.vocabulary.entry(one) for one in rendered} == family.vocabulary.entries


@pytest.mark.parametrize("name", [name for name in NAMES if name != "linphone"])
def test_a_new_device_is_told_its_url_and_no_password(
    make_system: Callable[..., System], families: Families, name: str
) -> None:
    """All but Linphone, which reads its URL from a QR code."""
    (family,) = [one for one in families.families if one.name == name]
    (bootstrap,) = bootstrap_file(family.description)
    system = next(systems(make_system, family))
    told = [
        replace(one, file=bootstrap)
        for one in device_files(system, families).values()
        if one.primary
    ]
    assert told
    for file in told:
        text = render(file, Placeholders()).decode(file.file.charset)
        assert f"token-of-{file.phone}-epoch-1" in text
        assert "password of" not in text


@pytest.mark.parametrize("name", NAMES)
def test_a_phone_that_is_not_in_the_tree_is_told_only_what_its_profile_will_tell_again(
    families: Families, name: str
) -> None:
    """So that nothing of it stays on the screen."""
    (family,) = [one for one in families.families if one.name == name]
    for file in holding_examples(family):
        assert not file.secret
        assert all(one in family.vocabulary for one in parameters(file))
        if file.file.parameters is not None:
            assert b"Not assigned: 02ac3e000001" in render(file, Placeholders())


def parameters(file: DeviceFile) -> Iterator[str]:
    """What a rendered file sets, as its family says where parameters stand."""
    content = render(file, Placeholders())
    if file.file.elements is not None:
        yield from elements(ElementTree.fromstring(content), file.file.elements, "")
    elif file.file.parameter is not None:
        text = content.decode(file.file.charset)
        yield from (found["name"] for found in re.finditer(file.file.parameter, text, re.MULTILINE))


def elements(element: ElementTree.Element, outer: int, path: str) -> Iterator[str]:
    """Paths of the elements without elements in them, numbers as [1], `outer` ones left out."""
    number = element.get("idx") or element.get("index")
    own = element.tag if number is None else f"{element.tag}[{number}]"
    path = "" if outer > 0 else f"{path}/{own}".lstrip("/")
    if not len(element) and path:
        yield path
    for child in element:
        yield from elements(child, outer - 1, path)


def test_the_vocabulary_writes_numbers_as_n() -> None:
    known = vocabulary("# facts\naccount.{n}.sip_server.{n}.address\nlocal_time.ntp_server1\nP2\n")
    assert known.entry("account.12.sip_server.1.address") == "account.{n}.sip_server.{n}.address"
    assert "account.{n}.sip_server.2.address" in known
    assert "local_time.ntp_server1" in known
    assert "local_time.ntp_server2" not in known
    assert "P3" not in known
