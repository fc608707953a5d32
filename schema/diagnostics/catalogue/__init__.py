"""Every code there is, and what it means.

PBX10xx loading, 11xx shape, 12xx references, 13xx dial plan, 14xx nodes, 15xx devices, 16xx
proofs, 17xx tests of the dial plan and 18xx the world outside. Data only. A new code needs an entry
here, a bad tree in tests/fixtures/bad/<code>-<slug>/ and `make docs`; a test keeps the three
together.
"""

from collections.abc import Mapping
from types import MappingProxyType

from schema.diagnostics.catalogue import (
    devices,
    dialplan,
    directories,
    gateways,
    hosts,
    imports,
    load,
    nodes,
    operations,
    phonebooks,
    proofs,
    references,
    region,
    secrets,
    shape,
    tables,
    tests,
)
from schema.diagnostics.catalogue.code import Code, Severity

GROUPS = (
    load,
    shape,
    references,
    dialplan,
    region,
    nodes,
    devices,
    phonebooks,
    gateways,
    proofs,
    tests,
    directories,
    tables,
    imports,
    secrets,
    operations,
    hosts,
)
CATALOGUE: Mapping[str, Code] = MappingProxyType(
    {entry.code: entry for group in GROUPS for entry in group.CODES}
)

__all__ = ["CATALOGUE", "Code", "Severity"]
