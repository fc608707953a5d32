"""Noticing that something in a repository's directories has changed, within milliseconds.

Says only "look again", never what changed: the one who looks asks git. So a spurious event
costs nothing and a lost one is made good by the next look, a second later at most.
"""

import asyncio
import os
from collections.abc import Callable
from contextlib import aclosing, suppress
from pathlib import Path

from watchfiles import awatch

from sync.git import Repository

STEP = 10
"""Milliseconds without a further event before a change counts as complete."""

GATHER = 50
"""Milliseconds after which a change is reported although events keep coming."""

RECHECK = 1000
"""Milliseconds between looks without any event: file systems without inotify, lost events."""

ABSENCE = 0.5
"""Seconds until the next look while there is no directory to watch."""

Place = tuple[Path, int, int]
"""A directory with device and inode: a new directory of the same name is another place."""


async def watch(directories: Callable[[], frozenset[Place]], stirred: Callable[[], None]) -> None:
    """Call `stirred` after every burst of changes in `directories()`, and once a second.

    The set is asked for again each time, so directories may come, go and be replaced.
    Runs until cancelled.
    """
    while True:
        found = await asyncio.to_thread(directories)
        async with asyncio.TaskGroup() as group:
            group.create_task(watch_fixed(found, directories, stirred))
            await asyncio.sleep(0)  # now the watch stands; what came before it counts too
            stirred()


async def watch_fixed(
    found: frozenset[Place],
    directories: Callable[[], frozenset[Place]],
    stirred: Callable[[], None],
) -> None:
    """Watch `found` until `directories()` names another set."""
    if not found:
        await asyncio.sleep(ABSENCE)
        return
    events = awatch(
        *(path for path, _, _ in found),
        watch_filter=None,
        step=STEP,
        debounce=GATHER,
        rust_timeout=RECHECK,
        yield_on_timeout=True,
        recursive=False,
    )
    try:
        async with aclosing(events):
            async for _ in events:
                stirred()
                if await asyncio.to_thread(directories) != found:
                    return
    except (OSError, RuntimeError):
        # A directory went away just now, inotify has no watches left, or watchfiles gave up:
        # the look once a second remains.
        await asyncio.sleep(RECHECK / 1000)


def places(paths: list[Path]) -> frozenset[Place]:
    """Those of `paths` that are directories now."""
    found = []
    for path in paths:
        try:
            status = path.stat()
        except OSError:
            continue
        if path.is_dir():
            found.append((path, status.st_dev, status.st_ino))
    return frozenset(found)


def ref_directories(repository: Repository, branch: str) -> list[Path]:
    """Where git writes when a branch moves.

    HEAD is in the working tree's own directory, packed-refs and refs/ in the common one; a
    branch "team/main" is a file two folders down; newer repositories have reftable/ instead.
    """
    common = repository.common_dir
    branch_file = common / "refs" / "heads" / branch
    between = [folder for folder in branch_file.parents if folder.is_relative_to(common)]
    return [repository.git_dir, common / "reftable", *between]


def tree_directories(top: Path) -> list[Path]:
    """`top` and the folders below it; hidden ones (.git, .venv) hold no configuration.

    Links are not followed, so loops are harmless.
    """
    found = [top]
    for folder in found:
        with suppress(OSError), os.scandir(folder) as entries:
            found += [
                Path(entry.path)
                for entry in entries
                if entry.is_dir(follow_symlinks=False) and not entry.name.startswith(".")
            ]
    return found
