"""Registrations as the store keeps them: JSON records that become bindings again."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from engine.sip import Binding, BindingChange, Flow, ListenAddress
from engine.sip.wire.uri import parse_uri

Record = Mapping[str, Any]


class Changes(NamedTuple):
    """For `Store.save_bindings`."""

    kept: list[tuple[str, str, float, Record]]
    """User, contact, expiry (epoch seconds), record."""
    gone: list[tuple[str, str]]
    """User, contact."""


def changes_of(changes: Iterable[BindingChange]) -> Changes:
    """Sort changes into what is kept and what is gone."""
    found = Changes([], [])
    for change in changes:
        binding = change.binding
        if change.kind == "removed":
            found.gone.append((binding.user, binding.contact))
        else:
            record = record_of(binding)
            found.kept.append((binding.user, binding.contact, binding.expires, record))
    return found


def record_of(binding: Binding) -> Record:
    """A binding as JSON can hold it. Its identity follows from its contact."""
    return {
        "user": binding.user,
        "device": binding.device,
        "contact": binding.contact,
        "parameters": binding.parameters,
        "priority": binding.priority,
        "expires": binding.expires,
        "call_id": binding.call_id,
        "sequence": binding.sequence,
        "user_agent": binding.user_agent,
        "flow": [*binding.flow.listener, *binding.flow[1:]],
        "registered": binding.registered,
    }


def binding_of(record: Record) -> Binding:
    """The inverse of `record_of`."""
    transport, listening, listening_port, *remote = record["flow"]
    flow = Flow(ListenAddress(transport, listening, listening_port), *remote)
    identity = parse_uri(record["contact"].encode()).identity
    return Binding(**{**record, "flow": flow, "identity": identity})
