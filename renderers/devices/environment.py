"""The Jinja environment of each file format: sandboxed, strict, escaping everything it prints.

A name that a template uses and nobody gave is an error, never an empty value; a template from a
user's tree reaches data only, no Python internals.
"""

from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from typing import Any

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace

from renderers.devices.clock import Change, Clock
from renderers.devices.context import (
    BookContext,
    BookLink,
    BookRow,
    DeviceContext,
    HoldingContext,
    Line,
    Neutral,
    Port,
    ProgrammedKey,
    Server,
    SharedContext,
)
from renderers.devices.escape import FINALIZERS, Format
from renderers.devices.firmware import is_before, is_since
from renderers.devices.setting import Pair
from renderers.devices.written import writer
from schema.models import Card, Number

_PLAIN = frozenset(
    (
        BookContext,
        BookLink,
        BookRow,
        Card,
        Change,
        Clock,
        DeviceContext,
        HoldingContext,
        Line,
        Namespace,
        Neutral,
        Number,
        Port,
        ProgrammedKey,
        Server,
        SharedContext,
    )
)
"""Frozen data without methods, and what templates keep themselves: their public attributes need no
further look."""

_TEXT = frozenset(("rsplit", "rstrip", "split", "startswith"))
"""Methods of text that give text, lists of it and booleans."""


_LONGEST = 1_000_000
"""Characters that a template may make by repeating."""


class _Environment(ImmutableSandboxedEnvironment):
    intercepted_binops = frozenset(("*", "**"))

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Arithmetic that stays small: "x" * 10**9 would fill the memory of the node."""
        numbers = [value for value in (left, right) if isinstance(value, int | float)]
        if operator == "**" or any(abs(number) > _LONGEST for number in numbers):
            raise ValueError(f"{operator} is not possible here with such values")
        result = super().call_binop(context, operator, left, right)
        if not isinstance(result, int | float) and len(result) > _LONGEST:
            raise ValueError(f"it repeats something until it is longer than {_LONGEST}")
        return result

    def getattr(self, obj: Any, attribute: str) -> Any:
        """The sandbox's rules, which cost 4 µs, only for what is not plain data of ours."""
        if type(obj) in _PLAIN and not attribute.startswith("_"):
            try:
                return getattr(obj, attribute)
            except AttributeError:
                return self.undefined(obj=obj, name=attribute)
        if type(obj) is str and attribute in _TEXT:
            return getattr(obj, attribute)
        return super().getattr(obj, attribute)


def indexed(pairs: Iterable[Pair]) -> Iterator[tuple[str, str, str]]:
    """Parameters of which settings.yaml writes "name[3]", as name, index ("" for none) and value.

    In Python, because the sandbox looks at every call of a method in a template.
    """
    for native, value in pairs:
        name, index = _parts(native)
        yield name, index, value


def placed(pairs: Iterable[Pair]) -> dict[str, list[Pair]]:
    """Parameters of which settings.yaml writes "sip/line[1]/Name", by their place ("sip/line[1]").

    Put together once: a template that looked through all of them for each place would take long.
    """
    places: dict[str, list[Pair]] = {}
    for native, value in pairs:
        place, _, name = native.rpartition("/")
        places.setdefault(place, []).append((name, value))
    return places


def numbered(keys: Iterable[Any]) -> dict[tuple[int, int], Any]:
    """Programmed keys by module (0: the phone itself) and number, for templates that write all
    keys of a phone: looking through them for each would take long."""
    places: dict[tuple[int, int], Any] = {}
    for key in keys:
        places.setdefault((key.module, key.number), key)
    return places


@lru_cache(maxsize=65536)
def _parts(native: str) -> tuple[str, str]:
    name, _, index = native.partition("[")
    return name, index.removesuffix("]")


@cache
def environment_for(format_: Format) -> jinja2.Environment:
    """The one environment of a format. Templates are compiled from strings, never from disk."""
    environment = _Environment(
        undefined=jinja2.StrictUndefined,
        autoescape=format_ == "xml",
        finalize=FINALIZERS[format_],
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.tests.update(since=is_since, before=is_before)
    environment.filters.update(
        indexed=indexed, placed=placed, numbered=numbered, written=writer(format_)
    )
    return environment
