"""Whether a pattern covers another, against trying all numbers."""

from itertools import product

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from schema.checks.hidden import covers, hidden_rules
from schema.dialplan.pattern import ALPHABET, parse_pattern
from schema.models import Rule

SYMBOLS = st.sampled_from(["0", "1", "9", "X", "Z", "N", "[01]", "[0-9*#+]", "*"])
PATTERNS = st.builds(
    lambda symbols, tail: "".join(symbols) + tail,
    st.lists(SYMBOLS, max_size=2),
    st.sampled_from(["", "", ".", "!"]),
).filter(bool)
NUMBERS = ["".join(digits) for size in range(4) for digits in product(ALPHABET, repeat=size)]


@settings(deadline=None, max_examples=150)
@given(PATTERNS, PATTERNS)
def test_covering_agrees_with_trying_every_number(wider: str, narrower: str) -> None:
    one, other = parse_pattern(wider), parse_pattern(narrower)
    tried = all(one.matches(number) for number in NUMBERS if other.matches(number))
    assert covers(one, other) == tried


def rule(name: str, match: str, **more: str) -> Rule:
    return Rule.model_validate({"rule": name, "match": match, "via": ["g"], **more})


@settings(deadline=None, max_examples=150)
@given(st.lists(PATTERNS, min_size=2, max_size=6))
def test_a_hidden_rule_is_never_the_first_to_match(texts: list[str]) -> None:
    rules = [rule(f"r{n}", text) for n, text in enumerate(texts)]
    parsed = [(found, [parse_pattern(found.patterns[0])]) for found in rules]
    hidden = {found.rule for found, _ in hidden_rules(parsed)}
    assume(hidden)
    for number in NUMBERS:
        first = next((found for found, (p,) in parsed if p.matches(number)), None)
        assert first is None or first.rule not in hidden


def test_a_large_plan_takes_no_time_squared() -> None:
    rules = [rule(f"r{n}", f"9{n:05}X") for n in range(3000)]
    parsed = [(found, [parse_pattern(found.patterns[0])]) for found in rules]
    assert list(hidden_rules(parsed)) == []
