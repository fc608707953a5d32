"""A machine to set accounts up on: this one, with an /etc, /srv, /var/lib and /run of its own.

A mount namespace (unshare(1)), so nothing outside sees what is made. Needs root.
"""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
NEEDED = [Path(sys.base_prefix), Path(sys.prefix), ROOT]
"""What every account has to reach: Python, its libraries, this tree."""


@dataclass(frozen=True)
class Machine:
    """The namespace of a process that holds it."""

    holder: int

    def command(self, *words: object, user: str | None = None) -> list[str]:
        """`words`, to be run in it."""
        as_user = ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"] if user else []
        return ["nsenter", "-t", str(self.holder), "-m", *as_user, *map(str, words)]

    def run(
        self,
        *words: object,
        user: str | None = None,
        check: bool = True,
        text: str = "",
        **env: str,
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            self.command(*words, user=user), input=text, capture_output=True, text=True,
            timeout=60, env=environment(**env), cwd="/", check=False,
        )  # fmt: skip
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done


def environment(**env: str) -> dict[str, str]:
    """That of a fresh account, with this tree."""
    path = f"/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin:{Path(sys.prefix) / 'bin'}"
    return {"PATH": path, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", **env}


def closed_ancestors() -> dict[Path, list[Path]]:
    """Folders that only their owner may enter, and what is needed below them."""
    found: dict[Path, list[Path]] = {}
    for path in NEEDED:
        closed = [one for one in reversed(path.parents) if not one.stat().st_mode & 0o001]
        if closed:
            found.setdefault(closed[0], []).append(path)
    return found


def mounts(folder: Path) -> str:
    """The script that makes the machine."""
    lines = ["set -e", f"cp -a /etc {folder}/etc", f"mount --bind {folder}/etc /etc"]
    for number, (closed, paths) in enumerate(closed_ancestors().items()):
        view = folder / f"view{number}"
        lines.append(f"mkdir -m 755 {view}")
        for path in paths:
            below = view / path.relative_to(closed)
            lines += [f"mkdir -p {below}", f"mount --bind {path} {below}"]
        lines.append(f"mount --rbind {view} {closed}")
    lines += [f"mount -t tmpfs -o mode=755 tmpfs {path}" for path in ("/srv", "/var/lib", "/run")]
    return "\n".join([*lines, "mkdir /run/sshd", "echo ready", "exec sleep 900"])


def possible() -> bool:
    """Whether this process may make one."""
    return (
        os.geteuid() == 0
        and shutil.which("nsenter") is not None
        and subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode
        == 0
    )


@contextmanager
def small_machine(folder: Path) -> Iterator[Machine]:
    """Lives until the context ends."""
    command = ["unshare", "-m", "sh", "-c", mounts(folder)]
    holder = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "ready\n"
        yield Machine(holder.pid)
    finally:
        holder.kill()
        holder.wait(10)


@contextmanager
def sshd(machine: Machine, folder: Path, port: int) -> Iterator[None]:
    """OpenSSH's server on the loopback address, with a configuration and a host key of its own."""
    key = folder / "host"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    config = folder / "sshd_config"
    config.write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {key}\nPidFile none\nUsePAM no\n"
        "PasswordAuthentication no\nKbdInteractiveAuthentication no\n"
        f"SetEnv PYTHONPATH={shlex.quote(str(ROOT))} PYTHONDONTWRITEBYTECODE=1\n"
    )
    with (folder / "sshd.log").open("wb") as log:
        server = subprocess.Popen(
            machine.command(shutil.which("sshd") or "/usr/sbin/sshd", "-D", "-e", "-f", config),
            stdout=log, stderr=log,
        )  # fmt: skip
    try:
        yield
    finally:
        server.terminate()
        server.wait(10)
