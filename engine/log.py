"""The live log: one readable line for each registration, call, fetch and reconciliation.

Says who and what, never a password, a nonce or a token: the events that come in hold none.
"""

import asyncio
import contextlib
import logging
import os
import queue
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, TextIO

from engine.plan_views import summary
from engine.pnp import (
    PnpDiffers,
    PnpEvent,
    PnpFloods,
    PnpSighted,
    PnpSilent,
    PnpTold,
    PnpUnheard,
)
from engine.provision import (
    HttpsCertificate,
    LocationServed,
    PhoneEnrolled,
    PhoneSighted,
    ProfileFailed,
    ProfileRefused,
    ProfileServed,
    ProvisionEvent,
    SourceBanned,
    Uploaded,
    WindowOpened,
)
from engine.reconcile import Result, short
from engine.selftest import SELFTEST_PREFIX
from engine.sip import (
    AuthenticationFailed,
    Banned,
    CallAnswered,
    CallEnded,
    CallRefused,
    CallRouted,
    CertificateLoaded,
    CertificateRejected,
    EmergencyCall,
    GatewayFailed,
    MediaRelayDown,
    MediaRelayUp,
    MediaUnlikely,
    MessageDropped,
    PeerDown,
    PeerRefused,
    PeerUp,
    Registered,
    SipEvent,
    Unbanned,
    Unregistered,
)
from schema.diagnostics import render

COLOURS = {"call": "36", "register": "32", "profile": "35", "config": "33", "warning": "31"}

FLUSH_AFTER = 0.1
"""Seconds until a line is shown: at 1,000 calls a second a system call for each would be felt."""

MOST_WAITING = 10_000
"""Lines that wait for a reader who has stopped reading; what comes then is dropped."""


class Log:
    """Writes events to a stream, standard output by default. Belongs to the event loop's thread.

    The stream is written by a thread of its own: a terminal that is paused must not stop calls.
    """

    def __init__(self, stream: TextIO = sys.stdout) -> None:
        colour = stream.isatty() and not os.environ.get("NO_COLOR")
        self._topics = {topic: _topic(topic, colour) for topic in COLOURS}
        self._second, self._clock = 0, ""
        self._lines: list[str] = []
        self._flushing: asyncio.TimerHandle | None = None
        self._writer = _Writer(stream)

    def write(self, topic: str, text: str) -> None:
        """One line."""
        second = int(time.time())
        if second != self._second:
            self._second, self._clock = second, time.strftime("%H:%M:%S", time.localtime(second))
        self.plain(f"{self._clock}  {self._topics[topic]} {printable(text)}")

    def plain(self, text: str) -> None:
        """Text as it is, in its place between the lines."""
        if len(self._lines) < MOST_WAITING:
            self._lines.append(f"{text}\n")
        if self._flushing is None:
            self._flushing = asyncio.get_running_loop().call_later(FLUSH_AFTER, self._flush)

    def _flush(self) -> None:
        self._flushing = None
        if self._writer.take("".join(self._lines)):
            self._lines.clear()
        elif self._lines:
            self._flushing = asyncio.get_running_loop().call_later(FLUSH_AFTER, self._flush)

    def close(self) -> None:
        """Show what is still waiting."""
        if self._flushing is not None:
            self._flushing.cancel()
        self._writer.finish("".join(self._lines))

    # SIP

    def sip(self, event: SipEvent) -> None:
        """An event of the SIP engine. The self-test's own are left to its report."""
        who = getattr(event, "caller", "") or getattr(event, "user", "")
        if not who.startswith(SELFTEST_PREFIX):
            self._tell[type(event)](self, event)

    def _registered(self, event: Registered) -> None:
        device = f" on {event.device}" if event.device else ""
        text = f"{event.user}{device} registered at {event.contact} for {event.expires} s"
        self.write("register", text)

    def _unregistered(self, event: Unregistered) -> None:
        self.write("register", f"{event.user} at {event.contact} {event.reason}")

    def _authentication_failed(self, event: AuthenticationFailed) -> None:
        self.write(
            "warning", f"wrong password for {event.user} from {event.source} ({event.method})"
        )

    def _call_routed(self, event: CallRouted) -> None:
        by = ", ".join(each for each in (event.rule, event.type) if each)
        how = f" (rule {by})" if by else ""
        targets = ", ".join(event.targets)
        self.write("call", f"{event.caller} dials {event.number} → {targets}{how}")

    def _emergency_call(self, event: EmergencyCall) -> None:
        at = f" at site {event.site}" if event.site else ""
        gateways = ", then ".join(event.gateways) or "no gateway"
        back = f", call back {event.callback}" if event.callback else ""
        text = f"EMERGENCY CALL: {event.caller}{at} dials {event.number} → {gateways}{back}"
        self.write("warning", text)

    def _call_refused(self, event: CallRefused) -> None:
        who = event.caller or f"a stranger at {event.source}"
        self.write("call", f"{who} dials {event.number}: {event.status} {event.reason}")

    def _call_answered(self, event: CallAnswered) -> None:
        self.write(
            "call",
            f"{event.caller} → {event.number} answered by {event.target} after {event.after:.1f} s",
        )

    def _call_ended(self, event: CallEnded) -> None:
        if event.status == 200:
            text = f"ended after {event.seconds:.0f} s"
        else:
            text = f"not answered: {event.status}"
        self.write("call", f"{event.caller} → {event.number} {text}")

    def _gateway_failed(self, event: GatewayFailed) -> None:
        reason = f"{event.status} {event.reason}".rstrip()
        where = f" ({event.address})" if event.address else ""
        call = f", {event.caller} → {event.number}" if event.caller else ""
        self.write("warning", f"gateway {event.gateway}: {reason}{where}{call}")

    def _peer_down(self, event: PeerDown) -> None:
        what = f"{event.kind} {event.id} at {event.address}"
        self.write("warning", f"{what} is down: {event.reason}")

    def _peer_up(self, event: PeerUp) -> None:
        self.write("config", f"{event.kind} {event.id} at {event.address} is up again")

    def _media_unlikely(self, event: MediaUnlikely) -> None:
        self.write("warning", f"{event.caller} → {event.number} may be silent: {event.reason}")

    def _media_relay_down(self, event: MediaRelayDown) -> None:
        self.write("warning", f"media relay {event.address} is down: {event.reason}")

    def _media_relay_up(self, event: MediaRelayUp) -> None:
        self.write("config", f"media relay {event.address} is up again")

    def _message_dropped(self, event: MessageDropped) -> None:
        self.write("warning", f"dropped {event.size} bytes from {event.source}: {event.reason}")

    def _banned(self, event: Banned) -> None:
        # fail2ban reads this line (docs/security.md): all words of it are ours.
        self.write("warning", f"banned {event.source} for {event.seconds} s: {event.reason}")

    def _unbanned(self, event: Unbanned) -> None:
        self.write("config", f"the ban of {event.source} is over: {event.reason}")

    def _peer_refused(self, event: PeerRefused) -> None:
        text = f"gateway {event.gateway} at {event.address} is not trusted: {event.reason}"
        self.write("warning", text)

    def _certificate_loaded(self, event: CertificateLoaded) -> None:
        until = time.strftime("%Y-%m-%d", time.gmtime(event.expires))
        names = ", ".join(event.names)
        self.write("config", f"new certificate {event.path} for {names}, valid until {until}")

    def _certificate_rejected(self, event: CertificateRejected) -> None:
        self.write("warning", f"the old certificate stays in use: {event.path}: {event.reason}")

    # A dictionary, because singledispatchmethod cost more than all the rest of a line.
    _tell: ClassVar[dict[type, Callable[[Any, Any], None]]] = {
        Registered: _registered,
        Unregistered: _unregistered,
        AuthenticationFailed: _authentication_failed,
        CallRouted: _call_routed,
        EmergencyCall: _emergency_call,
        CallRefused: _call_refused,
        CallAnswered: _call_answered,
        CallEnded: _call_ended,
        GatewayFailed: _gateway_failed,
        PeerDown: _peer_down,
        PeerUp: _peer_up,
        MediaUnlikely: _media_unlikely,
        MediaRelayDown: _media_relay_down,
        MediaRelayUp: _media_relay_up,
        MessageDropped: _message_dropped,
        Banned: _banned,
        Unbanned: _unbanned,
        PeerRefused: _peer_refused,
        CertificateLoaded: _certificate_loaded,
        CertificateRejected: _certificate_rejected,
    }

    # Provisioning

    def provisioning(self, event: ProvisionEvent) -> None:
        """An event of the provisioning server."""
        self._serve[type(event)](self, event)

    def _profile_served(self, event: ProfileServed) -> None:
        how = "" if event.rung in ("token", "shared") else f" by {event.rung}"
        who, name = event.mac or "somebody", event.name or "its profile"
        self.write("profile", f"{who} fetched {name} from {event.peer}: {event.status}{how}")

    def _profile_failed(self, event: ProfileFailed) -> None:
        self.write("warning", f"{event.mac} cannot have {event.name}: {event.reason}")

    def _profile_refused(self, event: ProfileRefused) -> None:
        # fail2ban reads the beginning of this line: what follows the colon a stranger chose.
        text = f"refused {event.peer} ({event.status}): {event.path}"
        self.write("warning", f"{text} ({event.user_agent})")

    def _source_banned(self, event: SourceBanned) -> None:
        # The same words as those of the router's bans, for the same filter.
        self.write("warning", f"banned {event.peer} for {event.seconds} s: enumeration")

    def _phone_sighted(self, event: PhoneSighted) -> None:
        what = f" ({event.model})" if event.model else ""
        text = f"{event.mac}{what} at {event.peer} is not in the tree"
        self.write("profile", f"{text}: pbx devices list --pending")

    def _window_opened(self, event: WindowOpened) -> None:
        text = f"{event.mac} may be told its URL for {event.seconds} s"
        if event.before:
            self.write("warning", f"{text}, AGAIN: {event.before} was told it before")
        else:
            self.write("profile", text)

    def _phone_enrolled(self, event: PhoneEnrolled) -> None:
        self.write("profile", f"{event.mac} at {event.peer} was told its URL; the window is closed")

    def _uploaded(self, event: Uploaded) -> None:
        self.write("profile", f"{event.mac} sent {event.name}, {event.size} bytes")

    def _https_certificate(self, event: HttpsCertificate) -> None:
        if event.trouble:
            text = f"the old certificate stays in use: {event.path}: {event.trouble}"
            self.write("warning", text)
        else:
            self.write("config", f"new certificate {event.path} for phones")

    def _location_served(self, event: LocationServed) -> None:
        text = f"{event.peer} fetched the emergency location of {event.site}"
        self.write("call", f"{text} ({event.user_agent})")

    _serve: ClassVar[dict[type, Callable[[Any, Any], None]]] = {
        ProfileServed: _profile_served,
        ProfileFailed: _profile_failed,
        ProfileRefused: _profile_refused,
        SourceBanned: _source_banned,
        PhoneSighted: _phone_sighted,
        WindowOpened: _window_opened,
        PhoneEnrolled: _phone_enrolled,
        Uploaded: _uploaded,
        HttpsCertificate: _https_certificate,
        LocationServed: _location_served,
    }

    def pnp(self, event: PnpEvent) -> None:
        """An event of SIP PnP."""
        if isinstance(event, PnpFloods):
            self.write("warning", f"SIP PnP: {event.peer} is not heard any more: {event.reason}")
            return
        who = f"{event.mac or 'a phone'} ({event.phone}) at {event.peer}"
        if isinstance(event, PnpTold):
            self.write("profile", f"{who} asked the LAN and was sent to {event.url}")
        elif isinstance(event, PnpSighted):
            self.write("profile", f"{who} asked the LAN and is not in the tree")
        elif isinstance(event, PnpSilent):
            self.write("profile", f"{who} asked the LAN: of no family that is known, no answer")
        elif isinstance(event, PnpDiffers):
            self.write("warning", f"{who} asked the LAN, but in the tree it is a {event.model}")
        elif isinstance(event, PnpUnheard):
            reason = "did not answer" if event.status == 408 else f"said {event.status}"
            self.write("warning", f"{who} asked the LAN, but {reason} when it was told")

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
            self.plain(render(result.diagnostics, "text"))

    def started(self, origin: str, state: Path) -> None:
        """The node is up and begins to follow."""
        self.write("config", f"following {origin}; state in {state}")

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


class _Writer:
    """A thread that writes one text at a time."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._texts: queue.Queue[str | None] = queue.Queue(maxsize=1)
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)
        self._thread.start()

    def take(self, text: str) -> bool:
        """Write it soon; False while the one before is not written yet."""
        try:
            self._texts.put_nowait(text)
        except queue.Full:
            return False
        return True

    def finish(self, text: str) -> None:
        """Write the last text, but do not wait longer than a second for a reader."""
        with contextlib.suppress(queue.Full):
            self._texts.put(text, timeout=1)
            self._texts.put(None, timeout=1)
        self._thread.join(1)

    def _run(self) -> None:
        # Whoever read it may have gone; the node has not.
        while (text := self._texts.get()) is not None:
            with contextlib.suppress(OSError, ValueError):
                self._stream.write(text)
                self._stream.flush()


def _topic(topic: str, colour: bool) -> str:
    shown = f"{topic:<9}"
    return f"\x1b[{COLOURS[topic]}m{shown}\x1b[0m" if colour else shown


def printable(text: str) -> str:
    """Text from the network without what could move the cursor or forge a line."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else "?" for one in text)
