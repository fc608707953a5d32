"""Listens on loopback while nodes run; then tshark tells what they said that is not well formed.

Wireshark's dissectors were written by others from the same RFCs: what they stumble over,
phones may as well.
"""

import socket
import subprocess
import time
import warnings
from dataclasses import dataclass, field
from pathlib import Path

from ports import PORTS, free_port

FAULTS = (
    "_ws.malformed",
    "_ws.expert.severity == 8388608",  # errors, whatever they are about
    "sip.header_no_colon",
    "sip.header_not_terminated",
    "sip.content_length.invalid",
    "sip.retry_after.invalid",
    "sip.Status-Code.invalid",
    "sip.Via.sent-by.port.invalid",
    "sip.sec_mechanism.malformed",
    # Neither a request nor a response, and more than a keep-alive or a STUN response.
    "(udp.length > 12 && udp.payload[0:2] != 01:01 && !sip.Request-Line && !sip.Status-Line)",
)
SHOWN = ("frame.number", "sip.Request-Line", "sip.Status-Line", "_ws.expert.message", "sip.msg_hdr")


@dataclass
class Capture:
    """What was said on the tests' ports. A node's SIP port is one of `ports` to be judged."""

    file: Path
    ports: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._nobody = free_port()

    def start(self) -> None:
        """Returns when it listens. Without the right to (CAP_NET_RAW) it warns, hears nothing."""
        log = self.file.with_suffix(".log")
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [
                    "dumpcap", "-q", "-i", "lo", "-w", str(self.file),
                    "-f", f"portrange {PORTS.start}-{PORTS.stop - 1}",
                ],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            )  # fmt: skip
        while self._process.poll() is None and "File:" not in log.read_text():
            time.sleep(0.02)
        self._heard = self._process.poll() is None
        if self._heard:
            self._catch_up()
        else:
            warnings.warn(f"SIP is not checked by tshark: {log.read_text()}", stacklevel=2)

    def stop(self) -> None:
        """Returns when all is written that was said before."""
        if self._process.poll() is None:
            self._catch_up()
            self._process.terminate()
            self._process.wait(10)

    def _catch_up(self) -> None:
        """Speak until it is heard."""
        size, deadline = self.file.stat().st_size, time.monotonic() + 10
        with socket.socket(type=socket.SOCK_DGRAM) as speaker:
            while self.file.stat().st_size == size and time.monotonic() < deadline:
                speaker.sendto(b"?", ("127.0.0.1", self._nobody))
                time.sleep(0.05)

    def faults(self) -> str:
        """The messages from `ports` that are not well formed, as text: nothing when all are."""
        if not (self.ports and self._heard):
            return ""
        decoding = [
            word for port in self.ports for kind in ("udp", "tcp")
            for word in ("-d", f"{kind}.port=={port},sip")
        ]  # fmt: skip
        ours = " ".join(map(str, sorted(self.ports))).replace(" ", ", ")
        wanted = f"(udp.srcport in {{{ours}}} || tcp.srcport in {{{ours}}})"
        fields = [word for name in SHOWN for word in ("-e", name)]
        done = subprocess.run(
            ["tshark", "-n", "-r", str(self.file), *decoding, "-T", "fields", *fields,
             "-Y", f"{wanted} && ({' || '.join(FAULTS)})"],
            capture_output=True, text=True, timeout=100, check=True,
        )  # fmt: skip
        return done.stdout
