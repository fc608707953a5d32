"""The certificate that phones are shown, and the authorities of their own certificates.

A phone may show a certificate, and need not. One that no configured authority has signed, or that
has expired, ends the handshake: OpenSSL decides that, and Python's ssl passes on no callback by
which one could let it go on. So phones may be asked at a port of its own. Files that others renew
are served to the next connection.
"""

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

from engine.sip.config import CertificateFiles
from engine.sip.errors import CertificateError
from engine.sip.transport.certificates import Signature, load, reason_of, signature_of

CHECK_EVERY: Final = 2.0
"""Seconds between looks at the files; a change counts when the next look finds the same."""


class SecureFiles(NamedTuple):
    """Paths, PEM."""

    chain: str
    key: str
    clients: tuple[str, ...] = ()
    """Authorities of phones' own certificates."""


def secure_context(files: SecureFiles) -> ssl.SSLContext:
    """For the next connections. CertificateError names the file that cannot be used."""
    context = load(CertificateFiles(files.chain, files.key)).context
    if not files.clients:
        return context
    for authority in files.clients:
        try:
            context.load_verify_locations(cafile=authority)
        except OSError as error:
            raise CertificateError("clients", authority, reason_of(error)) from None
    context.verify_mode = ssl.CERT_OPTIONAL
    # Makers hand out the authority that signs their phones, which need not be a root.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


class Renewal:
    """Looks at the files again and again, and says when they are to be read anew."""

    def __init__(
        self,
        files: SecureFiles,
        renew: Callable[[], Awaitable[None]],
        trouble: Callable[[CertificateError], None],
    ) -> None:
        """`renew` reads the files and uses them; what it raises is told to `trouble`."""
        self._files = files
        self._renew = renew
        self._trouble = trouble
        self._task = asyncio.create_task(self._look(), name="look at certificates")

    async def stop(self) -> None:
        """Look no more."""
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def _look(self) -> None:
        loaded = pending = self._signature()
        while True:
            await asyncio.sleep(CHECK_EVERY)
            found = self._signature()
            settled, pending = found == pending, found
            if settled and found != loaded:
                loaded = found
                await self._load()

    async def _load(self) -> None:
        try:
            await self._renew()
        except CertificateError as error:
            self._trouble(error)

    def _signature(self) -> Signature:
        return signature_of((self._files.chain, self._files.key, *self._files.clients))
