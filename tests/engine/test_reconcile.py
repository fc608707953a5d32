"""The reconciler with services that only note what they are told: what runs after which commit."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from engine.checking import validate_tree
from engine.desired import Compiler, Desired
from engine.gates.probation import Probation
from engine.gates.vitals import Vitals
from engine.reconcile import Candidate, Reconciler, Result
from engine.selftest import Report
from engine.services import ApplyError
from engine.store import Store
from renderers.devices import Families
from schema.tree import DirectorySource

Edit = Callable[[str, str], None]


@dataclass
class Noting:
    """A service that can be made to fail."""

    runs: Desired | None = None
    fails: bool = False
    log: list[str] = field(default_factory=list)

    async def apply(self, desired: Desired) -> None:
        if self.fails:
            raise ApplyError("udp port 5060 is in use")
        self.runs = desired
        self.log.append(desired.system.users["bob"].name)

    async def stop(self) -> None:
        self.runs = None
        self.log.append("stopped")


@dataclass
class House:
    reconciler: Reconciler
    first: Noting
    second: Noting
    store: Store
    directory: Path
    kept: list[str]
    vitals: Vitals = field(default_factory=Vitals)
    crashes: list[BaseException] = field(default_factory=list)
    good: list[str] = field(default_factory=list)
    moves: list[tuple[Desired, Desired]] = field(default_factory=list)
    health: Report = field(default_factory=Report)

    async def run(self, revision: str, *, force: bool = False) -> Result:
        candidate = Candidate(
            revision,
            f"subject of {revision}",
            "Ann",
            DirectorySource(self.directory),
            lambda: self.kept.append(revision),
        )
        return await self.reconciler.reconcile(candidate, force=force)


@dataclass
class Watching:
    """An observer that keeps what it is told."""

    house: Callable[[], House]

    def begun(self, candidate: Candidate) -> None:
        pass

    def reconciled(self, candidate: Candidate, result: Result, seconds: float) -> None:
        pass

    def found_good(self, candidate: Candidate) -> None:
        self.house().good.append(candidate.revision)

    async def moved(self, before: Desired, after: Desired) -> None:
        self.house().moves.append((before, after))

    def crashed(self, error: BaseException) -> None:
        self.house().crashes.append(error)


@pytest.fixture
def house(tmp_path: Path, office: Path, families: Families) -> Iterator[House]:
    first, second = Noting(), Noting()
    store = Store(tmp_path / "store.sqlite")

    async def health() -> Report:
        return made.health

    reconciler = Reconciler(
        validate=lambda source: validate_tree(source, families),
        compiler=Compiler(families),
        services=(first, second),
        store=store,
        health=health,
        observer=Watching(lambda: made),
        probation=Probation(lambda: made.vitals, interval=0.01),
    )
    made = House(reconciler, first, second, store, office, [])
    yield made
    store.close()


async def test_a_good_commit_runs_and_becomes_the_last_good_one(house: House) -> None:
    result = await house.run("aaaa")
    assert result.outcome == "applied"
    assert house.first.runs is house.second.runs is house.reconciler.running.desired
    assert house.kept == ["aaaa"]
    assert house.reconciler.conditions.healthy
    assert house.store.last_outcome("aaaa") == "applied"


async def test_a_bad_commit_leaves_the_old_one_running_and_says_where_it_is_wrong(
    house: House, edit: Edit
) -> None:
    await house.run("aaaa")
    edit('extension: "202"', 'extension: "201"')
    result = await house.run("bbbb")
    assert result.outcome == "invalid"
    assert "pbx.yaml:10:41: extension" in result.message
    assert house.reconciler.running.revision == "aaaa"
    assert house.kept == ["aaaa"]
    conditions = house.reconciler.conditions
    assert conditions["Ready"].true
    assert conditions["Stalled"].reason == "ValidationFailed"
    assert not conditions.healthy


async def test_the_next_good_commit_works_after_a_bad_one(house: House, edit: Edit) -> None:
    await house.run("aaaa")
    edit("users:", "usres:")
    await house.run("bbbb")
    edit("usres:", "users:")
    assert (await house.run("cccc")).outcome == "applied"
    assert house.reconciler.conditions.healthy


async def test_a_service_that_fails_takes_the_others_back(house: House, edit: Edit) -> None:
    await house.run("aaaa")
    edit("Bob Brown", "Bob Braun")
    house.second.fails = True
    result = await house.run("bbbb")
    assert result.outcome == "failed"
    assert "5060 is in use" in result.message
    assert house.first.log == ["Bob Brown", "Bob Braun", "Bob Brown"]
    assert house.reconciler.running.revision == "aaaa"
    assert house.reconciler.conditions["Stalled"].reason == "ApplyFailed"


async def test_a_first_start_that_fails_leaves_nothing_running(house: House) -> None:
    house.second.fails = True
    await house.run("aaaa")
    assert house.first.runs is None
    assert house.reconciler.running.desired is None
    assert house.reconciler.conditions["Ready"].reason == "NothingRuns"


async def test_red_health_goes_back_to_the_last_good_revision(house: House, edit: Edit) -> None:
    await house.run("aaaa")
    edit("Bob Brown", "Bob Braun")
    house.health = Report(error="INVITE was answered 500")
    result = await house.run("bbbb")
    assert result.outcome == "unhealthy"
    assert "INVITE was answered 500" in result.message
    assert house.first.log[-1] == "Bob Brown"
    assert house.reconciler.running.revision == "aaaa"
    assert house.kept == ["aaaa"]
    assert house.store.last_outcome("bbbb") == "unhealthy"


async def test_an_unsafe_plan_waits_for_force(house: House, edit: Edit) -> None:
    await house.run("aaaa")
    edit('  - {rule: emergency, type: emergency, match: ["911"], via: [pstn]}\n', "")
    assert (await house.run("bbbb")).outcome == "unsafe"
    assert house.reconciler.running.revision == "aaaa"
    assert (await house.run("bbbb", force=True)).outcome == "applied"


async def test_a_lowered_epoch_is_refused_even_with_force(house: House, edit: Edit) -> None:
    edit("bob: {name", "bob: {credential_epoch: 2, name")
    await house.run("aaaa")
    edit("credential_epoch: 2, ", "")
    assert (await house.run("bbbb", force=True)).outcome == "refused"


async def test_a_defect_of_ours_does_not_end_the_node(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.run("aaaa")

    def crash(*_: object) -> Desired:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(Compiler, "compile", crash)
    result = await house.run("bbbb")
    assert result.outcome == "failed"
    assert "internal error (ZeroDivisionError" in result.message
    monkeypatch.undo()
    assert (await house.run("cccc")).outcome == "applied"


async def test_a_full_disk_does_not_stop_what_runs(house: House) -> None:
    def full() -> None:
        raise OSError(28, "No space left on device")

    candidate = Candidate("aaaa", "", "", DirectorySource(house.directory), full)
    result = await house.reconciler.reconcile(candidate)
    assert result.outcome == "applied"
    assert "could not be kept" in result.message


async def test_candidates_are_tried_one_at_a_time(house: House) -> None:
    results = await asyncio.gather(*(house.run(name) for name in "abcd"))
    assert [result.outcome for result in results] == ["applied"] * 4
    assert house.reconciler.running.revision == "d"


# Probation


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.005)


def watching(directory: Path, policy: str) -> None:
    path = directory / "pbx.yaml"
    text = path.read_text()
    assert "system: {" in text
    path.write_text(text.replace("system: {", f"system: {{health: {policy}, ", 1))


GATEWAY_UP = Vitals(gateways={"pstn": "up"})
GATEWAY_DOWN = Vitals(gateways={"pstn": "down"})


async def test_a_watched_commit_becomes_the_last_good_one_only_when_the_watch_is_over(
    house: House, edit: Edit
) -> None:
    watching(house.directory, "{watch: 1s}")
    await house.run("aaaa")
    house.vitals = GATEWAY_UP
    edit("Bob Brown", "Bob Braun")
    result = await house.run("bbbb")
    assert result.outcome == "applied"
    assert "watched for 1 s" in result.message
    assert house.kept == ["aaaa"]
    assert house.reconciler.conditions["Ready"].reason == "Watched"
    assert house.good == ["aaaa"]
    await until(lambda: house.good == ["aaaa", "bbbb"])
    assert house.kept == house.good
    assert house.reconciler.conditions["Ready"].reason == "Applied"


async def test_a_commit_after_which_a_gateway_stays_silent_is_left_with_the_evidence(
    house: House, edit: Edit
) -> None:
    watching(house.directory, "{watch: 60s}")
    await house.run("aaaa")
    good = house.first.runs
    house.vitals = GATEWAY_UP
    edit("Bob Brown", "Bob Braun")
    await house.run("bbbb")
    house.vitals = GATEWAY_DOWN
    await until(lambda: house.reconciler.running.revision == "aaaa")
    await until(lambda: house.reconciler.conditions["Stalled"].true)
    assert house.first.runs is house.second.runs is good
    message = house.reconciler.conditions["Stalled"].message
    assert "gateway pstn answered before and is down; back on aaaa" in message
    assert house.store.last_outcome("bbbb") == "unhealthy"
    assert house.kept == ["aaaa"]
    assert [new for _, new in house.moves][-1] is good, "phones are told to fetch what they had"


async def test_a_probe_that_is_missed_once_condemns_nobody(house: House, edit: Edit) -> None:
    watching(house.directory, "{watch: 1s}")
    await house.run("aaaa")
    house.vitals = GATEWAY_UP
    edit("Bob Brown", "Bob Braun")
    looks = 0

    def look() -> Vitals:
        nonlocal looks
        looks += 1
        return GATEWAY_DOWN if looks % 3 == 0 else GATEWAY_UP

    house.reconciler.probation = Probation(look, interval=0.01)
    await house.run("bbbb")
    await until(lambda: house.kept == ["aaaa", "bbbb"])
    assert house.reconciler.running.revision == "bbbb"


async def test_a_commit_in_mid_watch_is_compared_with_what_was_good(
    house: House, edit: Edit
) -> None:
    watching(house.directory, "{watch: 60s}")
    await house.run("aaaa")
    house.vitals = GATEWAY_UP
    edit("Bob Brown", "Bob Braun")
    await house.run("bbbb")
    house.vitals = GATEWAY_DOWN
    edit("Bob Braun", "Bob Baker")
    await house.run("cccc")
    await until(lambda: house.reconciler.conditions["Stalled"].true)
    assert house.reconciler.running.revision == "aaaa"
    assert house.store.last_outcome("cccc") == "unhealthy"


async def test_a_bad_commit_in_mid_watch_does_not_end_the_watch(house: House, edit: Edit) -> None:
    watching(house.directory, "{watch: 1s}")
    await house.run("aaaa")
    house.vitals = GATEWAY_UP
    edit("Bob Brown", "Bob Braun")
    await house.run("bbbb")
    edit("users:", "usres:")
    assert (await house.run("cccc")).outcome == "invalid"
    await until(lambda: house.kept == ["aaaa", "bbbb"])


async def test_the_policy_of_what_ran_before_judges(house: House, edit: Edit) -> None:
    watching(house.directory, "{watch: 60s}")
    await house.run("aaaa")
    house.vitals = GATEWAY_UP
    edit("{watch: 60s}", "{watch: off}")
    await house.run("bbbb")
    house.vitals = GATEWAY_DOWN
    await until(lambda: house.reconciler.running.revision == "aaaa")
