"""Who calls, by the name that people and tests use: the id of a user or of a gateway."""

from schema.dialplan.decision import Caller
from schema.models import System


def caller_named(system: System, name: str, number: str | None = None) -> Caller | None:
    """The caller of that id, or None. `number` is what somebody who calls from outside shows."""
    if name in system.users:
        return Caller("user", name)
    if name in system.gateways:
        return Caller("gateway", name, number)
    return None
