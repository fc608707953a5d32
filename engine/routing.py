"""Ask the route table on behalf of a person at the command line."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from engine.checking import ValidTree
from engine.workbench import UsageError
from schema.dialplan.callers import caller_named
from schema.dialplan.compile import compile_table
from schema.dialplan.decision import Caller, Decision
from schema.dialplan.moment import parse_moment
from schema.dialplan.route import route
from schema.dialplan.rows import UserEntry
from schema.models import System
from schema.suggest import did_you_mean

NOBODY = ""
"""Stands for a user without any permission, where no caller is named."""


def ask(
    tree: ValidTree, number: str, caller: str | None, at: str, shown: str | None = None
) -> Decision:
    """Where `number` goes when `caller` (user or gateway id) dials it at `at`, with the trace.

    `shown` is the number of who calls by a gateway, "" for somebody anonymous. Raises UsageError
    for an unknown caller or an unreadable time.
    """
    system = tree.system
    table = compile_table(system, tree.origins)
    if caller is None:
        nobody = UserEntry(True, frozenset(), None)
        table = replace(table, users={**table.users, NOBODY: nobody})
    return route(table, _caller(system, caller, shown), number, _moment(system, at), explain=True)


def _caller(system: System, name: str | None, shown: str | None) -> Caller:
    if shown is not None and name not in system.gateways:
        raise UsageError("--caller is for calls from outside: name a gateway with --from")
    if name is None:
        return Caller("user", NOBODY)
    caller = caller_named(system, name, shown)
    if caller is not None:
        return caller
    hint = did_you_mean(name, [*system.users, *system.gateways])
    raise UsageError(f'"{name}" is neither a user nor a gateway{f": {hint}" if hint else ""}')


def _moment(system: System, text: str) -> datetime:
    now = datetime.now(UTC).astimezone(ZoneInfo(system.system.timezone))
    try:
        return parse_moment(text, now)
    except ValueError as error:
        raise UsageError(str(error)) from error
