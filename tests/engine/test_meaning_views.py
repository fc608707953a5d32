"""What a plan means, as text, JSON and Markdown."""

from collections.abc import Callable

import pytest

from engine.desired import Desired
from engine.meaning_views import as_json, as_lines, as_markdown, escaped
from engine.plan_views import as_markdown as plan_as_markdown
from engine.workbench import meaning_between
from schema.meaning.meaning import Meaning


@pytest.fixture
def meaning(
    compile_: Callable[[], Desired], edit: Callable[[str, str], None]
) -> Callable[..., Meaning]:
    """The meaning of one edit."""

    def found(old: str, new: str) -> Meaning:
        before = compile_()
        edit(old, new)
        return meaning_between(before, compile_())

    return found


def test_a_new_name_means_nothing_for_calls(meaning: Callable[..., Meaning]) -> None:
    assert as_lines(meaning("Bob Brown", "Bob Braun")) == ["no emergency route changed", ""]


def test_without_anything_to_compare_nothing_is_said() -> None:
    assert as_lines(None) == as_markdown(None) == []
    assert as_json(None) == {"meaning": [], "unknown": "nothing to compare with"}


def test_what_cannot_be_told_is_said_in_every_form() -> None:
    unknown = Meaning((), "too complex to tell")
    assert as_lines(unknown) == ["meaning: too complex to tell", ""]
    assert as_json(unknown)["unknown"] == "too complex to tell"
    assert as_markdown(unknown) == ["", "**Meaning:** too complex to tell"]


def test_a_changed_extension_is_told_with_its_position_left_out(
    meaning: Callable[..., Meaning],
) -> None:
    found = meaning('extension: "202"', 'extension: "299"')
    lines = as_lines(found)
    assert any(line.startswith("! calls to 299 become reachable for everybody") for line in lines)
    shapes = as_json(found)["meaning"]
    assert {each["example"] for each in shapes} >= {"202", "299"}
    assert all(each["file"] is None for each in shapes)


def test_markup_in_names_stays_text() -> None:
    assert escaped("a|b <img> `x` [y](z) *w*\n# h") == (
        "a\\|b &lt;img> \\`x\\` \\[y\\](z) \\*w\\* \\# h"
    )


def test_a_comment_keeps_its_table_after_the_list() -> None:
    from engine.plan import Change, Plan

    plan = Plan((Change("create", "rule", "x", "new", None),), meaning=Meaning(()))
    lines = plan_as_markdown(plan).splitlines()
    assert lines[lines.index("- no emergency route changed") + 1] == ""
    assert "| | Resource | Where | What changes |" in lines
