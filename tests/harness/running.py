"""Whole nodes, run as a user runs them: by the `pbx` command, on free ports, with real Git."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.client import NodeClient
from engine.control import NodeUnreachableError
from schema.credentials import sip_password

PBX = Path(sys.executable).with_name("pbx")
START = 30.0
"""Seconds that a node may take to start on a busy machine."""


def run(
    *command: str | Path, cwd: Path, check: bool = True, **env: str
) -> subprocess.CompletedProcess[str]:
    """Run a program with a clean Git identity; its output as text."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")} | {
        "GIT_AUTHOR_NAME": "Ann", "GIT_AUTHOR_EMAIL": "ann@example.test",
        "GIT_COMMITTER_NAME": "Ann", "GIT_COMMITTER_EMAIL": "ann@example.test",
        "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", **env,
    }  # fmt: skip
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd, env=environment, capture_output=True, text=True, timeout=60,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if check and done.returncode != 0:
        raise AssertionError(f"{command} exited {done.returncode}\n{done.stdout}{done.stderr}")
    return done


def eventually(what: Callable[[], Any], seconds: float = START) -> Any:
    """The first true answer of `what`; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = what()
        if answer:
            return answer
        time.sleep(0.03)
    raise AssertionError(f"not within {seconds} s")


@dataclass
class Site:
    """A configuration repository, and the node that may run it."""

    directory: Path
    """What the node follows."""
    tree: Path
    """A working tree to edit: the same, or a clone of a bare repository."""
    state: Path
    sip: int
    http: int
    log: Path
    process: subprocess.Popen[bytes] | None = None
    options: tuple[str, ...] = field(default=())

    # The command line

    def pbx(self, *words: str | Path, check: bool = False) -> subprocess.CompletedProcess[str]:
        """`pbx` in the tree, for this node's state."""
        return run(PBX, *words, cwd=self.tree, check=check)

    def status(self) -> dict[str, Any]:
        """What `pbx status` prints, without the fifth of a second that the command takes."""
        try:
            answer: dict[str, Any] = NodeClient.at(self.directory, self.state).ask("/status")
        except NodeUnreachableError:
            return {}
        return answer

    def password(self, user: str, device: str = "") -> str:
        words = ["secrets", "show", user, "--state", self.state]
        words += ["--device", device] if device else []
        return self.pbx(*words, check=True).stdout.split()[-1]

    def derived(self, user: str, device: str = "", domain: str = "example.test") -> str:
        """What `password` answers, without the second that the command takes."""
        master = (self.state / "master.key").read_bytes()
        return sip_password(master, domain, user, device, 1)

    def url(self, mac: str) -> str:
        return self.pbx("devices", "url", mac, "--state", self.state, check=True).stdout.strip()

    # Git

    def git(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return run("git", *words, cwd=self.tree, check=check)

    def edit(self, old: str, new: str, file: str = "pbx.yaml") -> None:
        path = self.tree / file
        text = path.read_text()
        assert old in text, f"{old!r} is not in {file}"
        path.write_text(text.replace(old, new))

    def commit(self, subject: str) -> str:
        """Commit everything, without the pre-commit hook: it would take most of a second."""
        self.git("add", "-A")
        self.git("commit", "-qm", subject, "--no-verify")
        return self.head()

    def head(self) -> str:
        return self.git("rev-parse", "HEAD").stdout.strip()

    # The node

    def start(self, *options: str, ready: bool = True) -> None:
        self.options = options or self.options
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [str(PBX), "run", str(self.directory), "--state", str(self.state), *self.options],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        if ready:
            eventually(lambda: self.ended() or self.says("Ready"))
            assert self.process.poll() is None, self.output()

    def ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def says(self, kind: str) -> bool:
        conditions = self.status().get("conditions", [])
        return any(c["type"] == kind and c["status"] == "True" for c in conditions)

    def runs(self, commit: str) -> None:
        """Wait until `commit` runs."""
        eventually(lambda: self.status().get("applied_revision") == commit)

    def stop(self, number: int = signal.SIGINT) -> int:
        process, self.process = self.process, None
        if process is None:
            return 0
        process.send_signal(number)
        return process.wait(15)

    def output(self) -> str:
        return self.log.read_text() if self.log.exists() else ""
