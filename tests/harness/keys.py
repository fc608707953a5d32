"""Private and public keys, made by the real programs age-keygen and ssh-keygen."""

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class KeyPair:
    """A private key in a file, and its public key as it stands in a tree."""

    path: Path
    public: str


def run(*command: str | Path, stdin: bytes = b"") -> bytes:
    """What a program prints; it has to succeed."""
    return subprocess.run(command, input=stdin, capture_output=True, check=True).stdout


def age_key(path: Path) -> KeyPair:
    """A new key of age."""
    run("age-keygen", "-o", path)
    return KeyPair(path, run("age-keygen", "-y", path).decode().strip())


def ssh_key(path: Path, kind: str = "ed25519", *options: str, phrase: str = "") -> KeyPair:
    """A new key of SSH; behind the public one stands a comment."""
    run("ssh-keygen", "-q", "-t", kind, "-N", phrase, "-C", "carol@desk", "-f", path, *options)
    return KeyPair(path, path.with_name(f"{path.name}.pub").read_text().strip())
