"""Who runs a commit first, and who waits for whose word."""

import asyncio
from collections.abc import Callable

import pytest

from engine.gates.canary import hold
from engine.gates.publisher import Publisher
from sync.errors import FetchFailed
from sync.standings import Standing, Word

ORDER = ["one", "two", "three"]


def is_ancestor(old: str, new: str) -> bool:
    return ORDER.index(old) <= ORDER.index(new)


def held(commit: str, standing: Standing | None, node: str = "pbx2") -> tuple[str, str] | None:
    found = hold("pbx1", node, commit, standing, is_ancestor)
    return found and (found.kind, found.message)


def test_without_a_canary_nobody_waits() -> None:
    assert hold(None, "pbx2", "two", None, is_ancestor) is None


def test_the_canary_itself_goes() -> None:
    assert held("two", None, node="pbx1") is None


@pytest.mark.parametrize("healthy", ["two", "three"])
def test_what_the_canary_found_good_runs_and_what_came_before_it(healthy: str) -> None:
    assert held("two", Standing(healthy=healthy)) is None


@pytest.mark.parametrize("standing", [None, Standing(), Standing("one", "one")])
def test_what_the_canary_has_not_run_waits(standing: Standing | None) -> None:
    assert held("two", standing) == ("waiting", "pbx1 goes first, and has not run it yet")


def test_what_the_canary_still_watches_waits() -> None:
    kind, message = held("two", Standing(applied="two", healthy="one")) or ("", "")
    assert kind == "waiting"
    assert "watches" in message


def test_what_the_canary_went_back_from_does_not_run() -> None:
    kind, _ = held("two", Standing(applied="one", healthy="one", bad="two")) or ("", "")
    assert kind == "bad"


def test_what_became_good_later_runs_although_it_was_bad_once() -> None:
    assert held("two", Standing("two", "two", bad="two")) is None


# Telling


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.005)


async def test_only_the_newest_is_told_once_the_remote_answers_again() -> None:
    told: list[tuple[str, Word, str]] = []
    reachable = False

    def state(node: str, word: Word, commit: str) -> None:
        if not reachable:
            raise FetchFailed("ssh://git.example.test/pbx.git", "no route to host")
        told.append((node, word, commit))

    troubles: list[str] = []
    publisher = Publisher(state, troubles.append, again=(0.01,))
    publisher.tell("pbx1", "applied", "one" * 13)
    await until(lambda: publisher.trouble is not None)
    assert "oneoneoneo is applied" in str(publisher.trouble)
    publisher.tell("pbx1", "applied", "two" * 13)
    publisher.tell("pbx1", "healthy", "two" * 13)
    reachable = True
    await until(lambda: len(told) == 2)
    assert told == [("pbx1", "applied", "two" * 13), ("pbx1", "healthy", "two" * 13)]
    assert publisher.trouble is None
    assert len(set(troubles)) == len(troubles), "each reason is logged once"
    await publisher.stop()
