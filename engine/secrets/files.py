"""Files that hold a secret: written complete or not at all, read with care.

May know: the file system. May not: what the secrets are for.
"""

import os
import stat
from pathlib import Path
from typing import Final, NamedTuple

from engine.secrets.errors import SecretsError

LONGEST: Final = 64 * 1024
"""Bytes of a file with a secret."""


class Private(NamedTuple):
    """What a file holds, and its permissions."""

    data: bytes
    mode: int


def make_private(path: Path, data: bytes, what: str) -> bool:
    """Make a file (mode 0600, complete or not at all). False when there is one already.

    Written beside, synced, then linked: a crash leaves no half file, a race keeps the first.
    Raises SecretsError.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as handle:
            handle.write(data)
            handle.flush()
            os.fsync(handle.fileno())
        os.link(temporary, path)
    except FileExistsError:
        return False
    except OSError as error:
        raise SecretsError(f"cannot make {what} {path}: {error.strerror}") from error
    finally:
        temporary.unlink(missing_ok=True)
    return True


def read_bounded(path: Path) -> Private:
    """Read a file that is a file, and not endless. Raises OSError, SecretsError."""
    # A pipe would block until somebody writes, a device might never end.
    with open(path, "rb", opener=_at_once) as handle:
        status = os.fstat(handle.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise SecretsError(f"{path} is not a file")
        data = handle.read(LONGEST + 1)
    if len(data) > LONGEST:
        raise SecretsError(f"{path} is longer than {LONGEST // 1024} KiB: it holds no secret")
    return Private(data, stat.S_IMODE(status.st_mode))


def _at_once(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)
