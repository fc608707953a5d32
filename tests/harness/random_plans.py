"""Random plans for hypothesis: small systems in which everything that a plan can say occurs."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from schema.dialplan.pattern import ALPHABET
from schema.models import (
    Destination,
    Forward,
    Gateway,
    Group,
    HuntGroup,
    Rule,
    Schedule,
    Site,
    System,
    SystemSettings,
    User,
)
from schema.models.gateway import FromExtension, Inbound

SYMBOLS = st.sampled_from(["0", "1", "2", "9", "*", "+", "X", "Z", "N", "[13-5]", "[02*]"])
PATTERNS = st.builds(
    lambda symbols, tail: "".join(symbols) + tail,
    st.lists(SYMBOLS, min_size=1, max_size=5),
    st.sampled_from(["", "", "", ".", "!"]),
)
NUMBERS = st.one_of(st.text("01239*+", max_size=7), st.text(ALPHABET + "a", max_size=9))

SCHEDULES = {
    "days": Schedule(weekly=("mon-fri 09:00-17:00",)),
    "nights": Schedule(weekly=("mon-sun 17:00-09:00",)),
    "never": Schedule(),
    "berlin": Schedule(weekly=("sat-sun 08:00-20:00",), timezone="Europe/Berlin"),
}
SITES = {
    "hq": Site(permissions=("local",), area_code="212", emergency_callback="+12120000000"),
    "tokyo": Site(timezone="Asia/Tokyo"),
}
GROUPS = {"sales": Group(permissions=("premium",)), "idle": Group()}
WORDS = ("local", "premium")
IDS = ("rich", "poor", "gone", "team")
DIALLED = st.sampled_from(["20", "21", "22", "40", "41", "+1212", "012", "9911", "0", "team"])

QUIET = st.sampled_from([False, False, True, "days"])
HUNTING = (("all", "40", "simultaneous"), ("turns", "41", "round_robin"))
MADE = st.sampled_from([None, FromExtension(prepend="+1700", keep=1)])
sometimes = st.sampled_from([None, None, *SCHEDULES])
sites = st.sampled_from([None, *SITES])


def some(choices: Any, least: int = 0) -> st.SearchStrategy[tuple[Any, ...]]:
    """Some of the choices, in any order."""
    return st.permutations(choices).flatmap(
        lambda order: st.integers(least, len(order)).map(lambda most: tuple(order[:most]))
    )


destinations = st.one_of(
    st.sampled_from(IDS).map(lambda id_: Destination(user=id_)),
    st.sampled_from(["all", "turns"]).map(lambda id_: Destination(hunt_group=id_)),
    DIALLED.filter(lambda n: n != "team").map(lambda number: Destination(number=number)),
)
forwards = st.lists(
    st.builds(
        Forward,
        to=DIALLED.filter(lambda n: n != "team"),
        after=st.sampled_from(["0s", "5s", "20s"]),
        when=sometimes,
    ),
    max_size=2,
).map(tuple)


@st.composite
def users(draw: st.DrawFn) -> dict[str, User]:
    given_ = {
        "rich": {"extension": "20", "did": "+1212"},
        "poor": {"extension": "21", "caller_id": "+12345"},
        "gone": {"extension": "22", "enabled": False},
        "team": {"extension": "23"},
    }
    return {
        id_: User(
            name=id_, site=draw(sites), permissions=draw(some(WORDS)), groups=draw(some([*GROUPS])),
            forward=draw(forwards), do_not_disturb=draw(QUIET),
            **fields,
        )
        for id_, fields in given_.items()
    }  # fmt: skip


@st.composite
def hunt_groups(draw: st.DrawFn) -> dict[str, HuntGroup]:
    return {
        id_: HuntGroup(
            extension=extension, members=draw(some(IDS, 1)), strategy=strategy,
            ring=draw(st.sampled_from(["5s", "20s"])), timeout=draw(st.sampled_from(["8s", "60s"])),
            fallback=draw(st.none() | destinations), when=draw(sometimes), site=draw(sites),
            permissions=draw(some(WORDS)),
        )
        for id_, extension, strategy in HUNTING
    }  # fmt: skip


@st.composite
def gateways(draw: st.DrawFn) -> dict[str, Gateway]:
    made = {
        id_: Gateway(
            address=f"192.0.2.{place}", site=draw(sites),
            caller_id=draw(st.sampled_from([None, "+1999"])),
            show=draw(st.sampled_from(["user", "gateway", "anonymous"])),
            prefix=draw(st.sampled_from(["", "0"])), emergency=draw(st.booleans()),
            caller_id_from_extension=draw(MADE),
            inbound=Inbound(fallback=draw(st.none() | destinations)),
        )
        for place, id_ in enumerate(("a", "b"))
    }  # fmt: skip
    return {**made, "off": Gateway(address="192.0.2.9", enabled=False)}


@st.composite
def rules(draw: st.DrawFn, place: int) -> Rule:
    inbound = draw(st.sampled_from([False, False, True]))
    rewriting = {
        "strip": draw(st.integers(0, 3)),
        "prepend": draw(st.sampled_from(["", "+1", "2"])),
        "dial": draw(st.sampled_from([None, None, "20", "112", "+1${EXTEN:1}", "4${EXTEN:-1}"])),
        "e164": draw(st.booleans()),
    }
    to = draw(st.none() | destinations)
    via = draw(some(["a", "b", "off"]))
    return Rule.model_validate(
        {
            "rule": f"r{place}",
            "type": draw(st.sampled_from(["emergency", "local", "premium", "internal"])),
            "match": tuple(draw(st.lists(PATTERNS, min_size=1, max_size=3))),
            "when": draw(sometimes),
            "enabled": draw(st.sampled_from([True, True, True, False])),
            "from": draw(some(["a", "b"], 1)) if inbound else (),
            **rewriting,
            "to": None if via else to,
            "via": () if inbound else via,
        }
    )


@st.composite
def systems(draw: st.DrawFn) -> System:
    plan = tuple(draw(rules(place)) for place in range(draw(st.integers(0, 8))))
    return System(
        SystemSettings(domain="example.test"), {}, SITES, GROUPS, draw(users()), {},
        draw(gateways()), SCHEDULES, plan, draw(hunt_groups()),
    )  # fmt: skip


MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))
