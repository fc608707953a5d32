"""What is asked of a phone that its model cannot do is told at its place in the tree."""

import re
from pathlib import Path

import pytest

from renderers.devices import Families, check_devices, known_models, render_all
from schema.diagnostics import CATALOGUE, Diagnostic
from schema.tree import DirectorySource
from schema.validate import validate

BAD = Path(__file__).parents[2] / "fixtures" / "bad"

TWELVE = ["{speed_dial: '99'}"] * 12

START = """\
version: 1
system: {domain: example.test}
nodes: {pbx1: {address: 192.0.2.5}}
users:
  alice: {name: Alice, extension: "201"}
  bob: {name: Bob, extension: "202", settings: {language: xx}}
  carol: {name: Carol, extension: "203"}
phones:
"""


def check(tree: Path, families: Families) -> tuple[Diagnostic, ...]:
    found = validate(DirectorySource(tree), models=known_models(families))
    assert found.system is not None, found.errors
    return check_devices(found.system, families, found.origins)


@pytest.mark.parametrize(
    "code", [code for code in CATALOGUE if re.match("PBX15[014]", code) and code != "PBX1504"]
)
def test_each_code_has_a_bad_tree_that_shows_it(code: str, families: Families) -> None:
    (tree,) = BAD.glob(f"{code}-*")
    assert tree.name == f"{code}-{CATALOGUE[code].slug}"
    (found,) = check(tree, families)
    assert found.code == code
    assert found.range is not None
    assert found.hint


@pytest.mark.parametrize(
    ("phone", "wrong"),
    [
        ("{model: yealink-t21p, lines: [alice, bob]}", []),
        ("{model: yealink-t21p, lines: [alice, carol, bob]}", ["PBX1501"]),
        ("{model: yealink-t21p, lines: [alice], keys: [{blf: carol}]}", []),
        (f"{{model: audiocodes-430hd, lines: [alice, carol], keys: [{', '.join(TWELVE)}]}}", []),
        (f"{{model: audiocodes-430hd, lines: [alice], keys: [{', '.join(TWELVE * 2)}]}}",
         ["PBX1502"]),
        ("{model: yealink-t21p, lines: [alice], keys: [{blf: carol}, {blf: bob}]}", ["PBX1502"]),
        ("{model: yealink-t21p, lines: [alice], keys: [{blf: carol}, {line: 1}]}", []),
        ("{model: yealink-t21p, lines: [alice], keys: [{line: 1}, {line: 1}, {line: 1}]}",
         ["PBX1502"]),
        ("{model: yealink-t19p, lines: [alice]}", []),
        ("{model: yealink-t19p, lines: [alice], keys: [{line: 1}]}", ["PBX1502"]),
        ("{model: poly-vvx101, lines: [alice], keys: [{speed_dial: '9911'}]}", ["PBX1502"]),
    ],
)  # fmt: skip
def test_lines_and_keys_have_to_fit(
    tmp_path: Path, families: Families, phone: str, wrong: list[str]
) -> None:
    (tmp_path / "pbx.yaml").write_text(f'{START}  "0015651234ab": {phone}\n')
    found = check(tmp_path, families)
    assert [one.code for one in found if one.code != "PBX1503"] == wrong


def test_the_first_line_and_the_first_key_too_many_are_shown(
    tmp_path: Path, families: Families
) -> None:
    (tmp_path / "pbx.yaml").write_text(
        f'{START}  "0015651234ab":\n    model: yealink-t21p\n    lines:\n'
        "      - alice\n      - bob\n      - carol\n"
        '  "0015651234ac":\n    model: yealink-t21p\n    lines: [alice]\n'
        "    keys:\n      - {line: 1}\n      - {blf: bob}\n      - {blf: carol}\n"
    )
    lines, keys, _ = check(tmp_path, families)
    assert lines.message == "a SIP-T21P has 2 lines, not 3"
    assert lines.range is not None
    assert lines.range.start == (14, 9)
    assert lines.snippet is not None
    assert lines.snippet.strip() == "- carol"
    assert keys.message == "a SIP-T21P has 2 keys, not 3"
    assert keys.snippet is not None
    assert keys.snippet.strip() == "- {blf: carol}"


def test_a_language_counts_for_the_families_in_use_only(tmp_path: Path, families: Families) -> None:
    tree = START.replace("example.test}", "example.test, settings: {language: sv}}").replace(
        ", settings: {language: xx}", ""
    )
    (tmp_path / "pbx.yaml").write_text(
        f'{tree}  "0015651234ab": {{model: poly-vvx400, lines: [alice]}}\n'
    )
    assert check(tmp_path, families) == ()
    with (tmp_path / "pbx.yaml").open("a") as file:
        file.write('  "0015651234ac": {model: yealink-t46s, lines: [alice]}\n')
    (found,) = check(tmp_path, families)
    assert found.message == 'Yealink phones do not know the language "sv"'
    assert found.severity == "warning"


@pytest.mark.parametrize(
    ("phone", "says"),
    [
        ("{model: yealink-t46s, lines: [alice], expansion: [yealink-exp40], keys: [KEYS]}", None),
        ("{model: yealink-t46s, lines: [alice], keys: [KEYS]}", "a SIP-T46S has 27 keys, not 61"),
        ("{model: yealink-t46g, lines: [alice], expansion: [yealink-exp20]}", "yealink-exp20"),
        ("{model: yealink-t46g, lines: [alice], expansion: [EXP, EXP, EXP, EXP, EXP, EXP, EXP]}",
         "a SIP-T46G takes 6 expansion modules, not 7"),
        ("{model: yealink-cp920, lines: [alice], expansion: [yealink-exp20]}", "yealink-exp20"),
        ("{model: yealink-t46g, lines: [alice], firmware: '84.86'}", None),
        ("{model: yealink-t46g, lines: [alice], firmware: '69.1'}", "firmware 69.1"),
        ("{model: yealink-t46g, lines: [alice], native: {account.1.auto_answer: true}}", None),
        ("{model: yealink-t46g, lines: [alice], native: {linekey.3.type: 0}}", None),
        ("{model: yealink-t46g, lines: [alice], native: {local_time.time_zone: '+1'}}",
         '"local_time.time_zone" is written by the templates'),
        ("{model: poly-vvx101, lines: [alice], native: {httpd.enabld: 1}}", "httpd.enabld"),
    ],
)  # fmt: skip
def test_what_a_phone_cannot_do_is_told(
    tmp_path: Path, families: Families, phone: str, says: str | None
) -> None:
    text = phone.replace("KEYS", ", ".join(["{blf: carol}"] * 60)).replace("EXP", "yealink-exp40")
    tree = START.replace(", settings: {language: xx}", "")
    (tmp_path / "pbx.yaml").write_text(f'{tree}  "0015651234ab": {text}\n')
    found = check(tmp_path, families)
    assert [says is not None and says in one.message for one in found] == ([True] if says else [])


def test_native_parameters_take_the_place_of_what_would_be_written(
    tmp_path: Path, families: Families
) -> None:
    tree = START.replace(", settings: {language: xx}", "")
    native = "{lang.gui: Klingon, linekey.27.type: 5, account.1.enable: false}"
    (tmp_path / "pbx.yaml").write_text(
        f'{tree}  "0015651234ab": {{model: yealink-t46s, lines: [alice], native: {native}}}\n'
    )
    system = validate(DirectorySource(tmp_path)).system
    assert system is not None
    profile = render_all(system, families)["devices/0015651234ab/0015651234ab.cfg"].decode()
    for name, value in (
        ("lang.gui", "Klingon"),
        ("linekey.27.type", "5"),
        ("account.1.enable", "0"),
    ):
        assert [line for line in profile.splitlines() if line.startswith(f"{name} = ")] == [
            f"{name} = {value}"
        ]
