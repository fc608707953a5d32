"""From pydantic's errors to diagnostics: the place in the file, plain words, and a hint.

May know: the models, documents. May not: other entries (that is the checks').
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from schema import source
from schema.diagnostics import Diagnostic
from schema.patterns import described
from schema.source import Document, Path, SecretReference, Span
from schema.suggest import did_you_mean

Model = TypeVar("Model", bound=BaseModel)
Details = Mapping[str, Any]

_TYPE_WORDS = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "none_required": "null",
    "secret_type": "a secret",
}
_TRUTHS = {"yes": "true", "on": "true", "no": "false", "off": "false"}


def checked(
    document: Document, path: Path, model: type[Model], kind: str
) -> tuple[Model | None, list[Diagnostic]]:
    """Make a model of the value at a path. `kind` names it in messages: "user".

    Returns the model, or None and what is wrong: all of it, in the order of the model's keys.
    """
    data = document.value(path)
    try:
        return model.model_validate(data), []
    except ValidationError as error:
        shape = _Shape(document, path, model, kind)
        return None, list(shape.diagnostics(data, error))


class _Shape:
    """What is wrong with the value of one entry."""

    def __init__(self, document: Document, base: Path, model: type[BaseModel], kind: str) -> None:
        self._document = document
        self._base = base
        self._model = model
        self._kind = kind

    def diagnostics(self, data: Any, error: ValidationError) -> Iterator[Diagnostic]:
        """Return one diagnostic for each place, the one that helps most."""
        places: dict[Path, list[Details]] = {}
        for details in error.errors(include_url=False):
            places.setdefault(_place(data, details), []).append(details)
        for path, found in places.items():
            deeper = any(len(p) > len(path) and p[: len(path)] == path for p in places)
            # What a union's other members wanted, and a list without its wrong items, is no news.
            told = [d for d in found if d["type"] not in _TYPE_WORDS and not deeper]
            if told or not deeper:
                yield self._diagnostic(path, (told or found)[0])

    def _diagnostic(self, path: Path, details: Details) -> Diagnostic:
        kind = details["type"]
        if kind == "missing":
            return self._missing(path)
        if kind == "extra_forbidden":
            return self._unknown(path, details["loc"])
        if kind in _HIDDEN:
            return self._hidden(path, details)
        if isinstance(details["input"], SecretReference):
            return self._secret(path, details["input"])
        if kind in _TYPE_WORDS:
            return self._type(path, details)
        return self._value(path, details)

    def _missing(self, path: Path) -> Diagnostic:
        # The place is the entry's own key: there is nothing else to point at.
        span = self._document.key_span(self._base + path[:-1])
        owner = _name(path[:-1]) or self._kind
        message = f'the {owner} lacks the key "{path[-1]}"'
        hint = self._description(path)
        return self._document.report("PBX1102", message, span, hint)

    def _unknown(self, path: Path, location: tuple[str | int, ...]) -> Diagnostic:
        key = str(path[-1])
        known = _keys(_model_at(self._model, location[:-1]))
        hint = did_you_mean(key, known, "known keys")
        hint = hint or f"known keys: {', '.join(known)}"
        owner = _name(path[:-1]) or self._kind
        message = f'"{key}" is not a key of the {owner}'
        span = self._document.key_span(self._base + path)
        return self._document.report("PBX1101", message, span, hint)

    def _secret(self, path: Path, value: SecretReference) -> Diagnostic:
        message = f"{self._subject(path)} does not take a secret (!{value.kind})"
        hint = "write the value itself, if it is not a secret"
        return self._document.report("PBX1110", message, self._span(path), hint)

    def _hidden(self, path: Path, details: Details) -> Diagnostic:
        """Where a secret is, or may be: nothing of what stands there is shown."""
        code, said, hint = _HIDDEN[details["type"]]
        where = "/".join(map(str, self._base + path))
        message = f"{self._subject(path)} {said}"
        span = self._span(path)
        return self._document.report(code, message, span, hint.format(where), hidden=True)

    def _type(self, path: Path, details: Details) -> Diagnostic:
        value, kind = details["input"], details["type"]
        wanted = _TYPE_WORDS[kind]
        span = self._span(path)
        if value is None:
            return self._nothing(path, wanted)
        if kind == "string_type" and isinstance(value, bool | int | float):
            return self._unquoted(path, span)
        hint = _type_hint(kind, value, self._text(span), _key(path))
        message = f"{self._subject(path)} takes {wanted}, not {_type_name(value)}"
        hidden = kind == "secret_type"
        return self._document.report("PBX1103", message, span, hint, hidden=hidden)

    def _nothing(self, path: Path, wanted: str) -> Diagnostic:
        span = self._document.key_span(self._base + path)
        message = f"{self._subject(path)} has no value"
        hint = f"it takes {wanted}; indent the lines that belong to it, or remove the key"
        return self._document.report("PBX1111", message, span, hint)

    def _unquoted(self, path: Path, span: Span) -> Diagnostic:
        text = self._text(span)
        key = _key(path)
        hint = f'write {key}: "{text}"' if key else f'write "{text}"'
        message = f"{self._subject(path)} is a text, and {text} without quotes is not"
        return self._document.report("PBX1104", message, span, hint)

    def _value(self, path: Path, details: Details) -> Diagnostic:
        """The type is right, and the value is not."""
        code, said, hint = _VALUE.get(details["type"], _otherwise)(details)
        text = self._text(self._span(path))
        message = f"{self._subject(path)} {said}" if said else f"{details['msg']}"
        if code == "PBX1104":
            hint = f'write {_key(path)}: "{text}"'
        return self._document.report(code, message, self._span(path), hint)

    def _span(self, path: Path) -> Span:
        return self._document.span(self._base + path)

    def _text(self, span: Span) -> str:
        return self._document.text[span.start : span.end]

    def _subject(self, path: Path) -> str:
        return f'"{_key(path)}"' if _key(path) else f"the {self._kind}"

    def _description(self, path: Path) -> str | None:
        field = _model_at(self._model, path[:-1]).model_fields.get(str(path[-1]))
        return f"{path[-1]}: {field.description}" if field and field.description else None


def _place(data: Any, details: Details) -> Path:
    """Where pydantic found something, without the names of union members, which are no keys."""
    path: list[str | int] = []
    location = details["loc"]
    for at, step in enumerate(location):
        absent = details["type"] == "missing" and at == len(location) - 1
        if isinstance(data, source.Mapping) and isinstance(step, str) and (step in data or absent):
            path.append(step)
            data = data.get(step)
        elif isinstance(data, source.Sequence) and isinstance(step, int):
            path.append(step)
            data = data[step]
    return tuple(path)


def _model_at(model: type[BaseModel], location: tuple[str | int, ...]) -> type[BaseModel]:
    """The innermost model that a location leads into."""
    for step in location:
        for name, field in model.model_fields.items():
            if step in (name, field.alias):
                model = next(_models_in(field.annotation), model)
    return model


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


def _keys(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def _key(path: Path) -> str:
    """The last key of a path; items of lists go by the name of their list."""
    return next((step for step in reversed(path) if isinstance(step, str)), "")


def _name(path: Path) -> str:
    key = _key(path)
    return f'"{key}"' if key else ""


def _type_name(value: Any) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool):
        return f"{str(value).lower()}"
    return "a text" if isinstance(value, str) else "a number"


def _type_hint(kind: str, value: Any, text: str, key: str) -> str | None:
    if kind in ("int_type", "float_type", "none_required") and isinstance(value, str):
        return f"write the number without quotes: {value}" if value.isdigit() else None
    if kind == "bool_type":
        word = _TRUTHS.get(str(value).lower())
        return f"write {word}" if word else "write true or false, without quotes"
    if kind in ("tuple_type", "list_type") and not isinstance(value, dict):
        return f"write {key}: [{text}]"
    if kind == "secret_type":
        return "one of !age (as `pbx secrets encrypt` writes it), !env NAME, !file /path"
    if kind == "string_type" and isinstance(value, list):
        return "only one is possible here; remove the brackets or dashes"
    return None


Verdict = tuple[str, str, str | None]
"""Code, what the message says after the subject (the whole message when empty), hint."""


def _choice(details: Details) -> Verdict:
    choices = [c.strip("'") for c in details["ctx"]["expected"].replace(" or ", ", ").split(", ")]
    listed = f"possible: {', '.join(choices)}"
    hint = did_you_mean(str(details["input"]), choices, "possible")
    hint = f"{hint} {listed}" if hint and not hint.startswith("possible") else listed
    return "PBX1105", f'cannot be "{details["input"]}"', hint


def _pattern(details: Details) -> Verdict:
    value = str(details["input"])
    hint = described(details["ctx"]["pattern"], value)
    return "PBX1107", f'has the wrong format: "{value}"' if value else "is empty", hint


def _limit(words: str, bound: str) -> Callable[[Details], Verdict]:
    def verdict(details: Details) -> Verdict:
        return "PBX1106", words.format(details["ctx"][bound]), None

    return verdict


def _duration(details: Details) -> Verdict:
    value = details["input"]
    number = isinstance(value, int) and not isinstance(value, bool)
    hint = f"{value} seconds are {value}s" if number else "such as 20s, 5m, 1h, 1h30m"
    return "PBX1108", "is not a duration with a unit", hint


def _network(details: Details) -> Verdict:
    return "PBX1107", "is not an IP address or network", "such as 192.0.2.7 or 192.0.2.0/24"


def _one_kind(details: Details) -> Verdict:
    given = [k for k in ("blf", "speed_dial", "line") if details["input"].get(k) is not None]
    said = f"has {' and '.join(given)}" if given else "has none of blf, speed_dial, line"
    return "PBX1112", said, "a key is exactly one of blf, speed_dial, line"


_HIDDEN: Mapping[str, tuple[str, str, str]] = {
    "secret_readable": (
        "PBX1850",
        "is a secret, and stands in the tree for all to read",
        "`pbx secrets encrypt {}` seals it; change it where it is used, too: Git keeps it for ever",
    ),
    "secret_env": (
        "PBX1851",
        "does not name an environment variable",
        "such as !env TRUNK_PASSWORD: letters, digits and '_', no digit first; "
        "not the secret itself",
    ),
    "secret_file": (
        "PBX1852",
        "does not name a file by its whole path",
        "such as !file /etc/dialtree/trunk.password; not the secret itself",
    ),
    "secret_age": (
        "PBX1853",
        "is not a text that age has sealed",
        "it was cut or changed; `pbx secrets encrypt {}` writes a new one",
    ),
    "recipient": (
        "PBX1854",
        "takes public keys, and this is none",
        'such as "age1…" (`pbx secrets init` prints it), "ssh-ed25519 AAAA…" or "ssh-rsa AAAA…"; '
        "never a private key",
    ),
}
"""Code, what the message says after the subject, and the hint with the place of the path."""


def _otherwise(details: Details) -> Verdict:
    return "PBX1107", "", None


_VALUE: Mapping[str, Callable[[Details], Verdict]] = {
    "literal_error": _choice,
    "string_pattern_mismatch": _pattern,
    "duration": _duration,
    "network": _network,
    "one_kind": _one_kind,
    "greater_than_equal": _limit("must be at least {}", "ge"),
    "less_than_equal": _limit("must be at most {}", "le"),
    "greater_than": _limit("must be more than {}", "gt"),
    "less_than": _limit("must be less than {}", "lt"),
    "string_too_short": _limit("needs at least {} characters", "min_length"),
    "string_too_long": _limit("takes at most {} characters", "max_length"),
    "too_short": _limit("needs at least {} items", "min_length"),
    "too_long": _limit("takes at most {} items", "max_length"),
}
