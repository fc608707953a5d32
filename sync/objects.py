"""Reading Git objects through one `git cat-file --batch` that stays open.

A new process for every file would cost milliseconds each; asked through the pipe a blob costs
a fraction of one. Asked for ids only: where a branch stands is Repository.resolve's to say.
Knows nothing of what the objects mean.
"""

import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import git

from sync.errors import NotARepository, UnknownRevision
from sync.program import GitProgram

PIPELINE = 64
"""Names written before the first answer is read: below 4096 bytes, the smallest pipe Linux
gives, so that neither side can block on the other."""


class GitObject(NamedTuple):
    """One object: its id (hex), its kind ("commit", "tree", "blob", "tag") and content."""

    id: str
    kind: str
    data: bytes


class ObjectReader:
    """The open pipe. Safe to use from several threads; restarted when the repository changed."""

    def __init__(self, program: GitProgram, git_dir: Path) -> None:
        self._program = program
        self._git_dir = git_dir
        self._lock = threading.Lock()
        self._process: git.Git.AutoInterrupt | None = None
        self._identity: tuple[int, int] | None = None

    def read(self, name: str) -> GitObject:
        """The object `name` (an id, or "<id>^{commit}"). Raises UnknownRevision, NotARepository."""
        return self.read_many([name])[0]

    def read_many(self, names: Sequence[str]) -> list[GitObject]:
        """The objects in the order asked. Raises UnknownRevision for the first missing one."""
        with self._lock:
            self._check_identity()
            try:
                return self._read_all(names)
            except (BrokenPipeError, EOFError):
                # Somebody ended the process, or the disk went away under it: once more afresh.
                self._stop()
                return self._read_all_or_gone(names)
            except UnknownRevision:
                # Answers to names behind the missing one may still be in the pipe.
                self._stop()
                raise

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._stop()

    def _check_identity(self) -> None:
        """A repository deleted and made again has the old path and a new inode."""
        try:
            status = self._git_dir.stat()
        except OSError:
            self._stop()
            raise NotARepository(self._git_dir, "is gone") from None
        if (status.st_dev, status.st_ino) != self._identity:
            self._stop()
            self._identity = (status.st_dev, status.st_ino)

    def _read_all_or_gone(self, names: Sequence[str]) -> list[GitObject]:
        try:
            return self._read_all(names)
        except (BrokenPipeError, EOFError):
            self._stop()
            raise NotARepository(self._git_dir, "cannot be read as a Git repository") from None

    def _read_all(self, names: Sequence[str]) -> list[GitObject]:
        found: list[GitObject] = []
        for first in range(0, len(names), PIPELINE):
            found += self._exchange(names[first : first + PIPELINE])
        return found

    def _exchange(self, names: Sequence[str]) -> list[GitObject]:
        process = self._running()
        process.stdin.write("".join(f"{name}\n" for name in names).encode())
        process.stdin.flush()
        return [read_answer(process, name) for name in names]

    def _running(self) -> git.Git.AutoInterrupt:
        if self._process is None:
            self._process = self._program.start("cat-file", "--batch")
            os.set_blocking(self._process.stderr.fileno(), False)
        # Warnings would fill the pipe over the months and stop git for good.
        self._process.stderr.read()
        return self._process

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        for stream in (process.stdin, process.stdout, process.stderr):
            try:
                stream.close()
            except BrokenPipeError:
                continue
        if process.proc is not None:
            process.proc.kill()
            process.proc.wait()


def read_answer(process: git.Git.AutoInterrupt, name: str) -> GitObject:
    """`<id> <kind> <size>`, the content, a newline (git-cat-file(1), "BATCH OUTPUT")."""
    header = process.stdout.readline()
    if not header:
        raise EOFError
    words = header.split()
    if len(words) != 3 or not words[2].isdigit():  # "<name> missing", "<name> ambiguous"
        raise UnknownRevision(name)
    size = int(words[2])
    data = process.stdout.read(size + 1)
    if len(data) != size + 1:
        raise EOFError
    return GitObject(words[0].decode(), words[1].decode(), data[:-1])
