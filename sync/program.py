"""The program `git`, started through GitPython in an environment that cannot surprise a node.

Knows how git is called, how long it may take and how its complaints become our errors. Knows
nothing of branches or trees: see git.py. Every call names the repository with --git-dir, so a
directory that vanishes is an error and never silently another repository further up.
"""

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

# GitPython looks for the program while it is imported; missing, it is ours to report.
os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
import git

from sync.errors import GitFailed, GitMissing, GitTimedOut, NotARepository, UnsafeRepository

LOCAL_TIMEOUT = 20.0
"""Seconds for a command that touches only the local disk."""

QUIET = {
    "GIT_TERMINAL_PROMPT": "0",  # nobody is there to type a password
    "GIT_ASKPASS": "",
    "SSH_ASKPASS": "",
    "SSH_ASKPASS_REQUIRE": "never",
    "GIT_OPTIONAL_LOCKS": "0",  # reading the state must not get in the way of the admin's git
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",  # whoever may push refs/replace must not change what a commit is
    "GIT_EDITOR": "true",
    "GIT_PAGER": "cat",
}

SETTINGS = (
    "core.fsmonitor=false",  # a program named in the repository's configuration
    "core.quotePath=false",
    "core.warnAmbiguousRefs=false",
    "submodule.recurse=false",
)


class GitProgram:
    """Runs git on one repository.

    `git_dir` None lets git search from `directory`, which is also when git checks who owns the
    repository (`safe.directory`); only opening does that.
    """

    def __init__(
        self,
        directory: Path,
        git_dir: Path | None = None,
        work_tree: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.directory = directory
        self._environment = {**QUIET, **(environment or {})}
        self._git = git.Git(directory)
        self._prefix = ["git", "--no-pager"]
        for setting in SETTINGS:
            self._prefix += ["-c", setting]
        if git_dir is not None:
            self._prefix.append(f"--git-dir={git_dir}")
        if work_tree is not None:
            self._prefix.append(f"--work-tree={work_tree}")

    def run(
        self,
        *arguments: str,
        stdin: bytes = b"",
        timeout: float = LOCAL_TIMEOUT,
        environment: Mapping[str, str] | None = None,
    ) -> bytes:
        """What git writes to standard output.

        Raises GitMissing, NotARepository, UnsafeRepository, GitTimedOut, or GitFailed with the
        exit status for everything that the caller knows better how to name.
        """
        process = self.start(*arguments, environment=environment)
        try:
            output, complaint = process.communicate(stdin, timeout=timeout)
        except subprocess.TimeoutExpired:
            end(process.pid)
            raise GitTimedOut(subcommand(arguments), timeout) from None
        if process.returncode != 0:
            self._fail(arguments, process.returncode, complaint.decode(errors="replace"))
        return bytes(output)

    def line(self, *arguments: str) -> str:
        """The output as text without the final newline, for commands that answer in a word."""
        return self.run(*arguments).decode(errors="replace").rstrip("\n")

    def start(
        self, *arguments: str, environment: Mapping[str, str] | None = None
    ) -> git.Git.AutoInterrupt:
        """A running git with pipes on all three streams, in a session of its own.

        Without a terminal neither git nor ssh can stop to ask, and Ctrl-C at the node does not
        end a git in the middle of a write.
        """
        try:
            return self._git.execute(
                [*self._prefix, *arguments],
                istream=subprocess.PIPE,
                as_process=True,
                env={**self._environment, **(environment or {})},
                start_new_session=True,
            )
        except git.exc.GitCommandNotFound:
            raise GitMissing from None

    def _fail(self, arguments: tuple[str, ...], status: int, complaint: str) -> None:
        if "dubious ownership" in complaint:
            raise UnsafeRepository(self.directory)
        if "not a git repository" in complaint:
            raise NotARepository(self.directory)
        raise GitFailed(subcommand(arguments), status, complaint)


def subcommand(arguments: tuple[str, ...]) -> str:
    """The word a person knows the command by: `fetch`, not `-c`."""
    words = iter(arguments)
    for word in words:
        if word == "-c":
            next(words, None)
        elif not word.startswith("-"):
            return word
    return "git"


def end(process_id: int) -> None:
    """End git and whatever it started (ssh, remote helpers): they share its session."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process_id, signal.SIGKILL)
