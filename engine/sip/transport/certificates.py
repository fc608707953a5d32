"""The node's certificate, from files that others renew, and whom we trust.

A renewed certificate is served to the next connection. One that cannot be used is not: the old
one stays, and the trouble is told. Files are looked at again and again instead of watched: they
are often links to links, replaced one after the other.
"""

import os
import ssl
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, NamedTuple

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from engine.sip.config import CertificateFiles
from engine.sip.errors import CertificateError
from engine.sip.events import CertificateLoaded, CertificateRejected, SipEvent

CHECK_EVERY: Final = 2.0
"""Seconds between looks at the files. A change is loaded at the second look that finds it
unchanged, so that a file being written is not read too early."""

Signature = tuple[tuple[int, int, int], ...]


class Loaded(NamedTuple):
    """A certificate as it was read."""

    files: CertificateFiles
    signature: Signature
    context: ssl.SSLContext
    names: tuple[str, ...]
    """Domains that it names."""
    expires: float
    """Epoch seconds."""


class Certificates:
    """TLS contexts of one node. Empty until something is put to use."""

    def __init__(self, sink: Callable[[SipEvent], None]) -> None:
        self._sink = sink
        self._clients: dict[tuple[str, Signature], ssl.SSLContext] = {}
        self._pending: Signature = ()
        self._checked = 0.0
        self.loaded: Loaded | None = None
        self.trouble = ""
        """Why the files as they are now are not in use; empty when they are."""

    def use(self, loaded: Loaded | None) -> None:
        """Serve this one from the next connection on."""
        self.loaded = loaded
        self.trouble = ""
        self._clients.clear()

    def server_context(self) -> ssl.SSLContext:
        """For the next connection that is accepted."""
        assert self.loaded is not None  # noqa: S101  nothing listens without
        return self.loaded.context

    def client_context(self, authority: str) -> ssl.SSLContext:
        """For the next connection to a gateway. CertificateError: its authorities are unusable."""
        key = authority, signature_of((authority,) if authority else ())
        context = self._clients.get(key)
        if context is None:
            context = trusting(authority)
            if self.loaded is not None:  # gateways may ask who we are
                _use(context, self.loaded.files)
            self._clients[key] = context
        return context

    def check(self, now: float) -> None:
        """Load the files again when they have changed."""
        if self.loaded is None or now - self._checked < CHECK_EVERY:
            return
        self._checked = now
        found = signature_of(self.loaded.files)
        settled, self._pending = found == self._pending, found
        if settled and found != self.loaded.signature:
            self._reload(self.loaded, found)

    def _reload(self, old: Loaded, signature: Signature) -> None:
        try:
            loaded = load(old.files)
        except CertificateError as error:
            self.loaded = old._replace(signature=signature)  # not again until they change
            self.trouble = str(error)
            self._sink(CertificateRejected(error.path, error.reason))
            return
        self.use(loaded)
        self._sink(CertificateLoaded(loaded.files.chain, loaded.names, loaded.expires))


def signature_of(files: Iterable[str]) -> Signature:
    """What changes when a file is replaced or written; links are followed."""
    found = []
    for path in files:
        try:
            status = Path(path).stat()
        except OSError:
            found.append((0, 0, 0))
        else:
            found.append((status.st_mtime_ns, status.st_size, status.st_ino))
    return tuple(found)


def load(files: CertificateFiles) -> Loaded:
    """Read and check the files. CertificateError names the one that cannot be used."""
    signature = signature_of(files)
    chain = _read(files.chain, "chain")
    _check_key(_read(files.key, "key"), files.key)
    certificate = _first(chain, files.chain)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    _use(context, files)
    expires = certificate.not_valid_after_utc.timestamp()
    return Loaded(files, signature, context, _names(certificate), expires)


def trusting(authority: str) -> ssl.SSLContext:
    """A context that trusts the authorities of a file; of the system with "". CertificateError.

    Names are compared by `peer_identity`, not by ssl: RFC 5922 is not HTTPS.
    """
    try:
        context = ssl.create_default_context(cafile=authority or None)
    except OSError as error:
        raise CertificateError("ca", authority, reason_of(error)) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    return context


def _check_key(key: bytes, path: str) -> None:
    """OpenSSL would ask for a passphrase at the terminal, and says little of what is wrong."""
    try:
        serialization.load_pem_private_key(key, None)
    except TypeError:
        raise CertificateError("key", path, "it is encrypted with a passphrase") from None
    except (ValueError, UnsupportedAlgorithm):
        raise CertificateError("key", path, "it holds no private key in PEM") from None


def _use(context: ssl.SSLContext, files: CertificateFiles) -> None:
    try:
        context.load_cert_chain(files.chain, files.key)
    except OSError as error:
        raise CertificateError("key", files.key, reason_of(error)) from None


def _read(path: str, setting: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise CertificateError(setting, path, reason_of(error)) from None


def _first(chain: bytes, path: str) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(chain)
    except ValueError:
        raise CertificateError("chain", path, "it holds no certificate in PEM") from None


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return ()
    return tuple(found.get_values_for_type(x509.DNSName))


def reason_of(error: OSError) -> str:
    """Why a file of PEM cannot be used, for people."""
    if isinstance(error, ssl.SSLError):
        if error.reason == "KEY_VALUES_MISMATCH":
            return "it is not the key of the certificate"
        return (error.reason or "it is not in PEM").replace("_", " ").lower()
    return os.strerror(error.errno) if error.errno else str(error)
