"""Connections to the servers of a directory, protected and bound.

May know: sockets, TLS, ldap3. May not: what people are, or the tree beyond one directory. The
certificate of a server and the name in it are verified by the ssl module; there is no way around.
"""

import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

import ldap3

from schema.checks.directories import server_address
from schema.models import Directory
from schema.models.directory import DirectoryBind, DirectoryTls
from sync.ldap import reasons
from sync.ldap.errors import BindRefused, DirectoryError, ServerFailed, Unreachable

_SEARCH_RESULT_ENTRY: Final = 4
"""RFC 4511 section 4.5.2."""
LARGEST_ANSWER: Final = 64 * 1024 * 1024
"""Bytes of one answer: a page of a thousand people has one or two million."""
SILENCES: Final = 6
"""Timeouts that one whole answer may take."""

Answer = TypeVar("Answer")


@contextmanager
def connected(directory_id: str, directory: Directory, url: str) -> Iterator[ldap3.Connection]:
    """A connection to one server, with TLS, not bound. ServerFailed, DirectoryError."""
    tls = _Tls(directory_id, directory.tls, directory.timeout)
    connection = _connection(directory, url, tls)
    try:
        with _failures(url, tls):
            connection.open(read_server_info=False)
            connection.socket.settimeout(directory.timeout)
            if url.startswith("ldap://") and directory.tls.starttls:
                connection.start_tls(read_server_info=False)
            connection.socket = _Bounded(connection.socket, directory.timeout)
        yield connection
    finally:
        _close(connection)


def _close(connection: ldap3.Connection) -> None:
    left = connection.socket
    connection.strategy.close()
    if left is not None:  # ldap3 leaves one open that never got its TLS
        left.close()


def bind_account(
    connection: ldap3.Connection, directory_id: str, directory: Directory, password: str | None
) -> None:
    """Bind as the tree says. BindRefused, ServerFailed."""
    bind = directory.bind
    if bind is not None and bind.sasl is not None:
        _use_sasl(connection, bind, password)
    elif bind is not None:
        _use_password(connection, bind.dn, password)
    url = url_of(connection)
    if not bound(connection):
        raise BindRefused(directory_id, url, reasons.of_result(connection.result or {}))


def bind_person(connection: ldap3.Connection, name: str, password: str) -> bool:
    """Whether the server takes this password for that DN. ServerFailed when it says neither.

    An empty password would make an "unauthenticated" bind, which succeeds (RFC 4513 5.1.2).
    """
    if not name or not password:
        return False
    _use_password(connection, name, password)
    return bound(connection)


def _use_password(connection: ldap3.Connection, name: str | None, password: str | None) -> None:
    """For a simple bind. Of a text, ldap3 would make another one (RFC 4013), or refuse it."""
    connection.authentication, connection.user = ldap3.SIMPLE, name
    connection.password = password.encode("utf-8", "replace") if password else password


def bound(connection: ldap3.Connection) -> bool:
    """Bind; whether it was accepted. ServerFailed when the server is busy, or breaks off."""
    url = url_of(connection)
    with asking(connection):
        accepted = connection.bind(read_server_info=False)
    result = connection.result or {}
    if not accepted and result.get("result") in reasons.BUSY:
        raise ServerFailed(url, "is busy")
    return bool(accepted)


def first_that_answers(
    directory_id: str, directory: Directory, ask: Callable[[str], Answer]
) -> Answer:
    """What `ask` gets from the first server that answers. Unreachable, or what `ask` raises."""
    failures = []
    for url in directory.servers:
        try:
            return ask(url)
        except ServerFailed as failure:
            failures.append(str(failure))
    raise Unreachable(directory_id, failures)


@contextmanager
def asking(connection: ldap3.Connection) -> Iterator[None]:
    """Begin a new answer, which may take so long and so much; failures become ServerFailed."""
    if isinstance(connection.socket, _Bounded):
        connection.socket.begin()
    with _failures(url_of(connection), None):
        yield


def url_of(connection: ldap3.Connection) -> str:
    """The server's URL, for people."""
    server = connection.server
    host = f"[{server.host}]" if ":" in server.host else server.host
    return f"{'ldaps' if server.ssl else 'ldap'}://{host}:{server.port}"


def _connection(directory: Directory, url: str, tls: "_Tls") -> ldap3.Connection:
    host, port = server_address(url)
    server = ldap3.Server(
        host, port=port, use_ssl=url.startswith("ldaps://"), tls=tls, get_info=ldap3.NONE,
        connect_timeout=directory.timeout,
    )  # fmt: skip
    # Referrals are said, never followed: they would take the password to whomever they name.
    connection = ldap3.Connection(
        server, client_strategy=ldap3.SYNC, auto_referrals=False, check_names=False,
        return_empty_attributes=False,
    )  # fmt: skip
    _leave_values_alone(connection.strategy)
    return connection


def _leave_values_alone(strategy: Any) -> None:
    """Let ldap3 hand entries over as they come.

    It would guess the encoding of every value of every person: half of the time of an import.
    """
    usual = strategy.decode_response_fast

    def decode(message: dict[str, Any]) -> dict[str, Any]:
        if message["protocolOp"] != _SEARCH_RESULT_ENTRY:
            return dict(usual(message))
        name, attributes = (part[3] for part in message["payload"])
        raw = {
            kind[3].decode(): [value[3] for value in values[3]]
            for _, _, _, (kind, values) in attributes
        }
        if any(";range=" in kind for kind in raw):  # ldap3 asks for the rest ([MS-ADTS] 3.1.1.3.1)
            return dict(usual(message))
        return {
            "type": "searchResEntry",
            "dn": name.decode("utf-8", "replace"),
            "raw_attributes": raw,
        }

    strategy.decode_response_fast = decode


def _use_sasl(connection: ldap3.Connection, bind: DirectoryBind, password: str | None) -> None:
    connection.authentication = ldap3.SASL
    if bind.sasl == "external":
        connection.sasl_mechanism, connection.sasl_credentials = ldap3.EXTERNAL, ""
    elif bind.sasl == "digest-md5":
        connection.sasl_mechanism = ldap3.DIGEST_MD5
        connection.sasl_credentials = (None, bind.user, password, None)
    else:
        connection.sasl_mechanism, connection.sasl_credentials = ldap3.KERBEROS, ()


@contextmanager
def _failures(url: str, tls: "_Tls | None") -> Iterator[None]:
    try:
        yield
    except (ServerFailed, DirectoryError):
        raise
    except ImportError as error:
        raise ServerFailed(url, f"cannot be asked: install {error.name or 'gssapi'}") from None
    except Exception as error:
        # Whatever it is: on bytes that are no LDAP, ldap3 raises what Python raises.
        cause = tls.failure if tls is not None and tls.failure is not None else error
        raise ServerFailed(url, reasons.of_error(cause)) from None


class _Tls(ldap3.Tls):
    """TLS as Python's ssl does it for a client, with its own check of the name."""

    def __init__(self, directory_id: str, wanted: DirectoryTls, timeout: float) -> None:
        super().__init__(validate=ssl.CERT_REQUIRED)
        self.failure: Exception | None = None
        self._timeout = timeout
        self._context = _context(directory_id, wanted)

    def wrap_socket(self, connection: Any, do_handshake: bool = False) -> None:
        """Called by ldap3 once the socket is open, or StartTLS was agreed."""
        plain = connection.socket
        plain.settimeout(self._timeout)
        try:
            wrapped = self._context.wrap_socket(plain, server_hostname=connection.server.host)
        except (OSError, ValueError) as failure:
            self.failure = failure
            raise
        connection.socket = wrapped


def _context(directory_id: str, wanted: DirectoryTls) -> ssl.SSLContext:
    """DirectoryError when a file cannot be used: no server is to blame for it."""
    file = wanted.ca_file
    try:
        context = ssl.create_default_context(cafile=file)
        if wanted.certificate is not None:
            file = wanted.certificate.chain
            context.load_cert_chain(file, wanted.certificate.key, password=_no_passphrase)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "no PEM"
        raise DirectoryError(directory_id, f"{file} cannot be used: {reason}") from None
    return context


def _no_passphrase() -> str:
    """Instead of a question on the terminal."""
    raise ValueError("the key has a passphrase")


class _Bounded:
    """A socket of which one answer may not be endless, neither in bytes nor in time."""

    def __init__(self, inner: Any, seconds: float) -> None:
        self._inner = inner
        self._seconds = seconds
        self.begin()

    def begin(self) -> None:
        """From here on counts what comes."""
        self._left = LARGEST_ANSWER
        self._until = time.monotonic() + SILENCES * self._seconds

    def recv(self, size: int) -> bytes:
        """Raises OSError when it was too much, TimeoutError when it was too long."""
        if time.monotonic() > self._until:
            raise TimeoutError("timed out")
        data: bytes = self._inner.recv(size)
        self._left -= len(data)
        if self._left < 0:
            raise OSError("the answer is too large: lower page_size")
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)
