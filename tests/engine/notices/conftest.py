"""Receivers of notices: a web server and a mail server on sockets of their own."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from authority import Authority

from engine.emergency.notice import Notice, Who


@dataclass
class Hook:
    """A web server that keeps what it is sent, and answers in turn as told, at last 204."""

    statuses: list[int] = field(default_factory=list)
    posts: list[tuple[web.BaseRequest, bytes]] = field(default_factory=list)
    port: int = 0
    silent: bool = False
    scheme: str = "http"

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/services/T0KEN?key=s3cret"

    async def take(self, request: web.BaseRequest) -> web.Response:
        self.posts.append((request, await request.read()))
        if self.silent:
            await asyncio.sleep(60)
        status = self.statuses.pop(0) if self.statuses else 204
        location = {"Location": self.url.replace("services", "elsewhere")}
        return web.Response(status=status, headers=location if 300 <= status < 400 else {})


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    async for one in served(None):
        yield one


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def context(authority: Authority) -> ssl.SSLContext:
    """What a server needs that says it is 127.0.0.1."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(*authority.issue("127.0.0.1"))
    return made


@pytest.fixture
async def secure_hook(context: ssl.SSLContext) -> AsyncIterator[Hook]:
    async for one in served(context):
        one.scheme = "https"
        yield one


async def served(context: ssl.SSLContext | None) -> AsyncIterator[Hook]:
    hook = Hook()
    runner = web.ServerRunner(web.Server(hook.take), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    hook.port = runner.addresses[0][1]
    yield hook
    await runner.cleanup()


@dataclass
class Post:
    """A mail server's letter box."""

    port: int = 0
    answer: str = "250 OK"
    raw: list[bytes] = field(default_factory=list)
    envelopes: list[tuple[str, list[str]]] = field(default_factory=list)
    logins: list[tuple[bytes, bytes, bool]] = field(default_factory=list)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.raw.append(envelope.content)
        self.envelopes.append((envelope.mail_from, envelope.rcpt_tos))
        return self.answer

    def authenticate(
        self, server: SMTP, session: Any, envelope: Any, mechanism: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login, data.password, session.ssl is not None))
        return AuthResult(success=data.password == b"letter-box", handled=False)

    @property
    def messages(self) -> list[EmailMessage]:
        parser: BytesParser[EmailMessage] = BytesParser(policy=default)  # type: ignore[arg-type]
        return [parser.parsebytes(raw) for raw in self.raw]


@pytest.fixture
async def post() -> AsyncIterator[Callable[..., Awaitable[Post]]]:
    """Open a mail server: options of aiosmtpd's SMTP, and TLS from the start with `tls`."""
    listeners: list[asyncio.Server] = []

    async def open_one(tls: ssl.SSLContext | None = None, **options: Any) -> Post:
        box = Post()
        loop = asyncio.get_running_loop()
        listener = await loop.create_server(
            lambda: SMTP(box, authenticator=box.authenticate, hostname="mail.test", **options),
            "127.0.0.1", 0, ssl=tls,
        )  # fmt: skip
        listeners.append(listener)
        box.port = listener.sockets[0].getsockname()[1]
        return box

    yield open_one
    for listener in listeners:
        listener.close()


def notice(**changes: Any) -> Notice:
    who = Who("alice", "Alice Adams", "201", "hq", "1 Main St, Floor 2")
    facts: dict[str, Any] = {
        "event": "emergency.placed", "id": "c0ffee", "domain": "example.test", "call_id": "call-1",
        "who": who, "number": "911", "callback": "+12125550201", "gateways": ("pstn", "backup"),
        "time": 1_700_000_000.0,
    }  # fmt: skip
    return Notice(**facts | changes)


@pytest.fixture
def make_notice() -> Callable[..., Notice]:
    return notice
