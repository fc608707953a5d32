"""A SIP node of tests/engine/sip/node.py in a process of its own."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

NODE = Path(__file__).resolve().parents[1] / "engine" / "sip" / "node.py"


class NodeProcess:
    """node.py, spoken to in lines of JSON."""

    def __init__(self, **options: Any) -> None:
        command = [sys.executable, str(NODE), json.dumps(options)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.port: int = self._line()[0][2]

    def _line(self) -> Any:
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())

    def report(self) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return self._line()

    def stop(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        assert self._process.wait(10) == 0
