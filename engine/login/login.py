"""One question: is this the password of that user? One answer, which says who answered.

Whoever asks is told "no" in the same words and in the same time for everybody: an unknown user, a
wrong password and a disabled user cost the same questions, and no refusal comes before its time.
The reason in the answer is for the log and for `pbx login check`, never for a page.
"""

import hmac
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from engine.directories import account_password
from engine.login.attempts import Attempts
from engine.secrets import SecretReader, Secrets, SecretsError
from schema.models import Directory, System, User
from sync.ldap import DirectoryError
from sync.ldap.login import takes_password

LONGEST_NAME: Final = 128
LONGEST_PASSWORD: Final = 1024
"""Characters that are looked at. Longer ones are refused."""
REFUSAL_SECONDS: Final = 0.3
"""No refusal comes sooner: it hides what was looked up for it."""

TakesPassword = Callable[[str, Directory, str | None, str, str], bool]


@dataclass(frozen=True, slots=True)
class Result:
    """`user` is the id in the tree, "" when refused; `backend` is who answered: "ldap/corp",
    "local", or "" when nobody was asked."""

    user: str
    backend: str
    reason: str

    @property
    def accepted(self) -> bool:
        """Whether it is that user."""
        return bool(self.user)


class Login:
    """Asks for one tree. Made anew for each tree, with the same attempts."""

    def __init__(
        self,
        system: System,
        secrets: Secrets,
        reader: SecretReader,
        attempts: Attempts,
        *,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] = time.sleep,
        takes: TakesPassword = takes_password,
    ) -> None:
        self._system, self._secrets, self._reader = system, secrets, reader
        self._attempts, self._clock, self._wait, self._takes = attempts, clock, wait, takes
        self._users = _by_name(system.users)

    def check(self, name: str, password: str, source: str = "") -> Result:
        """Whether `password` is that of the user who calls themselves `name` (id or alias).

        `source` is the address that the question came from. Blocks: it may ask a directory.
        """
        begin, limits = self._clock(), self._system.system.login
        name = name[:LONGEST_NAME].casefold()
        id_ = self._users.get(name, "")
        key = id_ or name
        result = Result("", "", "too many wrong passwords: locked for a while")
        if not self._attempts.locked(key, source, limits.wrong_passwords, limits.lock, begin):
            with self._attempts.trying(key, limits.wrong_passwords, limits.lock, begin) as free:
                result = self._noted(id_, password, key, source) if free else result
        if result.accepted:
            return result
        return self._refused(begin, result.backend, result.reason)

    def _noted(self, id_: str, password: str, key: str, source: str) -> Result:
        """The answer, which counts for whoever asks next."""
        result, counts = self._asked(id_, password)
        if result.accepted:
            self._attempts.succeeded(key)
        elif counts:
            self._attempts.failed(key, source, self._system.system.login.lock, self._clock())
        return result

    def _refused(self, begin: float, backend: str, reason: str) -> Result:
        self._wait(max(0.0, begin + REFUSAL_SECONDS - self._clock()))
        return Result("", backend, reason)

    def _asked(self, id_: str, password: str) -> tuple[Result, bool]:
        """The answer, and whether a refusal counts as a wrong password."""
        # RFC 4513 section 5.1.2: servers accept a bind with a name and no password.
        if not 0 < len(password) <= LONGEST_PASSWORD:
            return Result("", "", "an empty password, or one that is too long"), True
        user = self._system.users.get(id_)
        directory_id = self._directory_of(user)
        local = self._is_local(id_, user, password)
        backend, accepted = "local", local
        if directory_id:
            backend = f"ldap/{directory_id}"
            try:
                accepted = self._is_of_directory(directory_id, id_, user, password)
            except (DirectoryError, SecretsError) as error:
                if not self._system.system.login.local_while_unreachable:
                    return Result("", backend, str(error)), False
                backend, accepted = "local", local
        return _judged(id_, user, backend, accepted), True

    def _directory_of(self, user: User | None) -> str:
        """Whose password counts: "" for the local one. Nobody is asked of where somebody would."""
        directories = self._system.directories
        able = [id_ for id_, directory in directories.items() if directory.login]
        if user is None:
            return able[0] if able else ""
        kind, _, id_ = (user.managed_by or "").partition("/")
        return id_ if kind == "ldap" and id_ in able else ""

    def _is_local(self, id_: str, user: User | None, password: str) -> bool:
        """Compared in a time that says nothing, for people of directories and nobody too."""
        epoch = user.credential_epoch if user is not None else 1
        wanted = self._secrets.login_password(id_ or "nobody", epoch)
        same = hmac.compare_digest(password.encode("utf-8", "replace"), wanted.encode())
        return same and user is not None

    def _is_of_directory(
        self, directory_id: str, id_: str, user: User | None, password: str
    ) -> bool:
        directory = self._system.directories[directory_id]
        account = account_password(self._system, directory_id, self._reader)
        source_id = (user.managed_id or id_) if user is not None else ""
        return self._takes(directory_id, directory, account, source_id, password)


def _judged(id_: str, user: User | None, backend: str, accepted: bool) -> Result:
    if user is None:
        return Result("", backend, "there is no such user")
    if not accepted:
        return Result("", backend, "the password is wrong")
    if not user.enabled:
        return Result("", backend, "the user is disabled")
    return Result(id_, backend, "the password is right")


def _by_name(users: Mapping[str, User]) -> Mapping[str, str]:
    """Ids by what people call themselves, in any case: an id before any alias."""
    names = {alias.casefold(): id_ for id_, user in users.items() for alias in user.aliases}
    return {**names, **{id_.casefold(): id_ for id_ in users}}
