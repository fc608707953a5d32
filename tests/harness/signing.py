"""Keys of people who sign commits: real ones of ssh-keygen and gpg."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


def run(*command: object, **environment: str) -> str:
    done = subprocess.run(
        [str(word) for word in command], env=os.environ | environment,
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@dataclass(frozen=True)
class SshKey:
    """A key pair of ssh-keygen."""

    path: Path

    @classmethod
    def make(cls, path: Path) -> "SshKey":
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", path.name, "-f", path)
        return cls(path)

    @property
    def public(self) -> str:
        return self.path.with_name(f"{self.path.name}.pub").read_text().strip()

    def line(self, options: str = "") -> str:
        """One line of a file of allowed signers."""
        return f"{self.path.name}@example.test {options} {self.public}\n"

    def settings(self) -> tuple[str, ...]:
        """What makes `git` sign with it."""
        return ("-c", "gpg.format=ssh", "-c", f"user.signingkey={self.path}")


@dataclass(frozen=True)
class GpgHome:
    """A key ring of gpg with secret keys, in a folder of its own."""

    path: Path

    def gpg(self, *arguments: object) -> str:
        return run("gpg", "--batch", "--quiet", *arguments, GNUPGHOME=str(self.path))

    def make(self, name: str, *, days: str = "never", when: str | None = None) -> str:
        """A new signing key; its fingerprint."""
        at = ("--faked-system-time", when) if when else ()
        person = f"{name} <{name}@example.test>"
        self.gpg(*at, "--passphrase", "", "--quick-generate-key", person, "ed25519", "sign", days)
        listing = self.gpg("--with-colons", "--list-keys", f"{name}@example.test")
        return next(line.split(":")[9] for line in listing.splitlines() if line.startswith("fpr"))

    def revoke(self, fingerprint: str) -> None:
        certificate = self.path / "openpgp-revocs.d" / f"{fingerprint}.rev"
        # gpg writes it so that it cannot be imported by mistake.
        ready = certificate.read_text().replace(":-----BEGIN", "-----BEGIN")
        certificate.with_suffix(".asc").write_text(ready)
        self.gpg("--import", certificate.with_suffix(".asc"))

    def settings(self, fingerprint: str, when: str | None = None) -> tuple[str, ...]:
        """What makes `git` sign with a key of it, at a time of gpg's own."""
        script = self.path / f"gpg-{when or 'now'}"
        at = f"--faked-system-time {when}" if when else ""
        script.write_text(f'#!/bin/sh\nGNUPGHOME={self.path} exec gpg --batch {at} "$@"\n')
        script.chmod(0o755)
        return (
            "-c", "gpg.format=openpgp", "-c", f"user.signingkey={fingerprint}",
            "-c", f"gpg.program={script}",
        )  # fmt: skip


@contextmanager
def gpg_home() -> Iterator[GpgHome]:
    """In a short path: sockets of gpg's agent lie there."""
    folder = Path(tempfile.mkdtemp(prefix="gpg-"))
    try:
        yield GpgHome(folder)
    finally:
        run("gpgconf", "--kill", "all", GNUPGHOME=str(folder))
        shutil.rmtree(folder, ignore_errors=True)
