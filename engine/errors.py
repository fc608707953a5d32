"""Every error whose text is meant for a user, so that the command line can tell them from bugs."""

from engine.control import ControlError
from engine.secrets import SecretsError
from engine.services import ApplyError
from engine.state import StateError
from engine.store import StoreError
from engine.workbench import UsageError
from schema.explanation import UnknownEntry
from schema.tree import SourceError
from sync.errors import RepositoryError

USER_ERRORS: tuple[type[Exception], ...] = (
    ApplyError,
    ControlError,
    RepositoryError,
    SecretsError,
    SourceError,
    StateError,
    StoreError,
    UnknownEntry,
    UsageError,
)
