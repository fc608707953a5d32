"""Secrets: those that are derived from the node's master key, and those that somebody imposed.

    master      the master key, and what is derived from it
    identities  private keys that open sealed secrets
    sealing     age around a value and its path
    reading     a secret of the tree → its value, on this node

Nothing that comes out of here goes into plans, logs or status. May know: keys, files, the tagged
scalars of the tree. May not: what a secret is used for.
"""

from engine.secrets.errors import SecretsError
from engine.secrets.master import Secrets, load_master_key, load_or_create_master_key
from engine.secrets.reading import SecretReader

__all__ = [
    "SecretReader",
    "Secrets",
    "SecretsError",
    "load_master_key",
    "load_or_create_master_key",
]
