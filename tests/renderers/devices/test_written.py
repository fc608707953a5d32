"""Lines of parameters, made once for what many phones share, are those that a loop would print."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renderers.devices.environment import environment_for
from renderers.devices.escape import Format
from renderers.devices.written import Repeated

PATTERNS: dict[Format, str] = {
    "ini": "{name} = {value}",
    "keyvalue": '{name}="{value}"',
    "xml": '  <{name} a="{value}">{value}</{name}>',
    "cli": "{name} {value}",
    "json": '"{name}": "{value}",',
}
FORMATS = sorted(PATTERNS)
PAIRS = st.lists(st.tuples(st.text(max_size=20), st.text(max_size=20)), max_size=5)


def by_filter(format_: Format, pairs: tuple[tuple[str, str], ...]) -> str:
    words = f"{{{{ pairs|written('{PATTERNS[format_]}') }}}}\n"
    return environment_for(format_).from_string(words).render(pairs=pairs)


def by_loop(format_: Format, pairs: tuple[tuple[str, str], ...]) -> str:
    body = PATTERNS[format_].replace("{name}", "{{ name }}").replace("{value}", "{{ value }}")
    loop = f"{{% for name, value in pairs %}}\n{body}\n{{% endfor %}}\n"
    return environment_for(format_).from_string(loop).render(pairs=pairs) or "\n"


@pytest.mark.parametrize("format_", FORMATS)
@given(pairs=PAIRS)
def test_lines_are_those_of_a_loop(format_: Format, pairs: list[tuple[str, str]]) -> None:
    wanted = by_loop(format_, tuple(pairs))
    assert by_filter(format_, tuple(pairs)) == wanted
    shared = Repeated(pairs)
    assert by_filter(format_, shared) == by_filter(format_, shared) == wanted


def test_a_value_that_looks_like_a_word_of_the_pattern_is_a_value() -> None:
    assert by_filter("ini", (("{value}", "{name}"),)) == "{value} = {name}\n"


def test_shared_pairs_are_written_once_for_each_format() -> None:
    shared = Repeated((("a", "<1>"),))
    assert by_filter("xml", shared) == '  <a a="&lt;1&gt;">&lt;1&gt;</a>\n'
    assert by_filter("ini", shared) == "a = <1>\n"
    assert len(shared.texts) == 2
    assert shared == (("a", "<1>"),)


@pytest.mark.parametrize("pattern", ["x" * 201, "a\\nb"])
def test_a_pattern_is_one_short_line(pattern: str) -> None:
    template = environment_for("ini").from_string(f'{{{{ pairs|written("{pattern}") }}}}')
    with pytest.raises(ValueError, match="one line"):
        template.render(pairs=())
