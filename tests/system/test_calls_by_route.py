"""Calls in the systems of examples/, which end where `pbx route` says, gateways down included.

Phones and gateways are sipp; each situation is a table of calls that are placed together. Between
the tables are calls that need a hand on the phone: groups, forwardings, picking up.
"""

import contextlib
import functools
import json
import re
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from abroad import Country, attempts, call_of, course, final_answer, on_loopback
from hands import Hands, hang_up, targets
from ports import free_port
from running import Site
from sipp import Sipp

COUNTRIES = ("us", "de", "gb")
Calls = tuple[tuple[str, str], ...]


@pytest.fixture(scope="module")
def countries(
    module_site: Callable[..., Site], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Country]:
    """The nodes of all three, which start at the same time."""

    def begin(name: str) -> Country:
        folder = tmp_path_factory.mktemp(name)
        ports = on_loopback(name, folder)
        site = module_site(name, tree=folder)
        site.start()
        return Country(name, site, ports)

    with ThreadPoolExecutor(len(COUNTRIES)) as pool:
        return dict(zip(COUNTRIES, pool.map(begin, COUNTRIES), strict=True))


@pytest.mark.parametrize(
    ("name", "caller", "number"),
    [("us", "bob", "912425550123"), ("de", "bernd", "01715555123"), ("gb", "bt", "+441314960240")],
)
def test_what_is_foretold_is_what_the_command_prints(
    countries: dict[str, Country], name: str, caller: str, number: str
) -> None:
    printed = countries[name].site.pbx("route", number, "--from", caller, "--format", "json")
    foretold = json.dumps(countries[name].foretold(caller, number))
    assert json.loads(printed.stdout) == json.loads(foretold)


# Calls that leave


@dataclass(frozen=True)
class Situation:
    """How gateways do, and who calls which number meanwhile."""

    country: str
    what: str
    fails_with: Mapping[str, int | None]
    """None: nobody listens there. Gateways that are not named answer every call."""
    calls: Calls

    def __str__(self) -> str:
        return f"{self.country}: {self.what}"


US_CALLS = (
    ("alice", "95550123"), ("dora", "95550123"), ("dock", "95550124"), ("lobby", "918005550155"),
    ("alice", "916465550123"), ("dora", "916465550124"), ("bob", "9011442079460000"),
    ("bob", "912425550123"), ("alice", "*70"), ("lobby", "916465550123"), ("bob", "919005550123"),
    ("alice", "9011442079460000"), ("bob", "901119005550123"),
)  # fmt: skip
US_HELP = (("lobby", "911"), ("dock", "9911"), ("dora", "911"), ("alice", "9911"))
DE_CALLS = (
    ("bernd", "555123"), ("tor", "555124"), ("bernd", "+4989555123"), ("anna", "01715555123"),
    ("anna", "00442079460000"), ("bernd", "01801555123"), ("tor", "08005550123"),
    ("tor", "116117"), ("tor", "030555123"), ("bernd", "01715555124"), ("anna", "0900155512345"),
)  # fmt: skip
DE_HELP = (("tor", "112"), ("anna", "0110"), ("empfang", "110"))
GB_CALLS = (
    ("till", "94960123"), ("till", "908001111"), ("blair", "902079460123"), ("blair", "7301"),
    ("ailsa", "90012125550123"), ("till", "902079460124"), ("director", "909012345678"),
    ("catriona", "7333"),
)  # fmt: skip
GB_HELP = (("till", "999"), ("ailsa", "9112"))

SITUATIONS = (
    Situation("us", "all is well", {}, US_CALLS + US_HELP),
    Situation("us", "New York's line is cut", {"newyork-pri": None}, US_CALLS[:9]),
    Situation("us", "Denver's balance is used up", {"denver-sip": 403}, US_CALLS[:5]),
    Situation("us", "the backup answers 486", {"newyork-pri": 503, "backup": 486}, US_CALLS[:4]),
    Situation("us", "help, two of three gone", {"newyork-pri": None, "backup": 503}, US_HELP),
    Situation(
        "us", "help, whatever they say", {"newyork-pri": 486, "denver-sip": 603}, US_HELP
    ),
    Situation("us", "nobody there", dict.fromkeys(("newyork-pri", "denver-sip", "backup")),
              US_CALLS[:2] + US_HELP[:2]),
    Situation("de", "all is well", {}, DE_CALLS + DE_HELP),
    Situation("de", "Telekom does not know the number", {"telekom": 404}, DE_CALLS),
    Situation("de", "Telekom forbids", {"telekom": 403}, DE_CALLS[:6]),
    Situation("de", "Munich is cut off", {"muenchen": None}, DE_CALLS[:8] + DE_HELP),
    Situation("de", "help, by the reserve", {"telekom": 404, "muenchen": None}, DE_HELP),
    Situation("gb", "all is well", {}, GB_CALLS + GB_HELP),
    Situation("gb", "BT is full", {"bt": 503}, GB_CALLS + GB_HELP),
    Situation("gb", "Gamma alone, which forbids", {"bt": None, "gamma": 403}, GB_CALLS[:3]),
    Situation("gb", "Glasgow is away", {"glasgow": None}, GB_CALLS[3:5]),
)  # fmt: skip


@contextlib.contextmanager
def gateways(
    country: Country, fails_with: Mapping[str, int | None], folder: Path
) -> Iterator[dict[str, Sipp]]:
    """All that listen."""
    with contextlib.ExitStack() as stack:
        there = {
            name: stack.enter_context(country.gateway(name, folder, status))
            for name in country.gateways
            if (status := fails_with.get(name, 0)) is not None
        }
        yield there
        for sipp in there.values():
            assert sipp.running, sipp.errors()


@pytest.mark.parametrize("situation", SITUATIONS, ids=str)
def test_calls_leave_as_pbx_route_says(
    countries: dict[str, Country], situation: Situation, tmp_path: Path
) -> None:
    country = countries[situation.country]
    with gateways(country, situation.fails_with, tmp_path) as there:
        with country.dialling(tmp_path, situation.calls) as dialling:
            dialling.succeed()
        for call in situation.calls:
            wanted = course(country.foretold(*call), situation.fails_with)
            assert attempts(there, call) == wanted.attempts, call
            status = final_answer(dialling, call)
            assert status == wanted.status or (wanted.status == 0 and status >= 400), call


def test_a_call_for_help_says_where_it_is_from(
    countries: dict[str, Country], tmp_path: Path
) -> None:
    country, calls = countries["us"], (("dock", "911"), ("lobby", "911"), ("lobby", "95550123"))
    failing = {"newyork-pri": None, "backup": 503}
    dialling = country.dialling(tmp_path, calls)
    with gateways(country, failing, tmp_path) as there, dialling:
        dialling.succeed()
    asked = there["denver-sip"].requests("INVITE")
    places = {call_of(text): re.findall(r"Geolocation: <([^>]*)>", text) for text in asked}
    assert set(places) == set(calls)
    assert places.pop(("lobby", "95550123")) == []
    for (caller, _), [place] in places.items():
        city = "Denver" if caller == "dock" else "New York"
        with urllib.request.urlopen(place, timeout=10) as document:
            assert city in document.read().decode()


def test_a_full_carrier_is_passed_over(countries: dict[str, Country], tmp_path: Path) -> None:
    country = countries["gb"]
    people = ("ailsa", "blair", "catriona", "director", "reception", "till")
    calls = [(user, f"949601{line:02}") for user in people for line in range(2)]
    channels = country.foretold(*calls[0])["steps"][0]["channels"]
    assert channels < len(calls)
    with gateways(country, {}, tmp_path) as there:
        with country.dialling(tmp_path, calls, talk=1500, rate=100) as dialling:
            dialling.succeed()
        tried = [attempts(there, call) for call in calls]
    assert {len(each) for each in tried} == {1}
    used = Counter(each.gateway for [each] in tried)
    assert used == {"bt": channels, "gamma": len(calls) - channels}


def test_carriers_share_calls(countries: dict[str, Country], tmp_path: Path) -> None:
    country = countries["gb"]
    calls = [("blair", f"9079115551{line:02}") for line in range(24)]
    with gateways(country, {}, tmp_path) as there:
        with country.dialling(tmp_path, calls, talk=0, rate=30) as dialling:
            dialling.succeed()
        tried = {call: attempts(there, call) for call in calls}
    for call, seen in tried.items():
        either = [course({**said, "steps": [step]}, {}).attempts
                  for said in [country.foretold(*call)] for step in said["steps"]]  # fmt: skip
        assert seen in either
    assert {each.gateway for [each] in tried.values()} == {"bt", "gamma"}


# Calls with a hand on the phone


@pytest.fixture
def hands(countries: dict[str, Country], request: pytest.FixtureRequest) -> Iterator[Hands]:
    """In the country that the test names."""
    with contextlib.ExitStack() as stack:
        yield Hands(countries[request.param], stack)


in_country = functools.partial(pytest.mark.parametrize, "hands", indirect=True)


@in_country(["us"])
def test_a_group_that_rings_together_stops_when_one_answers(hands: Hands) -> None:
    alice, dora, dock = hands("alice", "dora", "dock")
    said = hands.country.foretold("alice", "240")
    assert targets(said) == ["dora", "dock"]
    assert [step["parallel"] for step in said["steps"]] == [False, True]
    call = alice.invite("240")
    other, mine = dora.expect("INVITE"), dock.expect("INVITE")
    dora.answer(other, 180)
    dock.answer(mine, 200)
    call.expect(200)
    dora.answer(dora.expect("CANCEL"), 200)
    dora.answer(other, 487)
    hang_up(call, dock)


@in_country(["de"])
def test_the_busy_member_of_a_group_gives_way_and_the_next_rings_for_its_time(hands: Hands) -> None:
    tor, anna, emil, empfang = hands("tor", "anna", "emil", "empfang")
    said = hands.country.foretold("tor", "300")
    assert targets(said) == ["anna", "emil", "empfang"]
    call = tor.invite("300")
    anna.answer(anna.expect("INVITE"), 486)
    ringing, began = emil.expect("INVITE"), time.monotonic()
    emil.answer(ringing, 180)
    assert empfang.silent("INVITE", 0.5)
    emil.answer(emil.expect("CANCEL"), 200)
    emil.answer(ringing, 487)
    assert time.monotonic() - began > 0.9
    empfang.answer(empfang.expect("INVITE"), 200)
    call.expect(200)
    hang_up(call, empfang)


@in_country(["gb"])
def test_a_group_that_takes_turns_begins_with_the_next_one(hands: Hands) -> None:
    till, *members = hands("till", "ailsa", "blair", "catriona")
    said = hands.country.foretold("till", "240")
    assert targets(said) == ["ailsa", "blair", "catriona", "glasgow"]
    assert {step["strategy"] for step in said["steps"][:3]} == {"round_robin"}
    for member in members:
        call = till.invite("240")
        member.answer(member.expect("INVITE"), 200)
        call.expect(200)
        hang_up(call, member)
    assert all(member.silent("INVITE", 0.05) for member in members)


@in_country(["de"])
def test_a_forwarding_rings_the_mobile_after_its_time(hands: Hands) -> None:
    tor, anna = hands("tor", "anna")
    telekom = hands.gateway("telekom")
    [_, step, _] = hands.country.foretold("tor", "251")["steps"]
    call, began = tor.invite("251"), time.monotonic()
    anna.answer(anna.expect("INVITE"), 180)
    invite = telekom.expect("INVITE")
    assert time.monotonic() - began > 0.9
    assert invite.uri.startswith(f"sip:{step['number']}@")
    assert step["caller_id"] in invite.one("P-Asserted-Identity")
    telekom.answer(invite, 200)
    call.expect(200)
    hang_up(call, telekom)


@in_country(["de"])
def test_follow_me_rings_phone_and_mobile_at_once(hands: Hands) -> None:
    tor, dieter = hands("tor", "dieter")
    telekom = hands.gateway("telekom")
    said = hands.country.foretold("tor", "351")
    assert said["steps"][1]["parallel"]
    call = tor.invite("351")
    mobile = telekom.expect("INVITE")
    assert mobile.uri.startswith(f"sip:{said['steps'][1]['number']}@")
    telekom.answer(mobile, 180)
    dieter.answer(dieter.expect("INVITE"), 200)
    call.expect(200)
    telekom.answer(telekom.expect("CANCEL"), 200)
    telekom.answer(mobile, 487)
    hang_up(call, dieter)


@in_country(["de"])
def test_who_is_not_to_be_disturbed_is_left_in_peace(hands: Hands) -> None:
    empfang, anna, bernd, carla = hands("empfang", "anna", "bernd", "carla")
    assert targets(hands.country.foretold("empfang", "252"))[0] == "anna"
    call = empfang.invite("252")
    anna.answer(anna.expect("INVITE"), 200)
    call.expect(200)
    hang_up(call, anna)
    said = hands.country.foretold("empfang", "253")
    answer = empfang.invite("253").expect(480)
    assert answer.first == f"SIP/2.0 {said['status']} {said['reason']}"
    assert carla.silent("INVITE", 0.2)
    assert bernd.silent("INVITE", 0.1)


@in_country(["us"])
def test_a_call_that_rings_elsewhere_is_picked_up(hands: Hands) -> None:
    alice, grace, frank = hands("alice", "grace", "frank")
    alice.supported = "replaces"
    [step] = hands.country.foretold("frank", "*78112")["steps"]
    assert step["members"] == ("grace",)
    call = alice.invite("112")
    ringing = grace.expect("INVITE")
    grace.answer(ringing, 180)
    call.phone.response(call.call_id, "INVITE", 180)
    mine = frank.invite("*78112")
    picked = alice.expect("INVITE")
    assert picked.one("Replaces").startswith(f"{call.call_id};")
    alice.answer(picked, 200)
    mine.expect(200)
    mine.acknowledge()
    alice.expect("ACK")
    call.cancel()
    grace.answer(grace.expect("CANCEL"), 200)
    grace.answer(ringing, 487)
    call.expect(487)
    hang_up(mine, alice)


# Calls that come in


@dataclass(frozen=True)
class Arrival:
    """Calls that come in by a gateway: the number that a caller shows, and the number called."""

    country: str
    gateway: str
    calls: Calls

    def __str__(self) -> str:
        return f"{self.country}: by {self.gateway}"


ARRIVALS = (
    Arrival("us", "newyork-pri", (
        ("+12025550123", "+12125550101"), ("+12025550124", "2125550199"),
        ("+12025550125", "+12125550177"), ("+19005550123", "+12125550101"),
        ("+12025550126", "95550123"), ("+12025550127", "+12125550190"), ("", "+12125550112"),
    )),
    Arrival("us", "denver-sip", (("+12025550123", "+13035550111"), ("", "+13035550119"))),
    Arrival("de", "telekom", (("+4930555123", "+49302301251"), ("+4930555124", "0302301252"))),
    Arrival("de", "muenchen", (("+4989555123", "+498999998250"), ("+4989555124", "08999998251"))),
    Arrival("gb", "bt", (
        ("+442079460123", "+441314960210"), ("", "+441314960210"), ("", "+441314960202"),
        ("+441632960199", "+441314960210"), ("+442079460124", "+441314960299"),
    )),
    Arrival("gb", "glasgow", (("301", "220"), ("302", "902079460123"))),
)  # fmt: skip


@pytest.fixture(scope="module")
def phones(
    countries: dict[str, Country], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, int]:
    """Where the phones of all users of a country are registered, from here to the end."""
    ports = {}
    for name, country in countries.items():
        ports[name] = free_port()
        users = list(country.tree.system.users)
        with country.registering(tmp_path_factory.mktemp(name), users, ports[name]) as sipp:
            sipp.succeed()
    return ports


@pytest.mark.parametrize("arrival", ARRIVALS, ids=str)
def test_calls_from_outside_land_where_pbx_route_says(
    countries: dict[str, Country], phones: dict[str, int], arrival: Arrival, tmp_path: Path
) -> None:
    country = countries[arrival.country]
    rows = [(uri_of(shown), number) for shown, number in arrival.calls]
    port = phones[arrival.country]
    answering = Sipp("callee", tmp_path / "phones", port, 1000)
    with answering as there, country.dialling_in(arrival.gateway, tmp_path, rows) as calling:
        calling.succeed()
    for (shown, number), (uri, _) in zip(arrival.calls, rows, strict=True):
        said = country.foretold(arrival.gateway, number, shown)
        call = (uri.removeprefix("sip:").partition("@")[0], number)
        assert final_answer(calling, call) == said["status"], call
        rung = [
            m.split(":")[1].split("@")[0] for m in there.requests("INVITE") if call_of(m) == call
        ]
        assert rung[:1] == [step["user"] for step in said["steps"] if "user" in step][:1], call


def uri_of(shown: str) -> str:
    return f"sip:{shown}@carrier.test" if shown else "sip:anonymous@anonymous.invalid"
