"""Runs rtpengine, a real media relay, in the foreground on loopback, without its kernel module."""

import random
import signal
import socket
import subprocess
from pathlib import Path

from ports import MEDIA, free_media_ports
from running import eventually

from engine.sip.nat.bencode import Encodable, Value, decode, encode


class RtpEngine:
    """One that listens for ng on `port`. Its log is in `folder`."""

    def __init__(self, port: int, folder: Path) -> None:
        self.port = port
        self.address = ("127.0.0.1", port)
        media = free_media_ports()
        self.log = folder / "rtpengine.log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [
                    "rtpengine", "--foreground", "--log-stderr", "--table=-1",
                    "--interface=127.0.0.1", f"--listen-ng=127.0.0.1:{port}",
                    f"--port-min={media}", f"--port-max={media + MEDIA - 1}",
                    f"--pidfile={folder / 'rtpengine.pid'}", "--num-threads=2",
                    "--endpoint-learning=immediate",
                ],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        eventually(lambda: self.ask(command="ping") == {b"result": b"pong"})

    def ask(self, **command: Encodable) -> dict[bytes, Value] | None:
        with socket.socket(type=socket.SOCK_DGRAM) as asking:
            asking.settimeout(1.0)
            try:
                asking.connect(self.address)
                # With the cookie of a question that it had before it answers as it did then.
                asking.send(b"%x " % random.getrandbits(64) + encode(command))
                answer = decode(asking.recv(65535).partition(b" ")[2])
            except OSError:
                return None
        assert isinstance(answer, dict)
        return answer

    def knows(self, call_id: str) -> bool:
        answer = self.ask(command="query", **{"call-id": call_id})
        return answer is not None and answer.get(b"result") != b"error"

    def calls(self) -> Value:
        """The Call-IDs of all that it relays."""
        answer = self.ask(command="list")
        assert answer is not None, self.log.read_text()
        return answer[b"calls"]

    def stop(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)
