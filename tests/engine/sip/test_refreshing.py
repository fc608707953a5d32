"""A phone that registers again as before: what was read of it is not read again.

The short way must not be told from the long one but by the clock.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.sip import Account, Flow, ListenAddress, SipConfig, registrar
from engine.sip.errors import Refused
from engine.sip.location import Binding, Location
from engine.sip.registrar import Registrar, Registration
from engine.sip.wire import Request, parse_message
from schema.dialplan.decision import Decision

UDP = ListenAddress("udp", "127.0.0.1", 5060)
TCP = ListenAddress("tcp", "127.0.0.1", 5060)
CONFIG = SipConfig(
    domain="example.test",
    hosts=frozenset({"127.0.0.1"}),
    accounts={"alice": Account("alice", "Alice", ("", "0015651234ab"))},
    peers={},
    decide=lambda caller, number: Decision("refused", 404, "Nobody"),
    password=lambda account, device: "secret",
    nonce_key=bytes(32),
    max_contacts=2,
)
EPOCH = 1.7e9
INSTANCE = '+sip.instance="<urn:uuid:1>"'

CONTACTS = st.sampled_from(
    [
        "Contact: <sip:alice@192.0.2.5:5060>",
        "Contact: <sip:alice@192.0.2.5:5060>;expires=120",
        "Contact: <sip:alice@192.0.2.5:5060;transport=tcp>;q=0.5",
        f"Contact: <sip:alice@192.0.2.5>;{INSTANCE};reg-id=1",
        "Contact: <sip:alice@192.0.2.6:5060>",
        "Contact: <sip:alice@192.0.2.5:5060>;expires=60, <sip:alice@192.0.2.6:5060>",
        "Contact: <sip:alice@192.0.2.5:5060>\r\nContact: <sip:alice@192.0.2.7>;expires=60",
        "Contact: <sip:alice@192.0.2.5:5060>;expires=0",
        "Contact: *",
        "m: <sip:alice@192.0.2.5:5060>",
        "Allow: INVITE",
    ]
)
EXTRAS = st.sampled_from(
    [
        "",
        "User-Agent: Other\r\n",
        "Supported: path, outbound, gruu\r\n",
        "Path: <sip:192.0.2.5;lr;ob>\r\n",
    ]
)


class Step(NamedTuple):
    """A REGISTER, and the seconds that pass before it."""

    wait: float
    contact: str
    extra: str
    expires: int
    via: str
    call_id: str
    sequence: int
    port: int
    device: str

    def request(self, sequence: int) -> Request:
        """As a phone sends it."""
        text = (
            "REGISTER sip:example.test SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {self.via};branch=z9hG4bK-{sequence}\r\n"
            f"From: <sip:alice@example.test>;tag=t{sequence}\r\n"
            f"To: <sip:alice@example.test>\r\nCall-ID: {self.call_id}\r\n"
            f"CSeq: {sequence} REGISTER\r\n{self.contact}\r\n{self.extra}"
            f"Max-Forwards: 70\r\nExpires: {self.expires}\r\nContent-Length: 0\r\n\r\n"
        )
        message = parse_message(text.encode())
        assert isinstance(message, Request)
        return message


pytestmark = pytest.mark.skipif(
    not str(registrar.__file__).endswith(".py"),
    reason="a compiled registrar cannot be told to take the long way",
)

STEPS = st.builds(
    Step,
    wait=st.sampled_from([0.0, 1.0, 59.5, 61.0, 4000.0]),
    contact=CONTACTS,
    extra=EXTRAS,
    expires=st.sampled_from([0, 30, 120, 3600]),
    via=st.sampled_from(["192.0.2.5:5060", "192.0.2.5:5060;rport", "192.0.2.9;rport"]),
    call_id=st.sampled_from(["one", "two", "long" * 200]),
    sequence=st.sampled_from([-1, 0, 1, 1, 1]),
    port=st.sampled_from([5060, 40000]),
    device=st.sampled_from(["", "0015651234ab"]),
)


class Place:
    """A registrar, which may have to read everything."""

    def __init__(self, shortened: bool) -> None:
        self.events: list[Any] = []
        self.location = Location()
        self.registrar = Registrar(CONFIG, self.location, self.events.append)
        self.registrar.configure(CONFIG, (UDP, TCP))
        self.shortened = 0
        shorten = self.registrar._prolong
        self.registrar._prolong = self._counted(shorten) if shortened else lambda *_: False  # type: ignore[method-assign]

    def _counted(self, shorten: Callable[..., bool]) -> Callable[..., bool]:
        def counted(*arguments: Any) -> bool:
            done = shorten(*arguments)
            self.shortened += done
            return done

        return counted

    def register(self, step: Step, sequence: int, wall: float) -> Any:
        """The answer, or the status of the refusal."""
        self.registrar.expire(wall)
        who = Registration("alice", step.device, Flow(UDP, "192.0.2.5", step.port), False)
        try:
            lines = self.registrar.register(step.request(sequence), who, wall)
        except Refused as refusal:
            return refusal.status
        return [line.partition(b";temp-gruu")[0] for line in lines]

    def state(self) -> Any:
        """All that the node knows of phones, and what it has for the store."""
        changes = [(change.kind, known(change.binding)) for change in self.location.take_changes()]
        found = [known(binding) for binding in self.location.all()]
        at = [self.location.at(binding.identity) for binding in self.location.all()]
        return found, changes, [binding and known(binding) for binding in at], self.events


def known(binding: Binding) -> Binding:
    return binding._replace(origin=0)


@settings(max_examples=150)
@given(st.lists(st.tuples(STEPS, st.integers(1, 3)), max_size=8))
def test_the_short_way_leads_where_the_long_one_does(steps: list[tuple[Step, int]]) -> None:
    short, long = Place(shortened=True), Place(shortened=False)
    wall, sequence = EPOCH, 100
    for step, times in steps:
        for _ in range(times):
            wall += step.wait
            sequence += step.sequence
            answers = [place.register(step, sequence, wall) for place in (short, long)]
            assert answers[0] == answers[1]
            assert short.state() == long.state()


def usual(**changes: Any) -> Step:
    contact = "Contact: <sip:alice@192.0.2.5:5060>"
    step = Step(30.0, contact, "", 3600, "192.0.2.5:5060", "one", 1, 5060, "")
    return step._replace(**changes)


def test_a_phone_that_says_the_same_again_is_not_read_again() -> None:
    place = Place(shortened=True)
    place.register(usual(), 1, EPOCH)
    place.register(usual(call_id="two"), 1, EPOCH + 1800)
    place.register(usual(call_id="two"), 2, EPOCH + 3600)
    assert place.shortened == 2
    [binding] = place.location.all()
    assert (binding.expires, binding.registered) == (EPOCH + 7200, EPOCH)
    assert place.location.expire(EPOCH + 7199) == []
    assert place.location.expire(EPOCH + 7202) == [binding]


@pytest.mark.parametrize(
    "changes",
    [
        {"expires": 1800},
        {"port": 40000},
        {"device": "0015651234ab"},
        {"via": "192.0.2.5:5060;rport"},
        {"extra": "User-Agent: Other\r\n"},
        {"contact": "Contact: <sip:alice@192.0.2.5:5060>;q=0.1"},
    ],
)
def test_whatever_is_different_is_read(changes: dict[str, Any]) -> None:
    place = Place(shortened=True)
    place.register(usual(), 1, EPOCH)
    place.register(usual(**changes), 2, EPOCH + 60)
    assert place.shortened == 0


def test_after_a_change_of_the_configuration_everything_is_read() -> None:
    place = Place(shortened=True)
    place.register(usual(), 1, EPOCH)
    place.registrar.configure(CONFIG, (UDP,))
    place.register(usual(), 2, EPOCH + 60)
    assert place.shortened == 0
