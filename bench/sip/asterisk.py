"""Asterisk, which Debian 12 does not have: out of a folder that debootstrap filled."""

import os
import shutil
import socket
from pathlib import Path
from string import Template

from bench import NotMeasuredError
from bench.sip.contenders import CALLEE, SCENARIOS, Passwords, Setup

ROOT = Path(os.environ.get("ASTERISK_ROOT", "var/asterisk")).resolve()
"""A Debian 11 with its package asterisk."""

FILES = ("asterisk.conf", "extensions.conf", "modules.conf", "pjsip.conf", "logger.conf")


def require_asterisk() -> None:
    """Raises NotMeasuredError, with how to get it."""
    if not (ROOT / "usr/sbin/asterisk").exists():
        raise NotMeasuredError(
            f"needs Asterisk in {ROOT} (or $ASTERISK_ROOT): as root, debootstrap --variant=minbase "
            f"--include=asterisk bullseye {ROOT} http://deb.debian.org/debian"
        )


class Asterisk:
    """chan_pjsip, nothing loaded that a call does not need, no log. Media is not sent by anyone."""

    name = "asterisk"

    def command(self, setup: Setup) -> list[str]:
        """Its files lie below the root that it sees."""
        folder = ROOT / "tmp" / setup.folder.name
        folder.mkdir(parents=True)
        # Asterisk looks up the machine's own name for each call, and waits where there is no DNS.
        (ROOT / "etc/hosts").write_text(f"127.0.0.1 localhost {socket.gethostname()}\n")
        inside = f"/tmp/{setup.folder.name}"
        values = {"PORT": setup.ports.server, "FOLDER": inside, "CALLEE": CALLEE}
        for name in FILES:
            text = Template((SCENARIOS / "asterisk" / name).read_text()).substitute(values)
            (folder / name).write_text(text)
        program = ["/usr/sbin/asterisk", "-f", "-C", f"{inside}/asterisk.conf"]
        return ["chroot", str(ROOT), *program]

    def passwords(self, setup: Setup) -> Passwords:
        """Nobody is asked for one."""
        return lambda user: "not asked for"


def remove_leftovers() -> None:
    """Delete what earlier runs left below the root."""
    for folder in (ROOT / "tmp").glob("bench-*"):
        shutil.rmtree(folder)
