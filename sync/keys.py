"""Who may push by SSH: public keys in the account's authorized_keys, for Git and nothing else.

Keys are added and never taken away. May know: files of OpenSSH. May not: accounts, repositories.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sync.errors import InitRefused

KEY = re.compile(r"((?:sk-)?(?:ssh|ecdsa)-[a-z0-9@.-]+) ([A-Za-z0-9+/]+={0,3})(?: (.*))?")
"""Type, key and comment (sshd(8), "AUTHORIZED_KEYS FILE FORMAT"), without options: ours are put
before it."""

RESTRICT = "restrict"
"""No terminal, no forwarding, nothing (sshd(8))."""


@dataclass(frozen=True)
class PublicKey:
    """One key that may push."""

    kind: str
    key: str
    comment: str
    fingerprint: str

    def line(self, options: str) -> str:
        """How it stands in authorized_keys."""
        return f"{options} {self.kind} {self.key} {self.comment}".rstrip()


def read_keys(name: Path, text: str) -> list[PublicKey]:
    """The keys of a file as ssh-keygen writes it. Raises InitRefused."""
    if "PRIVATE KEY" in text:
        raise InitRefused(name, "is a private key: name the file that ends in .pub")
    lines = [line.strip() for line in text.splitlines()]
    found = [_key(name, line) for line in lines if line and not line.startswith("#")]
    if not found:
        raise InitRefused(name, "has no public key in it")
    return found


def _key(name: Path, line: str) -> PublicKey:
    parts = KEY.fullmatch(line)
    if parts is None:
        raise InitRefused(name, f"has a line that is no public key: {line[:40]!r}")
    kind, key, comment = parts.groups()
    command = ("ssh-keygen", "-l", "-f", "-")
    listed = subprocess.run(  # noqa: S603 - fixed program
        command, input=f"{kind} {key}\n", capture_output=True, text=True, check=False
    )
    if listed.returncode != 0:
        raise InitRefused(name, f"has a key that ssh-keygen cannot read: {line[:40]!r}")
    return PublicKey(kind, key, comment or "", listed.stdout.split()[1])


def options_for(shell: str) -> str:
    """What a key may do. Where the account's shell is git-shell, that refuses all but Git; else
    the key itself says that it starts git-shell only."""
    if Path(shell).name == "git-shell":
        return RESTRICT
    return f'{RESTRICT},command="{git_shell()} -c \\"$SSH_ORIGINAL_COMMAND\\""'


def git_shell() -> str:
    """The restricted login shell of Git (git-shell(1)). Raises InitRefused."""
    found = shutil.which("git-shell")
    if found is None:
        raise InitRefused(Path("git-shell"), "is not installed; it comes with git")
    return found


def authorize(home: Path, keys: Iterable[PublicKey], options: str) -> list[PublicKey]:
    """Add the keys that are not there yet; those that were added."""
    folder = home / ".ssh"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / "authorized_keys"
    text = path.read_text(errors="replace") if path.exists() else ""
    new = [key for key in keys if key.key not in text.split()]
    lines = "".join(f"{key.line(options)}\n" for key in new)
    gap = "\n" if text and not text.endswith("\n") else ""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(gap + lines if lines else "")
    return new
