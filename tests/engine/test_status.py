"""What the status says of a call, as data and as text."""

from engine.sip import Call, Flow, ListenAddress
from engine.sip.calls import Attempt, Leg
from engine.sip.proxy.branch import Target
from engine.status import call_status
from engine.status_views import call_line


def shown(call: Call) -> str:
    """The line of `pbx status`."""
    return call_line(call_status(call))


def leg(name: str) -> Leg:
    flow = Flow(ListenAddress("udp", "127.0.0.1", 5060), "192.0.2.1", 5060)
    return Leg(Target(b"sip:1@192.0.2.1", flow, name, True), b"<sip:1@x>;tag=1")


def test_a_call_shows_its_rule_who_has_it_and_which_gateways_failed() -> None:
    call = Call("1", "alice", "95551234", "two", 1.0, rule="local", type="long_distance")
    call.failed = (Attempt("two", 503, "all 30 channels are in use"), Attempt("one", 408, ""))
    call.legs = (leg("three"),)
    assert shown(call) == (
        "alice → 95551234, ringing at three (rule local, long_distance); "
        "not by two: 503 all 30 channels are in use; not by one: 408"
    )
    assert call_status(call)["failed"][0] == {
        "gateway": "two", "status": 503, "reason": "all 30 channels are in use",
    }  # fmt: skip


def test_a_call_between_users_shows_no_more_than_there_is() -> None:
    assert shown(Call("1", "alice", "202", "bob", 1.0)) == "alice → 202, ringing"
