"""What a test names has to be in the tree, and what it expects has to be possible.

May know: the tree, tests. May not: the route table.
"""

from collections.abc import Collection, Iterator

from schema.diagnostics import Diagnostic
from schema.dialplan.callers import caller_named
from schema.dialtest.files import Placed, TestFile
from schema.dialtest.moments import moment_of
from schema.models import System
from schema.models.dial_test import Expectation
from schema.source import Path
from schema.suggest import did_you_mean

_REFUSED = ("user", "users", "hunt_group", "pickup", "via", "number", "caller_id")
"""What a call that is refused does not come to."""


def mistakes(file: TestFile, placed: Placed, system: System) -> Iterator[Diagnostic]:
    """What keeps a test from being run."""
    yield from _caller(file, placed, system)
    yield from _moment(file, placed, system)
    yield from _expected(file, placed, system)
    yield from _impossible(file, placed)


def _caller(file: TestFile, placed: Placed, system: System) -> Iterator[Diagnostic]:
    at, test = placed
    if caller_named(system, test.from_) is None:
        known = [*system.users, *system.gateways]
        hint = did_you_mean(test.from_, known) or "write the id of a user or of a gateway"
        message = f'"{test.from_}" is neither a user nor a gateway'
        yield file.report("PBX1702", message, hint, at, "from")
    elif test.from_outside and test.from_ not in system.gateways:
        message = f'"caller" is for calls from outside, and {test.from_} is a user'
        hint = "remove it, or name a gateway in from"
        yield file.report("PBX1704", message, hint, at, "caller")


def _moment(file: TestFile, placed: Placed, system: System) -> Iterator[Diagnostic]:
    try:
        moment_of(placed.test.at, system.system.timezone)
    except ValueError as error:
        hint = 'such as "14:30", "sat 10:00" or "2026-12-25 10:00"'
        yield file.report("PBX1703", str(error), hint, placed.at, "at")


def _expected(file: TestFile, placed: Placed, system: System) -> Iterator[Diagnostic]:
    for kind, name, path, known in _named(placed.test.wanted, system):
        if name not in known:
            message = f'there is no {kind} "{name}"'
            hint = did_you_mean(name, known) or f"write the id of a {kind} of the tree"
            yield file.report("PBX1702", message, hint, placed.at, "expect", *path)


def _named(wanted: Expectation, system: System) -> Iterator[tuple[str, str, Path, Collection[str]]]:
    """Kind, name, place within the expectation, and what could stand there."""
    rules = [rule.rule for rule in system.dialplan]
    for key, kind, known in (
        ("user", "user", system.users),
        ("users", "user", system.users),
        ("pickup", "user", system.users),
        ("hunt_group", "hunt group", system.hunt_groups),
        ("via", "gateway", system.gateways),
        ("rule", "rule", rules),
        ("site", "site", system.sites),
    ):
        value = getattr(wanted, key)
        if isinstance(value, str):
            yield kind, value, (key,), known
        for at, name in enumerate(value if isinstance(value, tuple) else ()):
            yield kind, name, (key, at), known


def _impossible(file: TestFile, placed: Placed) -> Iterator[Diagnostic]:
    at, test = placed
    if not isinstance(test.expect, Expectation):
        return
    said = test.expect.model_fields_set
    if not said:
        hint = "write what has to come of the call, such as expect: {via: pstn}, or routed"
        yield file.report("PBX1706", "the test expects nothing", hint, at, "expect")
    refused = test.expect.refused is not None or (test.expect.status or 200) >= 300
    for key in (key for key in _REFUSED if refused and key in said):
        message = f'a call that is refused has no "{key}"'
        yield file.report("PBX1706", message, f"remove {key}, or the status", at, "expect", key)
