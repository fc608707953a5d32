"""Each file format of a device folder keeps its form, whatever the text that is put into it."""

import json
import shlex
from collections.abc import Callable
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from jinja2 import Template

from renderers.devices.environment import environment_for
from renderers.devices.escape import Charset, Format, encoded

TEXTS = st.text(max_size=80)
TRICKS = (
    '"><&\n\r', "x\ny = z", "x\u2028y = z\u2029\x85\x0b\x0c", "]]> <!-- --> &amp; &#10;",
    "{{ secrets }}{% raw %}", "nonsense\ufffe\uffff\U0001fffe", "שלום \u202eevil\u202c 👩‍👩‍👧‍👦",
    "\x00\x1b[2J", 'a" b', "a\\", "\\", '"', "'", "", " ", "#", "x # y", "; exit", "!", "a\\\n",
)  # fmt: skip


def hostile(test: Callable[..., None]) -> Callable[..., None]:
    """Run `test` with any text, all of TRICKS among them."""
    for trick in TRICKS:
        test = example(text=trick)(test)
    quiet = [HealthCheck.function_scoped_fixture]
    return settings(max_examples=150, deadline=None, suppress_health_check=quiet)(
        given(text=TEXTS)(test)
    )


def template(format_: Format, source: str) -> Template:
    return environment_for(format_).from_string(source)


@hostile
def test_ini_stays_on_its_line(text: str) -> None:
    written = template("ini", "before = 1\nname = {{ text }}\nafter = 2\n").render(text=text)
    lines = written.splitlines()
    assert [line.split(" = ")[0].rstrip(" =") for line in lines] == ["before", "name", "after"]
    assert lines[1].removeprefix("name = ") == lines[1].removeprefix("name = ").strip()


@hostile
def test_keyvalue_stays_between_its_quotes(text: str) -> None:
    written = template("keyvalue", 'BEFORE="1"\nNAME="{{ text }}"\nAFTER="2"\n').render(text=text)
    lines = written.splitlines()
    assert len(lines) == 3
    assert lines[1].startswith('NAME="')
    assert lines[1].endswith('"')
    assert lines[1].count('"') == 2
    assert "\\" not in lines[1]


@hostile
def test_cli_stays_one_word_of_its_command(text: str) -> None:
    written = template("cli", "port fxs 0\n  name {{ text }} end\nexit\n").render(text=text)
    lines = written.splitlines()
    assert [lines[0], lines[2]] == ["port fxs 0", "exit"]
    assert len(lines) == 3
    words = shlex.split(lines[1])
    assert len(words) == 3
    assert (words[0], words[2]) == ("name", "end")


@hostile
def test_json_stays_one_string(text: str) -> None:
    source = '{"name": "{{ text }}", "number": {{ number }}, "on": {{ on }}}'
    read = json.loads(template("json", source).render(text=text, number=3, on=True))
    assert set(read) == {"name", "number", "on"}
    assert (read["number"], read["on"]) == (3, True)
    if text.isascii() and text.isprintable():
        assert read["name"] == text


@hostile
def test_xml_stays_one_element_with_one_attribute(text: str) -> None:
    source = '<a><b name="{{ text }}">{{ text }}</b><c/></a>'
    root = ElementTree.fromstring(template("xml", source).render(text=text))
    assert [(one.tag, list(one.attrib)) for one in root.iter()] == [
        ("a", []),
        ("b", ["name"]),
        ("c", []),
    ]
    if text.isascii() and text.isprintable():
        assert root[0].text == text or (not text and root[0].text is None)
        assert root[0].attrib["name"] == text


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1"])
@hostile
def test_every_text_has_bytes_in_every_charset(charset: Charset, text: str) -> None:
    source = f'<?xml version="1.0" encoding="{charset}"?><a name="{{{{ text }}}}"/>'
    written = template("xml", source).render(text=text)
    root = ElementTree.fromstring(encoded(written, charset, "xml"))
    harmless = template("xml", '<a name="{{ text }}"/>').render(text=text)
    assert root.attrib["name"] == ElementTree.fromstring(harmless).attrib["name"]
    quoted = template("json", '"{{ text }}"').render(text=text)
    assert json.loads(encoded(quoted, charset, "json").decode(charset)) == json.loads(quoted)


def test_what_a_charset_lacks_is_visible() -> None:
    assert encoded("Zoë Żak", "iso-8859-1", "ini") == b"Zo\xeb ?ak"
    assert encoded("Zoë Żak", "iso-8859-1", "xml") == b"Zo\xeb &#379;ak"
    assert json.loads(encoded('"Zoë 👩"', "iso-8859-1", "json").decode("iso-8859-1")) == "Zoë 👩"
