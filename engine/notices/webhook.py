"""What happened told to programs: a POST with JSON, signed where there is a key.

The rest of a URL often is a secret, so of an address only scheme and host are ever shown.
"""

import asyncio
import hashlib
import hmac
import json
import os
import ssl
from typing import Final
from urllib.parse import urlsplit

import aiohttp

from engine.notices.channel import DeliveryError, Key, Notice

TIMEOUT: Final = aiohttp.ClientTimeout(total=10.0, sock_connect=5.0)

SIGNATURE: Final = "X-Dialtree-Signature"
"""HMAC-SHA256 of the body, in hexadecimal: "sha256=…"."""

TRY_AGAIN: Final = (408, 425, 429)
"""Besides 5xx: the other 4xx, and redirections, would say the same again."""


class Webhook:
    """One URL."""

    def __init__(self, url: str, key: Key | None) -> None:
        self._url = url
        self._key = key
        self.name = f"webhook {origin(url)}"

    def wants(self, notice: Notice) -> bool:
        """Programs are told everything."""
        return True

    async def send(self, notice: Notice) -> str:
        """POST it. A key that cannot be read costs the signature, not the alarm."""
        body = json.dumps(notice.as_json()).encode()
        headers = {"Content-Type": "application/json", "User-Agent": "Dialtree"}
        trouble = ""
        if self._key is not None:
            try:
                headers[SIGNATURE] = signature(await asyncio.to_thread(self._key), body)
            except DeliveryError as error:
                trouble = f"sent without signature: {error.reason}"
        try:
            await self._post(body, headers)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise DeliveryError(reason_of(error), final=isinstance(error, ValueError)) from None
        return trouble

    async def _post(self, body: bytes, headers: dict[str, str]) -> None:
        async with (
            aiohttp.ClientSession(timeout=TIMEOUT, trust_env=False) as session,
            session.post(self._url, data=body, headers=headers, allow_redirects=False) as response,
        ):
            status = response.status
        if not 200 <= status < 300:
            again = status >= 500 or status in TRY_AGAIN
            raise DeliveryError(f"HTTP {status}", final=not again)


def signature(key: bytes, body: bytes) -> str:
    """The value of the signature's header."""
    return f"sha256={hmac.new(key, body, hashlib.sha256).hexdigest()}"


def origin(url: str) -> str:
    """Scheme, host and port of a URL."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        host = f"[{host}]" if ":" in host else host
        return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port else "")
    except ValueError:
        return "(not a URL)"


def reason_of(error: Exception) -> str:
    """Why, in words that hold nothing of the URL."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return f"its certificate is not trusted: {error.certificate_error}"
    if isinstance(error, aiohttp.ClientConnectorError):
        number = error.os_error.errno or 0
        return os.strerror(number) if number > 0 else (error.strerror or "cannot be reached")
    if isinstance(error, ssl.SSLError):
        return error.reason or "TLS failed"
    return type(error).__name__
