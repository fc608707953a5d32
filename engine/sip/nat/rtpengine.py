"""rtpengine instances: which of them are alive, and who asks which one what (its ng protocol).

A request is a cookie and a bencoded dictionary in one datagram; the answer repeats the cookie.
Requests are sent again, as UDP loses some, and after two go to another instance. Nobody waits
longer than PATIENCE: a call without relay is better than no call. Which instance is asked follows
from the Call-ID, so that all requests of a call meet the same one, and no table is needed.

Sans-IO: datagrams to send are in `output`. An instance that does not answer is down until it
answers a ping.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal, NamedTuple, Protocol
from zlib import crc32

from engine.sip.config import RelayAddress
from engine.sip.events import MediaRelayDown, MediaRelayUp, SipEvent
from engine.sip.nat.bencode import BencodeError, Encodable, Value, decode, encode
from engine.sip.randomness import random_hex
from engine.sip.timer import Timer, TimerWheel

PATIENCE: Final = 1.0
"""Seconds that anybody waits for an answer, of whichever instance."""
RETRANSMIT: Final = 0.25
SENDINGS: Final = 2
"""Times that one instance is asked while there is another."""
PING: Final = 5.0
"""Seconds between pings to an instance."""
MAX_ASKED: Final = 10_000
"""Requests without answer at a time."""

Command = Mapping[str, Encodable]
Reply = Mapping[bytes, Value]
Heard = Callable[[Reply | None, float], None]
"""Called once with the answer, or None when there is none, and the time."""


class RelayState(NamedTuple):
    """What is known of an instance."""

    address: RelayAddress
    state: Literal["unknown", "up", "down"]
    since: float
    """Seconds since the epoch."""
    reason: str
    """Why it is down; empty when it is not."""


class Clocked(Protocol):
    """What relays need of the node they run in."""

    wheel: TimerWheel

    def now(self) -> float:
        """Seconds of the monotonic clock."""

    def wall(self) -> float:
        """Seconds since the epoch."""


class Relays:
    """All instances that the node may use, in the order of the configuration."""

    def __init__(self, node: Clocked, sink: Callable[[SipEvent], None]) -> None:
        self.output: list[tuple[RelayAddress, bytes]] = []
        self.node = node
        self.asked: dict[bytes, _Question] = {}
        self._sink = sink
        self._instances: dict[RelayAddress, _Instance] = {}

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._instances)

    def follow(self, addresses: Sequence[RelayAddress]) -> None:
        """Use these from now on. Those that stay keep their state."""
        before = self._instances
        self._instances = {
            address: before.get(address) or _Instance(self, address) for address in addresses
        }
        for address in before.keys() - self._instances.keys():
            before[address].stop()

    def states(self) -> list[RelayState]:
        """All instances."""
        return [instance.state for instance in self._instances.values()]

    def ask(self, call_id: bytes, command: Command, heard: Heard) -> None:
        """Ask the call's instance, or the next one that answers.

        `heard` is called with None when nobody does: at once if all are down.
        """
        usable = [each for each in self._instances.values() if each.state.state != "down"]
        if not usable or len(self.asked) >= MAX_ASKED:
            heard(None, self.node.now())
            return
        first = crc32(call_id) % len(usable)
        _Question(self, usable[first:] + usable[:first], command, heard).send()

    def tell(self, command: Command) -> None:
        """Tell every instance that is not down, without waiting for what it says.

        For the end of a call, which a failure may have moved to another instance than its own.
        """
        for each in self._instances.values():
            if each.state.state != "down" and len(self.asked) < MAX_ASKED:
                _Question(self, [each], command, lambda reply, now: None).send()

    def receive(self, data: bytes, address: RelayAddress, now: float) -> None:
        """A datagram of an instance. What is no answer to a question is ignored."""
        cookie, _, text = data.partition(b" ")
        question = self.asked.get(cookie)
        if question is None or question.instance.address != address:
            return
        try:
            reply = decode(text)
        except BencodeError:
            return
        if isinstance(reply, dict):
            question.answered(reply, now)

    def unreachable(self, address: RelayAddress, now: float) -> None:
        """Nobody listens there (ICMP)."""
        for question in [each for each in self.asked.values() if each.instance.address == address]:
            question.give_up("nobody listens there", now)

    def changed(self, state: RelayState) -> None:
        """An instance went down or came up."""
        if state.state == "down":
            self._sink(MediaRelayDown(str(state.address), state.reason))
        else:
            self._sink(MediaRelayUp(str(state.address)))


class _Instance:
    """One rtpengine: its state and the timer of its pings."""

    __slots__ = ("_relays", "_timer", "address", "state")

    def __init__(self, relays: Relays, address: RelayAddress) -> None:
        self._relays = relays
        self.address = address
        self.state = RelayState(address, "unknown", relays.node.wall(), "")
        now = relays.node.now()
        self._timer: Timer = relays.node.wheel.schedule(now, self, "ping")

    def stop(self) -> None:
        """It is not used any more."""
        self._timer.cancel()

    def expired(self, _event: str, now: float) -> None:
        """Time for a ping."""
        self._timer = self._relays.node.wheel.schedule(now + PING, self, "ping")
        _Question(self._relays, [self], {"command": "ping"}, lambda reply, now: None).send()

    def met(self) -> None:
        """It answered."""
        before = self.state.state
        if before != "up":
            self.state = RelayState(self.address, "up", self._relays.node.wall(), "")
            if before == "down":
                self._relays.changed(self.state)

    def missed(self, reason: str) -> None:
        """It did not."""
        if self.state.state != "down":
            self.state = RelayState(self.address, "down", self._relays.node.wall(), reason)
            self._relays.changed(self.state)


class _Question:
    """One request, until it is answered or nobody is left to ask."""

    __slots__ = (
        "_deadline", "_heard", "_message", "_others", "_relays", "_sent", "_timer", "cookie",
        "instance",
    )  # fmt: skip

    def __init__(
        self, relays: Relays, instances: Sequence[_Instance], command: Command, heard: Heard
    ) -> None:
        self._relays = relays
        self.instance, *self._others = instances
        self._heard = heard
        self._sent = 0
        self._deadline = relays.node.now() + PATIENCE
        self._timer: Timer | None = None
        self.cookie = random_hex()
        self._message = self.cookie + b" " + encode(command)
        relays.asked[self.cookie] = self

    def send(self) -> None:
        """Send it, and once more if need be."""
        relays = self._relays
        self._sent += 1
        relays.output.append((self.instance.address, self._message))
        at = min(relays.node.now() + RETRANSMIT, self._deadline)
        self._timer = relays.node.wheel.schedule(at, self, "again")

    def expired(self, _event: str, now: float) -> None:
        """No answer yet."""
        self._timer = None
        if now >= self._deadline or (self._others and self._sent >= SENDINGS):
            self.give_up("no answer", now)
        else:
            self.send()

    def give_up(self, reason: str, now: float) -> None:
        """Ask the next one; without one, say that there is no answer."""
        self._stop_timer()
        self.instance.missed(reason)
        if self._others and now < self._deadline:
            self.instance = self._others.pop(0)
            self._sent = 0
            self.send()
        else:
            self._end(None, now)

    def answered(self, reply: Reply, now: float) -> None:
        """The instance said something."""
        self._stop_timer()
        self.instance.met()
        self._end(reply, now)

    def _end(self, reply: Reply | None, now: float) -> None:
        del self._relays.asked[self.cookie]
        self._heard(reply, now)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
