"""The way of media: left alone, with a corrected address, or through a relay.

Most calls are left alone, and a request whose media surely is gets no MediaPath at all. What was
decided for a call stands in its dialog token, so requests within the dialog are treated alike
without a table.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from engine.sip.config import SipConfig
from engine.sip.events import MediaUnlikely, SipEvent
from engine.sip.flow import Flow
from engine.sip.nat.exchange import deletion
from engine.sip.nat.path import Arrival, MediaPath
from engine.sip.nat.reach import WEB, End, end_at, obstacle, sender_of
from engine.sip.nat.rtpengine import Clocked, Relays
from engine.sip.nat.treatment import ALONE, CORRECTED, RELAYED, Treatment
from engine.sip.proxy.branch import Target
from engine.sip.wire import Request

MAX_LATE: Final = 10_000
"""Calls at a time whose INVITE had no description."""


class Origin(NamedTuple):
    """Who calls whom, for the log."""

    caller: str
    number: str


class Media:
    """Decides for each call, and knows the relays."""

    def __init__(self, node: Clocked, sink: Callable[[SipEvent], None]) -> None:
        self.relays = Relays(node, sink)
        self._sink = sink
        self._always = False
        self.awake = False
        """Whether any call may need something: a relay is there, or somebody is behind NAT."""
        self._late: dict[bytes, None] = {}

    def configure(self, config: SipConfig) -> None:
        """Take over a configuration."""
        self.relays.follow(config.media_relays)
        self._always = config.relay_always
        self.awake = self.awake or bool(config.media_relays)

    def begin(
        self, request: Request, source: Flow, trusted: bool, origin: Origin
    ) -> MediaPath | None:
        """For an INVITE that begins a call; None when its media is sure to be left alone.

        `trusted`: it comes from a gateway, which knows its own address.
        """
        if not self.awake:  # most nodes, most calls: a look is all it may cost
            at_home = request.via.host == source.host.encode()
            if trusted or (at_home and source.transport not in WEB):
                return None
        sender = sender_of(request, source, trusted)
        return MediaPath(self, Arrival(request, sender), None, origin)

    def within(
        self, request: Request, source: Flow, trusted: bool, treatment: Treatment
    ) -> MediaPath:
        """For a request within a dialog."""
        if request.method == "BYE" and treatment == RELAYED:
            self.end(request.call_id, request.sender.tag)
        return MediaPath(self, Arrival(request, sender_of(request, source, trusted)), treatment)

    def decide(self, sender: End, target: Target) -> Treatment:
        """How a call that begins is treated."""
        other = end_at(target)
        if self.relays and (self._always or obstacle(sender, other)):
            return RELAYED
        translated = sender.behind_nat or other.behind_nat
        return CORRECTED if translated and sender.host != other.host else ALONE

    def end(self, call_id: bytes, tag: bytes) -> None:
        """A relayed call is over."""
        self.relays.tell(deletion(call_id, tag))

    def unlikely(self, call_id: bytes, origin: Origin, reason: str) -> None:
        """Tell the log why nobody may hear anything."""
        text = call_id.decode("utf-8", "replace")
        self._sink(MediaUnlikely(text, origin.caller, origin.number, reason))

    # INVITEs without a description: who is called offers, and the caller answers

    def note_late(self, call_id: bytes) -> None:
        """Such an INVITE is on its way."""
        if len(self._late) < MAX_LATE:
            self._late[call_id] = None

    def forget_late(self, call_id: bytes) -> None:
        """It has its final response."""
        self._late.pop(call_id, None)

    def is_late(self, call_id: bytes) -> bool:
        """Whether a PRACK of that call brings an answer, and no offer."""
        return call_id in self._late
