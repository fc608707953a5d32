"""Emergency calls as the service hears of them: which notices they make, and what status shows."""

from typing import Any

import pytest

from engine.emergency.notice import where
from engine.emergency.record import MOST_UNDER_WAY, SHOWN, EmergencyCalls
from engine.sip import CallAnswered, CallEnded, EmergencyCall
from engine.status_views import emergency_lines
from schema.models import Site, System, SystemSettings, User
from schema.models.site import Civic, Geodetic

SYSTEM = System(
    system=SystemSettings(domain="example.test"), nodes={},
    sites={"hq": Site(emergency_location="1 Main St")}, groups={},
    users={"alice": User(name="Alice Adams", extension="201")}, phones={}, gateways={},
    schedules={}, dialplan=(),
)  # fmt: skip


def placed(call_id: str = "1", gateways: tuple[str, ...] = ("pstn", "backup")) -> EmergencyCall:
    return EmergencyCall(call_id, "alice", "911", "hq", "+12125550201", gateways, "udp:x:1")


def test_a_call_is_told_when_it_begins_when_it_is_answered_and_when_it_ends() -> None:
    calls = EmergencyCalls()
    first = calls.begin(placed(), SYSTEM, 10.0)
    answered = calls.answered(CallAnswered("1", "alice", "911", "backup", 3.0), 13.0)
    ended = calls.ended(CallEnded("1", "alice", "911", "backup", 200, 60.0), 73.0)
    assert answered is not None
    assert ended is not None
    assert [n.event for n in (first, answered, ended)] == [
        "emergency.placed", "emergency.answered", "emergency.ended"
    ]  # fmt: skip
    assert first.who == ("alice", "Alice Adams", "201", "hq", "1 Main St")
    assert (answered.gateway, ended.gateway, ended.seconds) == ("backup", "backup", 60.0)
    assert [n.time for n in (first, answered, ended)] == [10.0, 13.0, 73.0]
    assert len({first.id, answered.id, ended.id}) == 3
    assert [n.alarming for n in (first, answered, ended)] == [True, False, False]


def test_other_calls_are_none_of_its_business() -> None:
    calls = EmergencyCalls()
    calls.begin(placed(), SYSTEM, 10.0)
    assert calls.answered(CallAnswered("2", "alice", "202", "bob", 3.0), 13.0) is None
    assert calls.ended(CallEnded("1", "bob", "911", "pstn", 200, 1.0), 13.0) is None


def test_a_refused_call_is_over_at_once() -> None:
    calls = EmergencyCalls()
    notice = calls.begin(placed(gateways=()), SYSTEM, 10.0)
    assert (notice.event, notice.alarming) == ("emergency.refused", True)
    assert calls.ended(CallEnded("1", "alice", "911", "", 503, 0.0), 11.0) is None
    assert calls.last()[0]["state"] == "refused"


def test_the_last_ones_are_kept_newest_first_and_no_more() -> None:
    calls = EmergencyCalls()
    for number in range(MOST_UNDER_WAY + 5):
        calls.begin(placed(str(number)), SYSTEM, float(number))
    last = calls.last()
    assert [call["time"] for call in last] == [
        float(MOST_UNDER_WAY + 4 - place) for place in range(SHOWN)
    ]
    assert calls.ended(CallEnded("0", "alice", "911", "pstn", 200, 1.0), 1.0) is None
    assert calls.ended(CallEnded("5", "alice", "911", "pstn", 200, 1.0), 1.0) is not None


@pytest.mark.parametrize(
    ("site", "text"),
    [
        (Site(emergency_location="1 Main St"), "1 Main St"),
        (
            Site(emergency_civic=Civic(country="US", house_number="1", street="Main St", floor="2",
                                       city="New York")),
            "1 Main St, floor 2, New York, US",
        ),
        (Site(emergency_point=Geodetic(latitude=40.5, longitude=-73.0)), "40.5, -73.0 (WGS 84)"),
        (Site(), ""),
    ],
)  # fmt: skip
def test_people_read_a_place_in_words(site: Site, text: str) -> None:
    assert where(site) == text


def shown(calls: EmergencyCalls, **notices: Any) -> list[str]:
    told = {"channels": [], "sent": 0, "failed": 0, "waiting": 0, "last_error": None} | notices
    return [line.partition("Alice")[2] or line for line in
            emergency_lines({"calls": calls.last(), "notices": told})]  # fmt: skip


def test_the_status_says_who_where_and_by_which_gateway() -> None:
    calls = EmergencyCalls()
    assert shown(calls) == []
    calls.begin(placed("1"), SYSTEM, 1.0)
    calls.answered(CallAnswered("1", "alice", "911", "backup", 3.0), 2.0)
    calls.begin(placed("2"), SYSTEM, 3.0)
    calls.begin(placed("3"), SYSTEM, 4.0)
    calls.ended(CallEnded("3", "alice", "911", "pstn", 503, 0.0), 5.0)
    calls.begin(placed("4", ()), SYSTEM, 6.0)
    assert shown(calls) == [
        "4 emergency calls",
        " Adams (alice) at hq → 911: REFUSED: no gateway",
        " Adams (alice) at hq → 911: NOT ANSWERED: 503",
        " Adams (alice) at hq → 911: being tried by pstn, then backup",
        " Adams (alice) at hq → 911: taken by backup",
    ]


def test_the_status_says_whom_nobody_could_tell() -> None:
    error = {"channel": "mail to guard@example.test", "reason": "SMTP 550 no", "time": 1.0}
    lines = shown(EmergencyCalls(), channels=["mail"], failed=1, last_error=error)
    assert lines[0] == "emergency notices: 0 sent, 1 failed, 0 waiting"
    assert lines[1].endswith("mail to guard@example.test: SMTP 550 no")
