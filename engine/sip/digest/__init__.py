"""Digest authentication (RFC 7616, RFC 8760)."""

from engine.sip.digest.authenticator import Authenticator, Rejected, Verified

__all__ = ["Authenticator", "Rejected", "Verified"]
