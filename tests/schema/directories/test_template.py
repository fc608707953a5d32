"""Texts with attributes in braces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.directories import Template

PERSON = {"givenName": "Alice", "sn": "Adams", "cn": "Alice B.  Adams"}


def filled(text):
    return Template.parse(text).fill(lambda name: PERSON.get(name, ""))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sn", "Adams"),
        ("{sn}", "Adams"),
        ("{givenName} {sn}", "Alice Adams"),
        ("{sn}, {givenName} (Berlin)", "Adams, Alice (Berlin)"),
        ("cn", "Alice B. Adams"),
        ("+4930{sn}", "+4930Adams"),
    ],
)
def test_a_text_is_filled_with_what_is_said_of_the_person(text, said):
    assert filled(text) == said


@pytest.mark.parametrize("text", ["title", "{title}", "{givenName} {title}", "x{title}"])
def test_a_text_of_which_an_attribute_is_missing_says_nothing(text):
    assert filled(text) == ""


@pytest.mark.parametrize("text", ["{}", "{sn", "sn}", "{{sn}}", "first name", "no{}thing", "{a b}"])
def test_what_is_no_text_of_attributes_is_refused(text):
    with pytest.raises(ValueError):
        Template.parse(text)


@given(st.text())
def test_any_text_is_taken_apart_or_refused(text):
    try:
        template = Template.parse(text)
    except ValueError:
        return
    assert template.attributes
