"""The schema that editors are given agrees with what the tree's own checks say."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from schema.jsonschema import json_schema
from schema.reading import read

ROOT = Path(__file__).parents[2]
SCHEMA = json_schema()
VALIDATOR = Draft7Validator(SCHEMA)


def problems(text: str) -> list[str]:
    return [error.message for error in VALIDATOR.iter_errors(read("x", "", text.encode()).root)]


def test_the_schema_is_draft_7_and_the_same_every_time() -> None:
    Draft7Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert json.dumps(SCHEMA) == json.dumps(json_schema())


def test_nothing_newer_than_draft_7_is_left() -> None:
    newer = {"$defs", "prefixItems", "dependentRequired", "dependentSchemas", "minContains",
             "unevaluatedProperties", "unevaluatedItems", "$anchor", "$dynamicRef"}  # fmt: skip

    def look(value: Any, named: bool) -> None:
        if isinstance(value, dict):
            # Under "properties" keys are names of the tree's keys and not keywords.
            assert named or not newer & value.keys()
            assert named or "$ref" not in value or len(value) == 1 or "description" in value
            for key, inner in value.items():
                look(inner, key in ("properties", "definitions"))
        elif isinstance(value, list):
            for inner in value:
                look(inner, False)

    look(SCHEMA, False)


def test_references_stand_alone_where_draft_7_would_ignore_their_neighbours() -> None:
    for model in SCHEMA["definitions"].values():
        for key in model.get("properties", {}).values():
            assert "$ref" not in key or len(key) == 1


def test_the_default_tree_and_sections_alone_are_valid() -> None:
    assert problems((ROOT / "pbx.yaml").read_text()) == []
    assert problems("users:\n  alice: {name: Alice, extension: '201'}\n") == []
    assert problems("users:\n") == []
    assert problems("dialplan: [{rule: a, match: [X, 'Z.'], via: [b]}]") == []
    assert problems("users: {a: {name: A, forward: [{to: '1', after: 1h30m}]}}") == []


@pytest.mark.parametrize(
    "text",
    [
        "users: {alice: {name: Alice, extension: 0201}}", "users: {alice: {extension: '1'}}",
        "users: {alice: {name: Alice, extenson: '1'}}", "users: {a b: {name: A}}", "users: []",
        "phones: {'00:15': {model: m, lines: [a]}}", "phones: {'0015651234ab': {model: m}}",
        "version: 2", "user: {}", "dialplan: {a: b}", "dialplan: [{rule: a}]",
        "nodes: {a: {address: x, sip: {udp: 70000}}}", "users: {a: {name: A, did: 5}}",
        "users: {a: {name: A, forward: [{to: '1', after: 20}]}}", "gateways: {g: {address: 5}}",
        "system: {domain: x, auth: {algorithms: [md6]}}", "schedules: {s: {except: 5}}",
    ],
)  # fmt: skip
def test_what_validation_refuses_an_editor_underlines(text: str) -> None:
    assert problems(text)


def test_keys_have_descriptions_and_durations_are_texts() -> None:
    user = SCHEMA["definitions"]["User"]["properties"]
    assert user["caller_id"]["description"]
    after = SCHEMA["definitions"]["Forward"]["properties"]["after"]
    assert (after["type"], after["default"]) == ("string", "20s")
    assert "except" in SCHEMA["definitions"]["Schedule"]["properties"]


def test_the_fixtures_that_only_have_a_bad_shape_are_underlined_too() -> None:
    shapes = [path for path in (ROOT / "tests/fixtures/bad").iterdir() if path.name[:5] == "PBX11"]
    beyond = {"PBX1112", "PBX1115", "PBX1116", "PBX1117", "PBX1118"}
    """What is a matter of more than one key, or of names that change: not an editor's."""
    assert len(shapes) > 10
    for path in shapes:
        found = problems((path / "pbx.yaml").read_text()) if path.name[:7] != "PBX1110" else ["tag"]
        assert bool(found) == (path.name[:7] not in beyond), path.name
