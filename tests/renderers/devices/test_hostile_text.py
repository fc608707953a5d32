"""Whatever people call themselves, a profile keeps its form."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import renderers.devices
from renderers.devices import (
    DeviceFile,
    Families,
    Placeholders,
    device_files,
    render,
    render_all,
)
from renderers.devices.escape import ini_value, one_line
from schema.models import System

NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=128).filter(
    lambda name: name.strip()
)
TRICKS = (
    '"><&\n\r',
    "x\naccount.1.password = stolen",
    "x\u2028account.1.enable = 0\u2029\x85\x0b\x0c",
    "'/><evil reg.1.server.1.address='192.0.2.66",
    "]]> <!-- --> &amp; &#10;",
    "{{ secrets.admin_password }}{% raw %}",
    "%NULL%",
    "nonsense\ufffe\uffff\U0001fffe",
    "שלום \u202eevil\u202c 👩‍👩‍👧‍👦",
    "\x00\x1b[2J",
    "=" * 128,
)
MAC = "0015651234ab"
FAMILIES = sorted(
    path.parent.name for path in Path(renderers.devices.__file__).parent.glob("*/model.yaml")
)


def both(make: Callable[..., System], name: str, model: str) -> tuple[System, System]:
    """The same phone with a hostile and with a tame name."""
    phone = {"model": model, "lines": ["alice"], "keys": [{"blf": "bob"}, {"speed_dial": "9911"}]}

    def called(first: str) -> System:
        users = {"alice": {"name": first}, "bob": {"name": first}}
        return make(users=users, phones={MAC: phone})

    return called(name), called("Tame")


def hostile(test: Callable[..., None]) -> Callable[..., None]:
    """Run `test` with many names, all of TRICKS among them."""
    for trick in TRICKS:
        test = example(name=trick)(test)
    quiet = [HealthCheck.function_scoped_fixture]
    return settings(max_examples=60, deadline=None, suppress_health_check=quiet)(
        given(name=NAMES)(test)
    )


@hostile
def test_an_ini_profile_has_the_lines_it_has_for_anybody(
    make_system: Callable[..., System], families: Families, name: str
) -> None:
    evil, tame = both(make_system, name, "yealink-t46g")
    ours = render_all(evil, families)[f"devices/{MAC}/{MAC}.cfg"]
    expected = render_all(tame, families)[f"devices/{MAC}/{MAC}.cfg"]
    lines, wanted = ours.decode().splitlines(), expected.decode().splitlines()
    assert [line.partition(" = ")[0] for line in lines] == [
        line.partition(" = ")[0] for line in wanted
    ]
    differing = {a.partition(" = ")[0] for a, b in zip(lines, wanted, strict=True) if a != b}
    assert differing <= {
        "account.1.label", "account.1.display_name", "linekey.1.label", "linekey.2.label",
    }  # fmt: skip


@pytest.mark.parametrize("family", FAMILIES)
@hostile
def test_a_file_has_the_parts_it_has_for_anybody(
    make_system: Callable[..., System], families: Families, family: str, name: str
) -> None:
    model = richest(families, family)
    evil, tame = (device_files(one, families) for one in both(make_system, name, model))
    for path, file in evil.items():
        ours, expected = render(file, Placeholders()), render(tame[path], Placeholders())
        assert parts(file, ours) == parts(file, expected)


def richest(families: Families, family: str) -> str:
    """The model with the most keys: every template has something to write for it."""
    (found,) = [one for one in families.families if one.name == family]
    models = found.description.models
    return max(models, key=lambda name: (models[name].keys, models[name].lines))


def parts(file: DeviceFile, content: bytes) -> list[object]:
    """What a file consists of, whatever its values are."""
    if file.file.format == "xml":
        return list(shape(content))
    if file.file.format == "json":
        return [sorted(json.loads(content))]
    lines = re.split(r"[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]", content.decode(file.file.charset))
    return [re.split(r" ?[=:]|(?<=[a-z]) ", line)[0] for line in lines]


def shape(content: bytes) -> list[tuple[str, list[str]]]:
    return [(one.tag, sorted(one.attrib)) for one in ElementTree.fromstring(content).iter()]


def test_what_utf_8_cannot_say_is_replaced() -> None:
    assert one_line("\ud800x\udfff") == ini_value("\ud800x\udfff") == "\ufffdx\ufffd"


def test_a_name_arrives_as_it_was_written(
    make_system: Callable[..., System], families: Families
) -> None:
    name = 'שרה "Sally" O\'Neil <R&D> 👩‍💻'
    evil, _ = both(make_system, name, "poly-vvx400")
    user = ElementTree.fromstring(render_all(evil, families)[f"devices/{MAC}/{MAC}-user.cfg"])
    line = user.find("line")
    assert line is not None
    assert line.get("reg.1.displayName") == name
    evil, _ = both(make_system, name, "yealink-t46g")
    profile = render_all(evil, families)[f"devices/{MAC}/{MAC}.cfg"].decode()
    assert f"account.1.display_name = {name}\n" in profile


@pytest.mark.parametrize("model", ["yealink-t46g", "poly-vvx400"])
def test_a_long_name_is_shortened_visibly(
    make_system: Callable[..., System], families: Families, model: str
) -> None:
    evil, _ = both(make_system, "N" * 128, model)
    written = b"".join(render_all(evil, families).values()).decode()
    assert "N" * 64 not in written
    assert "N" * 63 + "…" in written
