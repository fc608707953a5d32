"""Accounts of the machine that serve Git and run nodes: made when they are missing, never changed.

May know: useradd(8). May not: what they are for.
"""

import grp
import pwd
import subprocess
from pathlib import Path

from sync.errors import InitRefused

NOLOGIN = "/usr/sbin/nologin"


def account(name: str) -> pwd.struct_passwd | None:
    """The account of that name."""
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def ensure_account(name: str, shell: str, home: Path) -> pwd.struct_passwd:
    """The account of that name, made as a system account without a password if it is missing.

    Raises InitRefused.
    """
    found = account(name)
    if found is not None:
        return found
    # "*" and not "!": sshd takes the latter for a locked account, which no key opens either.
    _run(
        name, "useradd", "--system", "--user-group", "--create-home", "--home-dir", str(home),
        "--shell", shell, "--password", "*", name,
    )  # fmt: skip
    return pwd.getpwnam(name)


def join(name: str, group: str) -> None:
    """Make an account a member of a group, too. Raises InitRefused."""
    entry, of = grp.getgrnam(group), pwd.getpwnam(name)
    if name not in entry.gr_mem and of.pw_gid != entry.gr_gid:
        _run(name, "usermod", "--append", "--groups", group, name)


def _run(account: str, *command: str) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    except FileNotFoundError:
        raise InitRefused(Path(command[0]), "is not installed (Debian: passwd)") from None
    except subprocess.CalledProcessError as error:
        reason = error.stderr.strip() or f"exit {error.returncode}"
        raise InitRefused(Path(account), f"cannot be set up as an account: {reason}") from None
