"""The tree as JSON Schema, for editors: yaml-language-server completes and checks with it.

Draft 7, because that is what it reads; pydantic speaks 2020-12. One schema serves pbx.yaml and the
files in section folders: all have sections at the top, and `version` is checked by `pbx` itself.
"""

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from schema.entries import KINDS, MODELS
from schema.models import Proof, Rule, SystemSettings
from schema.models.base import DURATION_OR_OFF_PATTERN, DURATION_PATTERN, IDENTIFIER_PATTERN

_DRAFT = "http://json-schema.org/draft-07/schema#"
_MAC_PATTERN = "^[0-9a-f]{12}$"


def json_schema() -> dict[str, Any]:
    """Return the schema as plain data, the same on every call."""
    models: list[type[BaseModel]] = [*MODELS.values(), SystemSettings, Rule, Proof]
    references, found = models_json_schema(
        [(model, "validation") for model in models], ref_template="#/definitions/{model}"
    )
    definitions = {name: _draft7(model) for name, model in found["$defs"].items()}
    named = {model: references[model, "validation"] for model in models}
    sections: dict[str, Any] = {
        "version": {"const": 1, "description": "How the tree is read; always 1"},
        "system": {**named[SystemSettings], "description": "What holds for the whole PBX"},
    }
    for section, model in MODELS.items():
        sections[section] = _by_id(section, named[model])
    sections["dialplan"] = {
        "type": ["array", "null"],
        "items": named[Rule],
        "description": "Rules in order; the first that matches decides",
    }
    sections["prove"] = {
        "type": ["array", "null"],
        "items": named[Proof],
        "description": "What has to be true of every number that can be dialled",
    }
    return {
        "$schema": _DRAFT,
        "title": "Dialtree configuration",
        "type": ["object", "null"],
        "properties": sections,
        "additionalProperties": False,
        "definitions": definitions,
    }


def _by_id(section: str, reference: dict[str, Any]) -> dict[str, Any]:
    pattern = _MAC_PATTERN if section == "phones" else IDENTIFIER_PATTERN
    key = "MAC address" if section == "phones" else "id"
    return {
        "type": ["object", "null"],
        "additionalProperties": reference,
        "propertyNames": {"pattern": pattern},
        "description": f"Each {KINDS[section]} by its {key}",
    }


_DURATIONS = (DURATION_PATTERN, DURATION_OR_OFF_PATTERN)


def _draft7(value: Any) -> Any:
    """Rewrite what is newer than draft 7, and drop titles, which only repeat the key."""
    if isinstance(value, list):
        return [_draft7(item) for item in value]
    if not isinstance(value, dict):
        return value
    found = {key: _draft7(item) for key, item in value.items() if not _is_noise(key, item)}
    if found.get("pattern") in _DURATIONS and "default" in found:
        found["default"] = _duration(found["default"])
    if "$ref" in found and len(found) > 1:
        # Draft 7 ignores what stands beside a reference.
        found = {"allOf": [{"$ref": found.pop("$ref")}], **found}
    return found


def _is_noise(key: str, value: Any) -> bool:
    """Titles, and defaults that an editor had better not fill in."""
    if key == "title":
        return isinstance(value, str)
    return key == "default" and (value is None or isinstance(value, dict))


def _duration(seconds: float) -> str:
    """The shortest way to write a default."""
    for unit, length in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds and seconds % length == 0:
            return f"{seconds / length:g}{unit}"
    return f"{seconds:g}s"
