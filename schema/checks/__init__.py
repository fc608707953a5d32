"""Checks that need more than one entry, one module for each subject.

Each check takes the assembled `Tree` and yields diagnostics. It runs over 10,000 users in a few
milliseconds, so: plain loops over plain dicts, and positions only for what is reported.
"""

from collections.abc import Callable, Iterator
from typing import Final

from schema.assembly import Tree
from schema.checks import (
    destinations,
    directories,
    emergency,
    feedback,
    forwarding,
    gateways,
    hunt_groups,
    managed,
    names,
    nodes,
    patterns,
    permissions,
    phonebooks,
    phones,
    references,
    region,
    rules,
    safety,
    schedules,
    sites,
    system,
    told,
)
from schema.diagnostics import Diagnostic

CHECKS: Final[tuple[Callable[[Tree], Iterator[Diagnostic]], ...]] = (
    system.check,
    safety.check,
    nodes.check,
    sites.check,
    references.check,
    names.check,
    forwarding.check,
    phones.check,
    gateways.check,
    hunt_groups.check,
    destinations.check,
    patterns.check,
    schedules.check,
    region.check,
    rules.check,
    permissions.check,
    emergency.check,
    told.check,
    feedback.check,
    phonebooks.check,
    directories.check,
    managed.check,
)
