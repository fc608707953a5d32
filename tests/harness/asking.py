"""What the tree says of a test's directory server, as a source of people."""

from typing import Any

from directory import ACCOUNT, ACCOUNT_PASSWORD, PEOPLE

from schema.models import Directory, Site, System, SystemSettings
from schema.source import SecretReference
from sync.ldap import LdapSource

BIND = {"dn": ACCOUNT, "password": SecretReference("env", "DIRECTORY_PASSWORD")}
CLEAR = {"starttls": False}


def directory(*servers: str, **words: Any) -> Directory:
    words = {"kind": "active_directory", "bases": [PEOPLE], "bind": BIND, "tls": CLEAR} | words
    return Directory.model_validate({"servers": list(servers), **words})


def system(**sites: Site) -> System:
    settings = SystemSettings(domain="corp.test", region="DE")
    return System(settings, {}, sites, {}, {}, {}, {}, {}, ())


def source(*servers: str, password: str | None = ACCOUNT_PASSWORD, **words: Any) -> LdapSource:
    return LdapSource("corp", directory(*servers, **words), system(), password)
