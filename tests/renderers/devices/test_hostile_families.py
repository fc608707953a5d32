"""In every family, files keep their form whatever people call themselves."""

import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

import renderers.devices
from renderers.devices import Families, Family, Placeholders, device_files, render
from schema.models import System

NAMES = sorted(
    path.parent.name for path in Path(renderers.devices.__file__).parent.glob("*/model.yaml")
)
TRICKS = (
    '"><&\n\r</a>',
    "x\nevil = 1\r\nevil: 2\nevil=3",
    "x\u2028evil\u2029\x85\x0b\x0c",
    "'/><evil a='1",
    '"\nexit\nno shutdown ; reload\n! \\"',
    '", 1; [ \\Evil ]',
    "]]> <!-- --> &amp; &#10;",
    "{{ secrets.admin_password }}{% raw %}",
    "nonsense\ufffe\uffff\U0001fffe",
    "שלום \u202eevil\u202c 👩‍👩‍👧‍👦",
    "\x00\x1b[2J",
    "=" * 128,
    "N" * 300,
)


def rendered(make: Callable[..., System], families: Families, name: str, called: str) -> list[str]:
    """The files of a phone of each model whose users are all called so."""
    (family,) = [one for one in families.families if one.name == name]
    system = make(
        users={user: {"name": called[:128]} for user in ("alice", "bob")},
        phones={
            f"{number:012x}": _phone(family, model)
            for number, (model, described) in enumerate(family.description.models.items())
            if described.lines
        },
    )
    files = device_files(system, families).values()
    return [_form(render(one, Placeholders()), one.file.format, one.file.charset) for one in files]


def _phone(family: Family, model: str) -> dict[str, object]:
    keys = [{"blf": "bob", "label": "\n\"'<x>\\"}] if "blf" in family.description.key_kinds else []
    room = family.description.models[model].keys
    return {"model": model, "lines": ["alice"], "keys": keys if room > 1 else []}


def _form(content: bytes, format_: str, charset: str) -> str:
    """What a reader of the format sees beside values: elements, or the beginnings of lines."""
    if format_ == "xml":
        shape = ElementTree.fromstring(content).iter()
        return "\n".join(f"{one.tag} {sorted(one.attrib)}" for one in shape)
    lines = re.split("\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]", content.decode(charset))
    return "\n".join(re.split(r"[=:]", line)[0].split(" ")[0] for line in lines)


@pytest.mark.parametrize("name", NAMES)
def test_no_name_changes_the_form_of_a_file(
    make_system: Callable[..., System], families: Families, name: str
) -> None:
    expected = rendered(make_system, families, name, "Tame")
    for trick in TRICKS:
        assert rendered(make_system, families, name, trick) == expected
