"""Where secrets can stand in a tree, and where they do.

May know: the models, documents. May not: keys, or what a secret is worth.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple, get_args

from pydantic import BaseModel

from schema.entries import MODELS
from schema.models import SystemSettings
from schema.source import Document, Path, SecretReference

ID = "ID"
"""Stands for any id or index in the path of a place."""

Pattern = tuple[str, ...]


class Found(NamedTuple):
    """A secret of a tree; `path` is from the section down."""

    path: Path
    secret: SecretReference
    document: Document

    @property
    def where(self) -> str:
        """The path as commands take it."""
        return "/".join(map(str, self.path))

    @property
    def line(self) -> str:
        """File and line."""
        at = self.document.locate(self.path)
        return f"{at.file}:{at.line}"


def secrets_in(documents: Iterable[Document]) -> Iterator[Found]:
    """All secrets of a tree, in its order, those in broken entries as well."""
    for document in documents:
        for path, secret in _within(document.root, ()):
            yield Found(path, secret, document)


def recipients_in(documents: Iterable[Document]) -> tuple[str, ...]:
    """Whom the tree says that secrets are sealed for, also where it has mistakes elsewhere."""
    for document in documents:
        value: Any = document.root
        for key in ("system", "secrets", "recipients"):
            value = value.get(key) if isinstance(value, Mapping) else None
        if isinstance(value, list):
            return tuple(text for text in value if isinstance(text, str))
    return ()


def takes_secret(path: Path) -> bool:
    """Whether a path, from the section down, names a key that takes a secret."""
    return any(_fits(path, pattern) for pattern in places())


@cache
def places() -> tuple[Pattern, ...]:
    """The paths of all keys that take a secret, with ID for ids and indexes."""
    found = [("system", *rest) for rest in _keys(SystemSettings)]
    for section, model in MODELS.items():
        found += [(section, ID, *rest) for rest in _keys(model)]
    return tuple(found)


def _fits(path: Path, pattern: Pattern) -> bool:
    return len(path) == len(pattern) and all(
        wanted in (ID, step) for step, wanted in zip(path, pattern, strict=True)
    )


def _within(value: Any, path: Path) -> Iterator[tuple[Path, SecretReference]]:
    if isinstance(value, SecretReference):
        yield path, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _within(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _within(item, (*path, index))


def _keys(model: type[BaseModel]) -> Iterator[Pattern]:
    for name, field in model.model_fields.items():
        for rest in _places_of(field.annotation):
            yield (field.alias or name, *rest)


def _places_of(annotation: Any) -> Iterator[Pattern]:
    """Where secrets stand below a value of a type; () is the value itself."""
    if annotation is SecretReference:
        yield ()
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield from _keys(annotation)
    else:
        collection = getattr(annotation, "__origin__", None) in (tuple, list, Mapping)
        for argument in get_args(annotation):
            for rest in _places_of(argument):
                yield (ID, *rest) if collection else rest
