"""FTP for old phones: a box that logs can be dropped into, and files without secrets to read.

pyftpdlib speaks the protocol in a thread of its own. It sees no disk: names lead to the same tree
as everywhere, through the event loop, and what is sent goes to the store. The factory's login of
Poly phones is known to everybody, so a login proves nothing, and nothing hangs on it.
"""

import asyncio
import errno
import io
import logging
import os
import threading
from collections.abc import Coroutine
from typing import Any, Final, NamedTuple, TypeVar

from pyftpdlib.authorizers import AuthenticationFailed
from pyftpdlib.exceptions import FilesystemError
from pyftpdlib.filesystems import AbstractedFS
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.ioloop import IOLoop
from pyftpdlib.servers import FTPServer

from engine.provision.access import Access, Missing
from engine.provision.asking import bare_name
from engine.provision.errors import ListenError
from engine.provision.events import ProfileServed
from engine.provision.ladder import Shown
from engine.provision.uploads import Permit, permitted
from engine.provision.web import Web

LOGINS: Final = {"PlcmSpIp": "PlcmSpIp", "anonymous": None, "ftp": None}
"""Names and passwords; None: any."""
COMMANDS: Final = frozenset((
    "USER", "PASS", "QUIT", "REIN", "SYST", "FEAT", "TYPE", "MODE", "STRU", "NOOP", "ABOR", "ALLO",
    "OPTS", "HELP", "PORT", "EPRT", "PASV", "EPSV", "CWD", "CDUP", "PWD", "XPWD", "XCWD", "XCUP",
    "LIST", "NLST", "SIZE", "MDTM", "RETR", "STOR",
))  # fmt: skip
"""Not STOU, APPE, REST and what changes a disk."""
MAY: Final = "elrw"
"""Change directory, list (nothing), retrieve, store; pyftpdlib's letters."""
MOST_CONNECTIONS: Final = 64
MOST_OF_A_SOURCE: Final = 4
SILENCE: Final = 60
PATIENCE: Final = 2.0
"""Seconds that the thread waits for the event loop."""
_TURN: Final = 0.2
_Answer = TypeVar("_Answer")


class Content(NamedTuple):
    """A file to read."""

    content: bytes
    modified: float


class Box:
    """What the FTP thread asks of the event loop."""

    def __init__(self, access: Access, desk: Web, loop: asyncio.AbstractEventLoop) -> None:
        self._access = access
        self._desk = desk
        self._loop = loop

    def local(self, peer: str) -> bool:
        """Whether it is in one's own networks."""
        return self._access.local(peer)

    def read(self, path: str, peer: str, *, tell: bool) -> Content | None:
        """A file that anybody may read. `tell` the log, as it is fetched."""
        return self._in_loop(self._read(path, peer, tell))

    def permit(self, path: str, peer: str) -> Permit | None:
        """Whether a file may be sent."""
        return self._in_loop(self._permit(path, peer))

    def keep(self, permit: Permit, content: bytes, peer: str) -> bool:
        """Take a file that was sent; whether there was room."""
        return self._in_loop(self._keep(permit, content, peer))

    async def _read(self, path: str, peer: str, tell: bool) -> Content | None:
        asked = bare_name(path)
        shown = Shown("ftp", peer, self.local(peer), "FTP")
        found = None if asked is None or asked.token else self._access.find(asked, shown)
        if found is None or isinstance(found, Missing):
            return None
        body = self._access.body(found, shown)
        if body is None:
            return None
        if tell:
            size = len(body.content)
            self._access.tell(ProfileServed("", found.name, 200, size, peer, "FTP", found.rung))
        return Content(body.content, found.modified.timestamp())

    async def _permit(self, path: str, peer: str) -> Permit | None:
        asked = bare_name(path)
        if asked is None or asked.token:
            return None
        shown = Shown("ftp", peer, self.local(peer), "FTP")
        return permitted(asked, shown, self._access.listing, self._access.families)

    async def _keep(self, permit: Permit, content: bytes, peer: str) -> bool:
        return self._desk.keep(permit, content, peer)

    def _in_loop(self, wanted: Coroutine[Any, Any, _Answer]) -> _Answer:
        try:
            return asyncio.run_coroutine_threadsafe(wanted, self._loop).result(PATIENCE)
        except TimeoutError as error:
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY)) from error


class _Dropped(io.BytesIO):
    """A file that is being sent."""

    def __init__(self, permit: Permit, name: str) -> None:
        super().__init__()
        self.permit = permit
        self.name = name
        self.whole = b""

    def write(self, data: Any) -> int:
        if self.tell() + len(data) > self.permit.most:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
        return super().write(data)

    def close(self) -> None:
        if not self.closed:
            self.whole = self.getvalue()
        super().close()


class _Named(io.BytesIO):
    """A file that is being read."""

    def __init__(self, content: bytes, name: str) -> None:
        super().__init__(content)
        self.name = name


class _Tree(AbstractedFS):  # type: ignore[misc]  # pyftpdlib has no types
    """Names without a disk behind them."""

    def _read(self, path: str, *, tell: bool = False) -> Content:
        channel = self.cmd_channel
        found: Content | None = channel.box.read(path, channel.remote_ip, tell=tell)
        if found is None:
            raise FilesystemError("not found")
        return found

    def open(self, filename: str, mode: str) -> io.BytesIO:
        """A file to read, or to drop."""
        if mode == "rb":
            return _Named(self._read(filename, tell=True).content, filename)
        channel = self.cmd_channel
        permit = channel.box.permit(filename, channel.remote_ip) if mode == "wb" else None
        if permit is None:
            raise FilesystemError("not possible here")
        channel.dropped = _Dropped(permit, filename)
        return channel.dropped  # type: ignore[no-any-return]

    def validpath(self, path: str) -> bool:
        """Every name is one that may be asked for."""
        return True

    def realpath(self, path: str) -> str:
        """There are no links."""
        return path

    def isfile(self, path: str) -> bool:
        """Whether it can be read."""
        try:
            self._read(path)
        except (OSError, FilesystemError):
            return False
        return True

    lexists = isfile

    def isdir(self, path: str) -> bool:
        """Phones change into the folder that they were told; there is one, whatever its name."""
        return "." not in path.rpartition("/")[2]

    def chdir(self, path: str) -> None:
        """Change the folder, where there is none."""
        self.cwd = self.fs2ftp(path)

    def getsize(self, path: str) -> int:
        """For SIZE."""
        return len(self._read(path).content)

    def getmtime(self, path: str) -> float:
        """For MDTM."""
        return self._read(path).modified

    def listdir(self, path: str) -> list[str]:
        """Nothing: names are known, or not to be had."""
        return []


class _Anybody:
    """Logins that prove nothing."""

    def validate_authentication(self, username: str, password: str, handler: Any) -> None:
        """Refuse what is none of the logins."""
        if username not in LOGINS or LOGINS[username] not in (None, password):
            raise AuthenticationFailed

    def get_home_dir(self, username: str) -> str:
        """The root of names."""
        return "/"

    def has_perm(self, username: str, perm: str, path: str | None = None) -> bool:
        """The same for all."""
        return perm in MAY

    def get_perms(self, username: str) -> str:
        """The same for all."""
        return MAY

    def get_msg_login(self, username: str) -> str:
        """After the password."""
        return "Logs may be dropped here."

    def get_msg_quit(self, username: str) -> str:
        """In the end."""
        return "Goodbye."

    def impersonate_user(self, username: str, password: str) -> None:
        """Nobody is anybody."""

    def terminate_impersonation(self, username: str) -> None:
        """Nobody is anybody."""


class _Channel(FTPHandler):  # type: ignore[misc]  # pyftpdlib has no types
    """One connection."""

    authorizer = _Anybody()
    abstracted_fs = _Tree
    banner = "Dialtree"
    timeout = SILENCE
    use_sendfile = False
    proto_cmds = {  # noqa: RUF012  read by pyftpdlib as it is
        name: command for name, command in FTPHandler.proto_cmds.items() if name in COMMANDS
    }
    box: Box
    dropped: _Dropped | None = None

    def on_connect(self) -> None:
        """Strangers are not talked to."""
        if not self.box.local(self.remote_ip):
            self.close()

    def on_file_received(self, file: str) -> None:
        """All of it arrived."""
        dropped, self.dropped = self.dropped, None
        if dropped is not None:
            self.box.keep(dropped.permit, dropped.whole, self.remote_ip)

    def on_incomplete_file_received(self, file: str) -> None:
        """Half a log is of no use."""
        self.dropped = None

    def log(self, *_: Any, **__: Any) -> None:
        """Our own log says what was sent."""

    logline = log_cmd = log_transfer = log


class FtpServer:
    """One port, and the thread that serves it."""

    def __init__(self, access: Access, desk: Web) -> None:
        self._access = access
        self._desk = desk
        self._server: Any = None
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()

    async def start(self, host: str, port: int) -> None:
        """Listen on an IP address. Raises ListenError."""
        quiet = logging.getLogger("pyftpdlib")
        quiet.addHandler(logging.NullHandler())
        quiet.propagate = False
        box = Box(self._access, self._desk, asyncio.get_running_loop())
        channel = type("Channel", (_Channel,), {"box": box})
        try:
            self._server = FTPServer((host, port), channel, ioloop=IOLoop())
        except OSError as error:
            raise ListenError(host, port, error) from error
        self._server.max_cons = MOST_CONNECTIONS
        self._server.max_cons_per_ip = MOST_OF_A_SOURCE
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="ftp", daemon=True)
        self._thread.start()

    async def stop(self) -> None:
        """Close all connections and end the thread."""
        if self._thread is not None:
            self._stopping.set()
            await asyncio.to_thread(self._thread.join, PATIENCE + 1)
            self._thread = self._server = None

    @property
    def address(self) -> tuple[str, int] | None:
        """Host and port that are really listened on; None when stopped."""
        if self._server is None:
            return None
        host, port = self._server.address
        return str(host), int(port)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._server.ioloop.loop(timeout=_TURN, blocking=False)
        self._server.close_all()
