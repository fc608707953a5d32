"""Why a directory gave no answer. The text of each names the server and says what to do.

SourceUnavailable (sync.importing)
└── DirectoryError
    ├── Unreachable      no server answered, each with its reason
    ├── BindRefused      a server does not take us for who we say we are
    └── SearchRefused    a server will not say what was asked, or not all of it

ServerFailed is of one server only: the next one is asked. No text ever holds a password.
"""

# ruff: noqa: N818 - each name says what is wrong; "Error" behind it would add nothing

from collections.abc import Sequence

from sync.importing.records import SourceUnavailable


class DirectoryError(SourceUnavailable):
    """The parent of all. `directory` is its id in the tree."""

    def __init__(self, directory: str, reason: str) -> None:
        self.directory = directory
        self.reason = reason
        super().__init__(f"directory {directory}: {reason}")


class Unreachable(DirectoryError):
    """None of the servers answered; `reasons` has one sentence for each."""

    def __init__(self, directory: str, reasons: Sequence[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__(directory, "; ".join(reasons))


class BindRefused(DirectoryError):
    """The server at `url` refused our account."""

    def __init__(self, directory: str, url: str, reason: str) -> None:
        self.url = url
        super().__init__(directory, f"{url} {reason}")


class SearchRefused(DirectoryError):
    """The server at `url` refused a search."""

    def __init__(self, directory: str, url: str, reason: str) -> None:
        self.url = url
        super().__init__(directory, f"{url} {reason}")


class ServerFailed(Exception):
    """One server did not answer, or broke off: what a person reads about it."""

    def __init__(self, url: str, reason: str) -> None:
        self.url = url
        self.reason = reason
        super().__init__(f"{url} {reason}")
