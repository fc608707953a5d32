"""What happened told to people: an e-mail, handed to an SMTP server.

Names come from the tree and numbers from phones: what could end a header is taken out of both.
"""

import asyncio
import ssl
from collections.abc import Collection
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import Final

import aiosmtplib

from engine.notices.channel import DeliveryError, Key, Notice, one_line
from schema.address import host_and_port
from schema.models.told import Mail

TIMEOUT: Final = 20.0
"""Seconds for each step of the exchange,"""
DEADLINE: Final = 60.0
"""and for all of it."""

PORTS: Final = {"off": 25, "starttls": 587, "tls": 465}
"""Where a server listens whose address names no port (RFC 8314 section 3.3)."""


class Mailbox:
    """The people whom a `mail` of the tree names."""

    def __init__(self, mail: Mail, password: Key | None = None) -> None:
        self._mail = mail
        self._password = password
        self._host, self._port = host_and_port(mail.server, PORTS[mail.tls])
        self.name = f"mail to {', '.join(mail.to)}"

    def wants(self, notice: Notice) -> bool:
        """People are not told that all went well."""
        return notice.alarming

    async def send(self, notice: Notice) -> str:
        """Hand it in."""
        mail = self._mail
        password = None
        if mail.user is not None and self._password is not None:
            password = (await asyncio.to_thread(self._password)).decode("utf-8", "replace")
        try:
            async with asyncio.timeout(DEADLINE):
                refused = await self._hand_in(message_of(notice, mail), notice.domain, password)
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise _undelivered(error) from None
        return f"refused for {', '.join(refused)}" if refused else ""

    async def _hand_in(
        self, message: EmailMessage, domain: str, password: str | None
    ) -> Collection[str]:
        """Whom the server refused of several. `domain` is who we say we are."""
        mail = self._mail
        refused, _ = await aiosmtplib.send(
            message,
            sender=mail.sender,
            recipients=list(mail.to),
            hostname=self._host,
            port=self._port,
            local_hostname=domain,
            use_tls=mail.tls == "tls",
            start_tls=mail.tls == "starttls",
            username=mail.user if password is not None else None,
            password=password,
            timeout=TIMEOUT,
        )
        return refused


def message_of(notice: Notice, mail: Mail) -> EmailMessage:
    """The whole message."""
    message = EmailMessage()
    message["From"] = mail.sender
    message["To"] = ", ".join(mail.to)
    message["Subject"] = one_line(notice.subject)
    message["Date"] = format_datetime(datetime.fromtimestamp(notice.time, UTC))
    message["Message-ID"] = make_msgid(notice.id, notice.domain)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence answers it
    if notice.urgent:
        message["X-Priority"] = "1"
    message.set_content("\n".join(map(one_line, notice.lines)) + "\n")
    return message


def _undelivered(error: Exception) -> DeliveryError:
    """Servers that say 5xx mean it (RFC 5321 section 4.2.1); everything else may pass."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        codes = [each.code for each in error.recipients]
        return DeliveryError("all recipients are refused", final=min(codes, default=0) >= 500)
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return DeliveryError(f"SMTP {error.code} {error.message}", final=error.code >= 500)
    if isinstance(error, ssl.SSLError):
        return DeliveryError(f"TLS failed: {error.reason or error}")
    if isinstance(error, (TimeoutError, aiosmtplib.SMTPTimeoutError)):
        return DeliveryError("no answer in time")
    return DeliveryError(f"{error}" or type(error).__name__, final=isinstance(error, ValueError))
