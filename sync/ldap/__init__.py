"""Directories: LDAP servers and Active Directory, asked for people, and for their passwords.

    connect    servers in their order, TLS, binds      pages    searches to their last page
    people     entries → records of sync.importing     groups, numbers, values    parts of that
    source     all of it for one directory of the tree

May know: LDAP, one directory of the tree. May not: Git, what becomes of the records, or where
passwords come from.
"""

from sync.ldap.errors import BindRefused, DirectoryError, SearchRefused, Unreachable
from sync.ldap.source import LdapSource

__all__ = ["BindRefused", "DirectoryError", "LdapSource", "SearchRefused", "Unreachable"]
