"""Registrations as the store keeps them: JSON records that become bindings again."""

from collections.abc import Iterable, Mapping
from functools import cache
from sys import intern
from typing import Any, Final, NamedTuple

from engine.sip import Binding, BindingChange, Flow, ListenAddress

Record = Mapping[str, Any]

_COMMON: Final = ("user", "device", "parameters", "user_agent")


class Changes(NamedTuple):
    """For `Store.save_bindings`."""

    kept: list[tuple[str, str, float, Record]]
    """User, key among the user's bindings, expiry (epoch seconds), record."""
    gone: list[tuple[str, str]]
    """User, key."""


def changes_of(changes: Iterable[BindingChange]) -> Changes:
    """Sort changes into what is kept and what is gone."""
    found = Changes([], [])
    for change in changes:
        binding = change.binding
        if change.kind == "removed":
            found.gone.append((binding.user, binding.key))
        else:
            record = record_of(binding)
            found.kept.append((binding.user, binding.key, binding.expires, record))
    return found


def record_of(binding: Binding) -> Record:
    """A binding as JSON can hold it, without what another process could not use."""
    flow = binding.flow
    return {**binding._asdict(), "flow": [*flow.listener, *flow[1:]], "origin": 0}


def binding_of(record: Record) -> Binding:
    """The inverse of `record_of`. What many phones have in common is kept once."""
    transport, listening, listening_port, *rest = record["flow"]
    flow = Flow(_listener(transport, listening, listening_port), *rest)
    shared = {name: intern(record[name]) for name in _COMMON}
    return Binding(**{**record, **shared, "flow": flow})


@cache
def _listener(transport: str, host: str, port: int) -> ListenAddress:
    return ListenAddress(transport, host, port)
