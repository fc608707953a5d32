"""Directories of the tree, with the password of the account that asks them.

May know: the tree, secrets. May not: what becomes of their answers.
"""

from engine.secrets import SecretReader
from schema.models import System
from sync.ldap import LdapSource


def directory_source(system: System, directory_id: str, reader: SecretReader) -> LdapSource:
    """The people of a directory. Raises KeyError for an unknown one, SecretsError."""
    password = account_password(system, directory_id, reader)
    return LdapSource(directory_id, system.directories[directory_id], system, password)


def account_password(system: System, directory_id: str, reader: SecretReader) -> str | None:
    """What we bind with; None where a certificate, a ticket or nobody does. Raises SecretsError."""
    bind = system.directories[directory_id].bind
    if bind is None or bind.password is None:
        return None
    return reader.text(bind.password, f"directories/{directory_id}/bind/password")


def importing_node(system: System, directory_id: str) -> str:
    """The one node that imports it: the one that is named, else the first."""
    return system.directories[directory_id].node or next(iter(system.nodes))
