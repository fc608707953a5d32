"""What counts as lost by a commit, and what does not."""

from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from engine.checking import validate_tree
from engine.gates.vitals import Vitals, losses
from renderers.devices import Families
from schema.models import System
from schema.models.system import Health
from sync.snapshot import KeptFiles

TREE = """\
version: 1
system: {{domain: example.test, region: US}}
nodes:
  pbx1: {{address: 127.0.0.1}}
users:
{users}
phones:
  "805ec0000001": {{model: yealink-t46g, lines: [u1]}}
gateways:
  pstn: {{address: "192.0.2.10:5060"}}
  old: {{address: "192.0.2.11:5060", enabled: false}}
"""


def system(names: Iterable[str], disabled: Iterable[str] = ()) -> System:
    off = set(disabled)
    users = "\n".join(
        f"  {name}: {{name: {name.upper()}, enabled: {'false' if name in off else 'true'}}}"
        for name in names
    )
    found = validate_tree(KeptFiles("t", {"pbx.yaml": TREE.format(users=users).encode()}), FAMILIES)
    assert found.system is not None, found.diagnostics
    return found.system


FAMILIES: Any = None


@pytest.fixture(autouse=True)
def _families(families: Families) -> None:
    global FAMILIES
    FAMILIES = families


NAMES = [f"u{number}" for number in range(1, 11)]


def registered(*users: str, device: str = "") -> Vitals:
    return Vitals(frozenset((user, device) for user in users))


def found(
    before: Vitals,
    now: Vitals,
    names: Iterable[str] = NAMES,
    policy: Mapping[str, Any] = {},
    **of: Any,
) -> list[str]:
    return list(losses(before, now, system(names, **of), Health.model_validate(policy)))


def test_fewer_registrations_than_the_limit_are_told_with_names() -> None:
    (told,) = found(registered(*NAMES), registered(*NAMES[:7]))
    assert told.startswith("7 of 10 registrations are left (70 %; the limit is 80 %")
    assert told.endswith("without u10, u8, u9")


def test_the_limit_itself_is_enough() -> None:
    assert found(registered(*NAMES), registered(*NAMES[:8])) == []


def test_of_few_registrations_none_is_missed() -> None:
    assert found(registered(*NAMES[:4]), Vitals()) == []


def test_users_whom_the_tree_took_away_or_disabled_are_not_missed() -> None:
    left = NAMES[:6]
    assert found(registered(*NAMES), registered(*left), names=left) == []
    assert found(registered(*NAMES), registered(*left), disabled=NAMES[6:]) == []


def test_a_phone_that_no_longer_has_the_line_is_not_missed() -> None:
    others = registered(*NAMES[1:]).registered
    before = Vitals(others | {("u2", "805ec0000001"), ("u3", "805ec0000001"), ("u4", "80")})
    assert found(before, Vitals(others)) == []
    gone = Vitals(
        frozenset(("u1", "805ec0000001") for _ in range(1)) | registered(*NAMES[:4]).registered
    )
    (told,) = found(gone, Vitals(registered(*NAMES[:3]).registered))
    assert told.startswith("3 of 5")


def test_a_gateway_that_answered_and_is_down_is_lost() -> None:
    before = Vitals(gateways={"pstn": "up"})
    assert found(before, Vitals(gateways={"pstn": "down"})) == [
        "gateway pstn answered before and is down"
    ]
    for state in ("up", "degraded", "unknown"):
        assert found(before, Vitals(gateways={"pstn": state})) == []


@pytest.mark.parametrize("name", ["old", "gone"])
def test_gateways_that_are_off_or_gone_are_not_missed(name: str) -> None:
    assert found(Vitals(gateways={name: "up"}), Vitals()) == []


def test_a_gateway_that_did_not_answer_before_is_no_news() -> None:
    assert found(Vitals(gateways={"pstn": "down"}), Vitals(gateways={"pstn": "down"})) == []


def test_the_policy_decides() -> None:
    assert found(registered(*NAMES), Vitals(), policy={"registrations": 0}) == []
    before, now = Vitals(gateways={"pstn": "up"}), Vitals(gateways={"pstn": "down"})
    assert found(before, now, policy={"gateways": False}) == []


def test_there_is_nothing_to_watch_where_nothing_can_be_lost() -> None:
    assert not Vitals().anything
    assert not registered(*NAMES[:4]).anything
    assert not Vitals(gateways={"pstn": "unknown"}).anything
    assert registered(*NAMES[:5]).anything
    assert Vitals(gateways={"pstn": "up"}).anything
