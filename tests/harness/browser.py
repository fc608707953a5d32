"""Runs Chromium, without a screen, with JsSIP in its pages (tests/system/browser).

JsSIP, the bundler and the driver come from npm as package-lock.json pins them; `.ci/peers` puts
them into var/browser.
"""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "tests" / "system" / "browser"
INSTALLED = ROOT / "var" / "browser"
PATIENCE = 20.0
"""Seconds for what a page has to answer, on a busy machine."""


@dataclass
class Page:
    """A page with a phone in it."""

    browser: "Browser"
    number: int

    def phone(self, method: str, *arguments: Any) -> Any:
        """What `window.phone.method(…)` answers, or resolves to."""
        words = ", ".join(map(json.dumps, arguments))
        return self.browser.ask(page=self.number, evaluate=f"window.phone.{method}({words})")


class Browser:
    """One Chromium. A context manager."""

    def __enter__(self) -> "Browser":
        chromium = shutil.which("chromium")
        assert chromium, "Chromium is not installed: make peers"
        assert (INSTALLED / "node_modules").is_dir(), "JsSIP is not installed: make peers"
        self._process = subprocess.Popen(
            ["node", SOURCES / "drive.js", chromium],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, env=_environment(),
        )  # fmt: skip
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        try:
            self._process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(PATIENCE)

    def page(self) -> Page:
        """A new page that has loaded the phone. Pages share nothing."""
        return Page(self, self.ask(open=_bundle()))

    def ask(self, **question: Any) -> Any:
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(question) + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
        assert line, f"the browser's driver has ended: {process.poll()}"
        answer = json.loads(line)
        assert "error" not in answer, answer["error"]
        return answer["value"]


def _environment() -> dict[str, str]:
    return os.environ | {"NODE_PATH": str(INSTALLED / "node_modules")}


def _bundle() -> str:
    """phone.js with all that it imports, as one script."""
    esbuild = INSTALLED / "node_modules" / ".bin" / "esbuild"
    done = subprocess.run(
        [esbuild, SOURCES / "phone.js", "--bundle", "--log-level=error"],
        capture_output=True, text=True, check=True, timeout=60, env=_environment(),
    )  # fmt: skip
    return done.stdout.replace("</script", "<\\/script")
