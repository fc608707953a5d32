"""Imports at their time, as a service: `directories.X.every`, on the one node that imports.

Each runs as a process of its own, `pbx import ldap X`: comparing 10,000 people takes seconds of a
processor, and calls go on meanwhile. What became of it is in the store, and so is what somebody
imported by hand. May know: the schedule, the store. May not: how an import works.
"""

import asyncio
import random
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from engine.desired import Desired
from engine.directories import importing_node
from schema.models import System

FIRST: Final = 30.0
"""Seconds within which a node that has never imported does so, once it runs."""
AGAIN: Final = 300.0
"""Seconds until the next try after one that failed, where `every` is longer."""
SPREAD: Final = 0.1
"""Part of `every` by which imports come sooner or later: not all at the full hour."""
LONGEST: Final = 1800.0
"""Seconds after which an import is ended."""
FAILED: Final = ("failed", "unsafe")

Row = dict[str, Any]


class ImportService:
    """Imports the directories of the tree that runs, one after the other."""

    def __init__(
        self,
        node: Callable[[System], str],
        command: Sequence[str],
        results: Callable[[], list[Row]],
        report: Callable[[str, str, bool], None],
        suspended: Callable[[], bool] = bool,
    ) -> None:
        """`command` comes before the name of a directory. `results` reads the store (blocks).

        While the node is `suspended` nothing is imported: its commits would wait unseen.
        `report` takes importer, message and whether it failed, when there is news.
        """
        self._node, self._command = node, tuple(command)
        self._results, self._report = results, report
        self._suspended = suspended
        self._every: Mapping[str, float] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._next: dict[str, float] = {}
        self._running: str | None = None
        self._turn = asyncio.Lock()

    async def apply(self, desired: Desired) -> None:
        """Import that tree's directories from now on; those as before keep their time."""
        wanted = self._wanted(desired.system)
        for id_ in [id_ for id_ in self._tasks if wanted.get(id_) != self._every.get(id_)]:
            await self._end(id_)
        self._every = wanted
        for id_ in wanted:
            if id_ not in self._tasks:
                self._tasks[id_] = asyncio.create_task(self._keep(id_), name=f"import {id_}")

    async def stop(self) -> None:
        """Import nothing any more; one that runs is ended, and its commit made or not."""
        for id_ in list(self._tasks):
            await self._end(id_)

    async def status(self) -> list[Row]:
        """The latest result of each import, and when those of this node come next."""
        rows = {row["importer"]: row for row in await asyncio.to_thread(self._results)}
        names = dict.fromkeys((*(f"ldap/{id_}" for id_ in self._every), *rows))
        return [self._shown(name, rows.get(name)) for name in names]

    def _wanted(self, system: System) -> dict[str, float]:
        here = self._node(system)
        return {
            id_: directory.every
            for id_, directory in system.directories.items()
            if directory.every is not None and importing_node(system, id_) == here
        }

    def _shown(self, importer: str, row: Row | None) -> Row:
        id_ = importer.removeprefix("ldap/")
        said = row or dict.fromkeys(("at", "outcome", "message", "commit", "warnings"))
        return {**said, "importer": importer, "every": self._every.get(id_),
                "next": self._next.get(id_), "running": self._running == id_}  # fmt: skip

    # One directory

    async def _keep(self, id_: str) -> None:
        """Import a directory again and again."""
        last = await self._result(id_)
        while True:
            delay = self._delay(self._every[id_], last)
            self._next[id_] = time.time() + delay
            await asyncio.sleep(delay)
            if self._suspended():
                continue
            async with self._turn:
                before, last = last, await self._import(id_)
            self._tell(f"ldap/{id_}", before, last)

    def _delay(self, every: float, last: Row | None) -> float:
        """Seconds to wait. What is due when the node starts comes soon, and not at once."""
        if last is None:
            return random.uniform(0.0, min(FIRST, every))  # noqa: S311 - nothing secret
        wait = min(every, AGAIN) if last["outcome"] == "failed" else every
        wait *= random.uniform(1 - SPREAD, 1 + SPREAD)  # noqa: S311
        soon = random.uniform(0.0, min(FIRST, every))  # noqa: S311
        return max(float(last["at"]) + wait - time.time(), soon)

    async def _import(self, id_: str) -> Row:
        """Run the command; what the store says of it then."""
        began = time.time()
        self._running = id_
        try:
            trouble = await self._process(id_)
        finally:
            self._running = None
        result = await self._result(id_)
        if result is not None and result["at"] >= began:
            return result
        return {"at": time.time(), "outcome": "failed", "message": trouble, "commit": None}

    async def _process(self, id_: str) -> str:
        """What the process said last; it is ended with us, and when it takes too long."""
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command, id_,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
            )  # fmt: skip
        except OSError as error:
            return f"the import could not be started: {error.strerror}"
        try:
            _, said = await asyncio.wait_for(process.communicate(), LONGEST)
        except TimeoutError:
            return f"the import was ended after {LONGEST:g} s"
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        lines = said.decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else f"the import ended with {process.returncode}"

    async def _result(self, id_: str) -> Row | None:
        rows = await asyncio.to_thread(self._results)
        return next((row for row in rows if row["importer"] == f"ldap/{id_}"), None)

    def _tell(self, importer: str, before: Row | None, now: Row) -> None:
        """Commits are news; so is trouble, when it begins or changes, and its end."""
        failed = now["outcome"] in FAILED
        had = before is not None and before["outcome"] in FAILED
        same = before is not None and before["message"] == now["message"]
        if now["commit"] or (failed and not (had and same)) or (had and not failed):
            self._report(importer, now["message"], failed)

    async def _end(self, id_: str) -> None:
        task = self._tasks.pop(id_)
        self._next.pop(id_, None)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def import_command(directory: str, state: str, remote: str | None, branch: str | None) -> list[str]:
    """`pbx import ldap`, as this node would have it, without the directory's name."""
    command = [sys.executable, "-P", "-m", "cli", "import", "ldap", "--dir", directory]
    command += ["--state", state]
    command += ["--remote", remote] if remote is not None else []
    return command + (["--branch", branch] if branch is not None else [])
