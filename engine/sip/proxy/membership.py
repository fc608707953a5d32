"""Whether a request within a dialog with a gateway is part of a call that was let through.

A route token proves the Call-ID and the caller's tag, not the callee's: that one is made up after
the token. With a tag of its sender's invention a request looks to many a gateway like a new one,
to whatever number its Request-URI names, and the gateway trusts us. So what could begin something
there must be between ends of a call that we know.

After a restart we know none of the calls that go on. For as long as they may, their tokens, which
say that they are of an earlier run, are enough.
"""

from collections.abc import Callable
from os import urandom
from typing import Final

from engine.sip.calls import SILENT, Calls
from engine.sip.errors import Refused
from engine.sip.proxy.dialog import RUN, DialogRoutes
from engine.sip.proxy.domain import Domain
from engine.sip.proxy.route_set import ONLY_IN_DIALOGS, RouteSet
from engine.sip.wire import Request

BEGINS_NO_CALL: Final = ONLY_IN_DIALOGS | {"SUBSCRIBE", "NOTIFY", "OPTIONS"}


class Membership:
    """Of requests in calls, in this run of the node."""

    def __init__(self, calls: Calls, wall: Callable[[], float]) -> None:
        self.run = urandom(RUN)
        self._calls = calls
        self._wall = wall
        self._since = wall()

    def check(
        self, request: Request, route: RouteSet, domain: Domain, dialogs: DialogRoutes
    ) -> None:
        """Raises Refused: 481 for what is to a gateway, but in no call with it."""
        end = route.destination
        if end is None or domain.peer_at(end) is None:
            return
        known = self._calls.connects(request, end)
        if known is None:
            starting = self._wall() - self._since < SILENT
            known = starting and not dialogs.is_of_this_run(route.token)
        if not known:
            raise Refused(481)
