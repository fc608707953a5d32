"""The live log: one readable line for each registration, call, fetch and reconciliation.

On a terminal for people, else as key=value lines for machines. Says who and what, never a
password, a nonce or a token: the events that come in hold none.
"""

import logging
import os
import sys
import time
from functools import singledispatchmethod
from typing import Any, TextIO

import structlog

from engine.plan_views import summary
from engine.provision import ProfileFailed, ProfileRefused, ProfileServed, ProvisionEvent
from engine.reconcile import Result, short
from engine.selftest import SELFTEST_PREFIX
from engine.sip import (
    AuthenticationFailed,
    CallAnswered,
    CallEnded,
    CallRefused,
    CallRouted,
    GatewayFailed,
    MessageDropped,
    Registered,
    SipEvent,
    Unregistered,
)
from schema.diagnostics import render

COLOURS = {"call": "36", "register": "32", "profile": "35", "config": "33", "warning": "31"}


class Log:
    """Writes events to a stream, standard output by default."""

    def __init__(self, stream: TextIO = sys.stdout) -> None:
        terminal = stream.isatty() and not os.environ.get("NO_COLOR")
        machine = not stream.isatty() and bool(os.environ.get("PBX_LOG_KEYS"))
        renderer = structlog.processors.LogfmtRenderer() if machine else _Line(terminal)
        self._log = structlog.wrap_logger(
            structlog.PrintLogger(stream),
            processors=[structlog.processors.TimeStamper("iso"), renderer],
        )

    def write(self, topic: str, text: str, **facts: Any) -> None:
        """One line."""
        self._log.info(text, topic=topic, **facts)

    # SIP

    def sip(self, event: SipEvent) -> None:
        """An event of the SIP engine. The self-test's own are left to its report."""
        who = getattr(event, "user", "") or getattr(event, "caller", "")
        if not who.startswith(SELFTEST_PREFIX):
            self._tell(event)

    @singledispatchmethod
    def _tell(self, event: SipEvent) -> None:
        self.write("sip", repr(event))

    @_tell.register
    def _(self, event: Registered) -> None:
        if not event.refreshed:
            device = f" on {event.device}" if event.device else ""
            text = f"{event.user}{device} registered at {event.contact} for {event.expires} s"
            self.write("register", text)

    @_tell.register
    def _(self, event: Unregistered) -> None:
        self.write("register", f"{event.user} at {event.contact} {event.reason}")

    @_tell.register
    def _(self, event: AuthenticationFailed) -> None:
        self.write(
            "warning", f"wrong password for {event.user} from {event.source} ({event.method})"
        )

    @_tell.register
    def _(self, event: CallRouted) -> None:
        how = f" (rule {event.rule})" if event.rule else ""
        targets = ", ".join(event.targets)
        self.write("call", f"{event.caller} dials {event.number} → {targets}{how}")

    @_tell.register
    def _(self, event: CallRefused) -> None:
        who = event.caller or f"a stranger at {event.source}"
        self.write("call", f"{who} dials {event.number}: {event.status} {event.reason}")

    @_tell.register
    def _(self, event: CallAnswered) -> None:
        self.write(
            "call",
            f"{event.caller} → {event.number} answered by {event.target} after {event.after:.1f} s",
        )

    @_tell.register
    def _(self, event: CallEnded) -> None:
        if event.status == 200:
            text = f"ended after {event.seconds:.0f} s"
        else:
            text = f"not answered: {event.status}"
        self.write("call", f"{event.caller} → {event.number} {text}")

    @_tell.register
    def _(self, event: GatewayFailed) -> None:
        self.write("warning", f"gateway {event.gateway}: {event.status} {event.reason}")

    @_tell.register
    def _(self, event: MessageDropped) -> None:
        self.write("warning", f"dropped {event.size} bytes from {event.source}: {event.reason}")

    # Provisioning

    def provisioning(self, event: ProvisionEvent) -> None:
        """An event of the provisioning server."""
        if isinstance(event, ProfileServed):
            name = event.name or "its profile"
            text = f"{event.mac} fetched {name} from {event.peer}: {event.status}"
            self.write("profile", text)
        elif isinstance(event, ProfileFailed):
            self.write("warning", f"{event.mac} cannot have {event.name}: {event.reason}")
        elif isinstance(event, ProfileRefused):
            text = f"{event.peer} asked for {event.path}: {event.status}"
            self.write("warning", f"{text} ({event.user_agent})")

    def resynced(self, asked: int, reached: int) -> None:
        """Phones were told to fetch their changed profiles."""
        self.write("profile", f"{asked} profiles changed; {reached} phones told to fetch")

    # Configuration

    def reconciled(self, result: Result, seconds: float) -> None:
        """A commit was tried."""
        name = short(result.revision)
        if result.outcome == "applied" and result.plan is not None:
            self.write("config", f"{name} runs: {summary(result.plan)} ({seconds * 1000:.0f} ms)")
            return
        self.write("warning", f"{name} does not run ({result.outcome}): {result.message}")
        if result.diagnostics:
            print(render(result.diagnostics, "text"), file=sys.stderr)

    def skipped(self, revision: str) -> None:
        """A commit that proved bad before is not tried again by itself."""
        self.write("config", f"{short(revision)} failed its health check before: not tried again")

    def trouble(self, error: Exception | None) -> None:
        """The repository cannot be read; None: it can again."""
        if error is None:
            self.write("config", "the repository can be read again")
        else:
            self.write("warning", str(error))

    def crashed(self, error: BaseException) -> None:
        """A defect of ours: one line here, the details where PBX_DEBUG asks for them."""
        self.write("warning", f"internal error, please report it: {type(error).__name__}: {error}")
        if os.environ.get("PBX_DEBUG"):
            logging.getLogger("dialtree").error("internal error", exc_info=error)


class _Line:
    """Renders an event as "18:04:05  call      alice dials 202 → bob"."""

    def __init__(self, colour: bool) -> None:
        self._colour = colour

    def __call__(self, _logger: Any, _method: str, event: Any) -> str:
        topic = event["topic"]
        clock = time.strftime("%H:%M:%S")
        shown = f"{topic:<9}"
        if self._colour and topic in COLOURS:
            shown = f"\x1b[{COLOURS[topic]}m{shown}\x1b[0m"
        return f"{clock}  {shown} {printable(event['event'])}"


def printable(text: str) -> str:
    """Text from the network without what could move the cursor or forge a line."""
    return "".join(one if one.isprintable() else "?" for one in text)
