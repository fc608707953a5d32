"""Rewriting of sets against rewriting of every short number, one by one."""

from itertools import takewhile

import pytest
from every_number import PATTERNS, every_number, matched, patterns
from hypothesis import given, settings
from hypothesis import strategies as st

from schema.automata import Dfa, image, preimage, preimage_patterns
from schema.dialplan.pattern import parse_pattern
from schema.dialplan.template import Template, parse_template

LONGEST = 4
TEXTS = st.text("0129*+", max_size=2)
NO, WHOLE = st.just(False), st.none()
PARTS = st.builds(Template, TEXTS, TEXTS, st.integers(0, 2), WHOLE | st.integers(1, 3), NO)
ENDS = st.builds(Template, TEXTS, TEXTS, st.integers(-2, -1), WHOLE, NO)
CONSTANTS = st.builds(Template, TEXTS, st.just(""), st.just(0), WHOLE, st.just(True))
TEMPLATES = PARTS | ENDS | CONSTANTS


def dfa(texts: list[str]) -> Dfa:
    return Dfa.of_patterns([parse_pattern(text) for text in texts])


def strip(count: int, prepend: str = "") -> Template:
    return Template(prepend, "", count)


@settings(deadline=None, max_examples=100)
@given(st.lists(patterns(2), max_size=4), TEMPLATES)
def test_the_image_is_what_comes_out(texts: list[str], template: Template) -> None:
    """Whatever leaves two characters between `before` and `after` comes of a number of four."""
    longest = len(template.before) + len(template.after) + 2
    members = frozenset().union(*(matched(text, LONGEST) for text in texts))
    expected = {template.expand(number) for number in members}
    found = takewhile(lambda n: len(n) <= longest, image(dfa(texts), template).examples())
    assert set(found) == {number for number in expected if len(number) <= longest}


@settings(deadline=None, max_examples=100)
@given(st.lists(PATTERNS, max_size=4), TEMPLATES)
def test_the_preimage_is_what_may_have_gone_in(texts: list[str], template: Template) -> None:
    target = dfa(texts)
    found = preimage(target, template)
    for number in every_number(3):
        assert (number in found) == (template.expand(number) in target)


@settings(deadline=None, max_examples=300)
@given(PATTERNS, PARTS | CONSTANTS)
def test_the_preimage_of_a_pattern_is_made_of_patterns(text: str, template: Template) -> None:
    pattern = parse_pattern(text)
    found = preimage_patterns(pattern, template)
    assert found is not None
    assert [parse_pattern(p.text) for p in found] == list(found)
    expected = preimage(Dfa.of_patterns([pattern]), template) & Dfa.numbers()
    assert Dfa.of_patterns(found) & Dfa.numbers() == expected


@settings(deadline=None, max_examples=60)
@given(st.lists(PATTERNS, max_size=4), TEMPLATES)
def test_image_and_preimage_belong_together(texts: list[str], template: Template) -> None:
    numbers = dfa(texts)
    assert numbers <= preimage(image(numbers, template), template)
    assert image(preimage(numbers, template), template) <= numbers


@pytest.mark.parametrize(
    ("pattern", "template", "expected"),
    [
        ("+1212NXXXXXX", strip(1, "+1212"), ["[0-9*#+]NXXXXXX"]),
        ("+1212NXXXXXX", strip(0, "+1"), ["212NXXXXXX"]),
        ("+1.", strip(2, "+1212"), ["!"]),
        ("+1212", strip(2, "+1212"), ["[0-9*#+]", "[0-9*#+][0-9*#+]"]),
        ("+44.", strip(0, "+1"), []),
        ("2XX", parse_template("${EXTEN:1:3}"), ["[0-9*#+]2XX!"]),
        ("2XX", parse_template("2${EXTEN:0:1}5"), ["X!"]),
        ("9.", parse_template("${EXTEN}#"), ["9!"]),
        ("911", parse_template("911"), ["!"]),
    ],
)
def test_preimages_read_as_one_would_write_them(
    pattern: str, template: Template, expected: list[str]
) -> None:
    found = preimage_patterns(parse_pattern(pattern), template)
    assert found is not None
    assert sorted(p.text for p in found) == sorted(expected)


def test_what_numbers_end_in_takes_an_automaton() -> None:
    template = parse_template("${EXTEN:-4}")
    assert preimage_patterns(parse_pattern("2XXX"), template) is None
    found = preimage(dfa(["2XXX"]), template)
    assert [n for n in ("2000", "02000", "212552000") if n in found] == [
        "2000",
        "02000",
        "212552000",
    ]
    assert "212553000" not in found
