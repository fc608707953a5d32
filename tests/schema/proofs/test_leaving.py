"""What rules make of sets of numbers, against what they make of each number."""

from every_number import PATTERNS, every_number
from hypothesis import given, settings
from hypothesis import strategies as st

from schema.automata import Dfa
from schema.dialplan.numbering import Numbering
from schema.dialplan.pattern import parse_pattern
from schema.dialplan.rows import RuleEntry
from schema.proofs.leaving import after, before

NUMBERINGS = st.builds(
    Numbering,
    country_code=st.sampled_from(["1", "29"]),
    national_prefix=st.sampled_from(["", "0", "1"]),
    international_prefix=st.sampled_from(["", "00", "01"]),
    area_code=st.sampled_from(["", "2"]),
    local_lengths=st.sampled_from([(), (1, 2)]),
)
REWRITTEN = st.sampled_from(["12", "+1${EXTEN:1}", "9${EXTEN:-1}2", "${EXTEN:0:2}"])


def rule(strip: int, prepend: str, dial: str | None, e164: bool) -> RuleEntry:
    return RuleEntry(
        "r", "local", True, ("X",), strip, prepend, dial, e164, ("g",), False, None, (), (), None,
        "", 0,
    )  # fmt: skip


RULES = st.builds(
    rule,
    strip=st.integers(0, 3),
    prepend=st.sampled_from(["", "0", "00", "+1", "2"]),
    dial=st.none() | REWRITTEN,
    e164=st.booleans(),
)
DIALLED = every_number(3, 1)


@settings(deadline=None)
@given(RULES, NUMBERINGS, st.lists(PATTERNS, min_size=1, max_size=3))
def test_what_is_dialled_for_a_set_is_what_leaves_as_one_of_it(
    rule: RuleEntry, numbering: Numbering, patterns: list[str]
) -> None:
    wanted = Dfa.of_patterns([parse_pattern(text) for text in patterns])
    dialled = before(rule, numbering, wanted)
    for number in DIALLED:
        called = rule.transform(number, numbering)
        assert (number in dialled) == (bool(called) and called in wanted), (number, called)


@settings(deadline=None)
@given(RULES, NUMBERINGS, st.lists(st.sampled_from(DIALLED), max_size=9))
def test_what_leaves_is_what_is_made_of_each_number(
    rule: RuleEntry, numbering: Numbering, numbers: list[str]
) -> None:
    leaving = {rule.transform(number, numbering) for number in numbers} - {""}
    assert after(rule, numbering, Dfa.of_literals(numbers)) == Dfa.of_literals(leaving)
