"""TFTP for phones that know nothing else: our own, small, read-only (RFC 1350, 2347-2349)."""

from engine.provision.tftp.server import TftpServer

__all__ = ["TftpServer"]
