"""Every error whose text is meant for a user, so that the command line can tell them from bugs."""

import os
import traceback

from engine.checking import InvalidTree
from engine.control import ControlError
from engine.secrets import SecretsError
from engine.services import ApplyError
from engine.state import StateError
from engine.store import StoreError
from engine.workbench import UsageError
from schema.explanation import UnknownEntry
from schema.tree import SourceError
from sync.errors import RepositoryError
from sync.importing import SourceUnavailable

USER_ERRORS: tuple[type[Exception], ...] = (
    ApplyError,
    ControlError,
    RepositoryError,
    SecretsError,
    SourceError,
    SourceUnavailable,
    StateError,
    StoreError,
    UnknownEntry,
    UsageError,
)


def explain_to_user(error: Exception) -> str:
    """The text of an error: its own, or for a defect of ours what it was, without a traceback."""
    if isinstance(error, USER_ERRORS):
        return str(error)
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror or error}"
    if os.environ.get("PBX_DEBUG"):
        traceback.print_exception(error)
    return (
        f"internal error, please report it: {type(error).__name__}: {error} "
        "(PBX_DEBUG=1 shows where)"
    )


__all__ = ["USER_ERRORS", "InvalidTree", "explain_to_user"]
