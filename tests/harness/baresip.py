"""Runs baresip, a real softphone, without a sound card: it plays a file and records.

It writes every SIP message into its log, in which the tests read.
"""

import json
import re
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from ports import free_port
from running import eventually

CONFIG = """\
sip_listen 127.0.0.1:{sip}
{trusting}
net_interface 127.0.0.1
audio_source aufile,{folder}/says.wav
audio_player aubridge,ear
audio_alert aubridge,bell
rtp_ports 10000-19999
rtp_stats yes
module_path /usr/lib/baresip/modules
module {codec}.so
module srtp.so
module aufile.so
module aubridge.so
module sndfile.so
snd_path {folder}
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:{control}
"""

TRACED = re.compile(r"\x1b\[36;1m#\n\w+ \S+ -> \S+\n(.*?)\x1b\[;m", re.DOTALL)
"""A SIP message in the log."""

ACCOUNT = (
    "<sip:{user}@example.test>;auth_user={user};auth_pass={password};"
    'outbound="sip:127.0.0.1:{server};transport={transport}";regint=60;answermode={answers}{securing}\n'
)


@dataclass
class Baresip:
    """One baresip with one account. `folder` holds says.wav, which it plays into every call."""

    user: str
    password: str
    server: int
    folder: Path
    answers: str = "manual"
    """Or "auto"."""
    transport: str = "udp"
    authority: Path | None = None
    """Whose certificates it trusts; needed for TLS."""
    codec: str = "g711"
    """Or "opus": the only one that it knows."""
    srtp: bool = False
    """It takes nothing else."""
    events: list[dict[str, Any]] = field(default_factory=list)

    def __enter__(self) -> "Baresip":
        self._control = free_port()
        words = vars(self) | {"sip": free_port(), "control": self._control}
        words["trusting"] = f"sip_cafile {self.authority}" if self.authority else ""
        words["securing"] = ";mediaenc=srtp-mand" if self.srtp else ""
        (self.folder / "config").write_text(CONFIG.format_map(words))
        (self.folder / "accounts").write_text(ACCOUNT.format_map(words))
        (self.folder / "contacts").write_text("")
        self._log = self.folder / "log"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                ["baresip", "-s", "-f", str(self.folder)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        self._stream, self._known = b"", 0
        try:
            self._socket = eventually(self._connected)
        except AssertionError:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._socket.close()
        self.stop()

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5)

    def _connected(self) -> socket.socket | None:
        assert self.process.poll() is None, self.output()
        try:
            return socket.create_connection(("127.0.0.1", self._control), timeout=5)
        except OSError:
            return None

    def command(self, name: str, parameters: str = "") -> None:
        """Give a command of baresip's menu, as a netstring of JSON."""
        text = json.dumps({"command": name, "params": parameters})
        self._socket.sendall(f"{len(text)}:{text},".encode())

    def event(self, kind: str, within: float = 15.0) -> dict[str, Any]:
        """The first event of that kind, once it has happened."""
        deadline = time.monotonic() + within
        while True:
            for event in self.events:
                if event.get("type") == kind:
                    return event
            left = deadline - time.monotonic()
            assert left > 0, f"{self.user}: no {kind} in {self.events}\n{self.output()}"
            self._hear(left)

    def _hear(self, seconds: float) -> None:
        self._socket.settimeout(seconds)
        try:
            data = self._socket.recv(65535)
        except TimeoutError:
            return
        assert data, f"{self.user} has ended\n{self.output()}"
        self._stream += data
        while match := re.match(rb"(\d+):", self._stream):
            end = match.end() + int(match[1])
            if len(self._stream) <= end:
                return
            self.events.append(json.loads(self._stream[match.end() : end]))
            self._stream = self._stream[end + 1 :]

    def has(self, *texts: str) -> bool:
        """Whether a SIP message came or went that has all of these texts."""
        messages = TRACED.findall(self.output()[self._known :])
        return any(all(text in message for text in texts) for message in messages)

    def forget(self) -> None:
        """Messages until now do not count any more."""
        self._known = len(self.output())

    def output(self) -> str:
        return self._log.read_text(errors="replace")

    def media_from(self) -> int:
        """The port that RTP comes from."""
        pattern = r"receiving from 127\.0\.0\.1:(\d+)"
        return int(eventually(lambda: re.findall(pattern, self.output()))[0])

    def packets(self) -> tuple[int, int]:
        """RTP packets sent and received, as it counts them when a call has ended."""
        [found] = eventually(lambda: re.findall(r"packets: +(\d+) +(\d+)", self.output()))
        return int(found[0]), int(found[1])

    def recording(self) -> Path:
        """What it heard: a WAV file."""
        [path] = self.folder.glob("dump-*-dec.wav")
        return path
