"""Runs sipp (Debian's `sip-tester`) with the scenarios of tests/system/scenarios."""

import re
import subprocess
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import psutil

SCENARIOS = Path(__file__).resolve().parents[1] / "system" / "scenarios"
HOST = "127.0.0.1"
RECEIVED = re.compile(
    r"^-{20,} (\S+ \S+)\n\S+ message received \[.*?\n\n(.*?)(?=\n-{20,} |\Z)", re.M | re.S
)
"""In a message file: when something came, and what."""


def users_file(path: Path, rows: Iterable[tuple[str, ...]]) -> Path:
    """What sipp puts in place of [field0], [field1], …: the first row for the first call."""
    lines = [";".join(row) for row in rows]
    path.write_text("\n".join(["SEQUENTIAL", *lines, ""]))
    return path


@dataclass
class Sipp:
    """One sipp. As a context manager it is ended at the latest when the block is left."""

    scenario: str
    folder: Path
    port: int
    calls: int
    server: tuple[str, int] | None = None
    users: Path | None = None
    keys: Mapping[str, str | int] = field(default_factory=dict)
    rate: int = 50
    transport: str = "u1"
    talk: int = 0
    """Milliseconds of a scenario's pauses that name no time."""
    status: int = 0
    """What stands for STATUS in the scenario."""
    process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Sipp":
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / f"{self.name}.screen").open("wb") as screen:
            self.process = subprocess.Popen(
                self._command(), cwd=self.folder,
                stdin=subprocess.DEVNULL, stdout=screen, stderr=subprocess.STDOUT,
            )  # fmt: skip
        self._listening()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        assert self.process is not None
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)

    @property
    def running(self) -> bool:
        """Whether it still waits for calls."""
        return self.process is not None and self.process.poll() is None

    @property
    def name(self) -> str:
        return f"{self.scenario}-{self.port}"

    def _command(self) -> list[str]:
        words = ["sipp", "-sf", str(self._scenario())]
        words += ["-i", HOST, "-p", str(self.port), "-t", self.transport, "-m", str(self.calls)]
        words += ["-r", str(self.rate), "-nostdin", "-timeout", "60s", "-timeout_error"]
        words += ["-recv_timeout", "20000", "-deadcall_wait", "0"]
        words += ["-d", str(self.talk)]
        words += ["-trace_msg", "-message_file", f"{self.name}.messages"]
        words += ["-trace_err", "-error_file", f"{self.name}.errors"]
        for key, value in self.keys.items():
            words += ["-key", key, str(value)]
        if self.users is not None:
            words += ["-inf", str(self.users)]
        return [*words, ":".join(map(str, self.server))] if self.server else words

    def _scenario(self) -> Path:
        """Its file. sipp wants to know statuses beforehand, so keywords cannot stand for them."""
        file = SCENARIOS / f"{self.scenario}.xml"
        if not self.status:
            return file
        copy = self.folder / file.name
        copy.write_text(file.read_text().replace("STATUS", str(self.status)))
        return copy

    def _listening(self) -> None:
        """Return when it has taken its port, or has ended already."""
        assert self.process is not None
        deadline = time.monotonic() + 10
        watched = psutil.Process(self.process.pid)
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                ports = {taken.laddr.port for taken in watched.net_connections("inet")}
            except psutil.NoSuchProcess:
                return
            if self.port in ports:
                return
            time.sleep(0.02)

    def succeed(self, within: float = 45.0) -> None:
        """All its calls ended as the scenario says."""
        assert self.process is not None
        code = self.process.wait(within)
        assert code == 0, f"{self.name} exited {code}\n{self.errors()}"

    def errors(self) -> str:
        files = (self.folder / f"{self.name}.{kind}" for kind in ("errors", "screen"))
        return "\n".join(
            path.read_text(errors="replace")[-3000:] for path in files if path.exists()
        )

    def received(self) -> list[tuple[str, str]]:
        """When each message came in, and the whole of it, in that order."""
        path = self.folder / f"{self.name}.messages"
        if not path.exists():  # nothing came
            return []
        found = RECEIVED.findall(path.read_text(errors="replace"))
        return [(when, message) for when, message in found]

    def requests(self, method: str) -> list[str]:
        """The requests of that method that came in, whole."""
        return [text for _, text in self.received() if text.startswith(f"{method} ")]
