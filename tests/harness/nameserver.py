"""A real DNS server on loopback: dnsmasq, with the records that a test gives it."""

import os
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from ports import free_port

PROGRAM = next(
    (path for path in ("/usr/sbin/dnsmasq", "/usr/bin/dnsmasq") if os.path.exists(path)), "dnsmasq"
)


@dataclass
class NameServer:
    """Serves `records`, dnsmasq's own options: host-record, srv-host, naptr-record."""

    folder: Path
    records: tuple[str, ...]
    ttl: int = 60
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "NameServer":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        self.port = self.port or free_port()
        config = self.folder / "dnsmasq.conf"
        config.write_text("".join(f"{record}\n" for record in self.records))
        command = [PROGRAM, "--no-daemon", f"--conf-file={config}", f"--port={self.port}"]
        command += ["--listen-address=127.0.0.1", "--bind-interfaces", "--no-resolv", "--no-hosts"]
        command += [f"--local-ttl={self.ttl}", "--local=/test/", "--user=", "--pid-file="]
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        self._answering()

    def _answering(self) -> None:
        """Return when its TCP port is open, which is after its UDP port is."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            assert self.process is not None
            assert self.process.poll() is None, self.process.stdout.read()  # type: ignore[union-attr]
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise AssertionError("dnsmasq does not answer")

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(10)
            assert self.process.stdout is not None
            self.process.stdout.close()
            self.process = None

    def serve(self, *records: str) -> None:
        """Serve these instead, on the same port."""
        self.stop()
        self.records = records
        self.start()
