"""`directories:` where people come from: LDAP servers and Active Directory. The key is its id."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from schema.models.base import Digits, Duration, DurationOrOff, Entry, FilePath, Identifier, Listed
from schema.models.node import CertificateFiles
from schema.models.secret import Secret

SERVER_PATTERN = r"^ldaps?://[^/?#@\s]{1,255}/?$"
ATTRIBUTE_PATTERN = r"^([A-Za-z][A-Za-z0-9-]{0,63}|[0-2](\.[0-9]{1,9}){1,20})$"

DirectoryKind = Literal["ldap", "active_directory"]

Server = Annotated[str, Field(pattern=SERVER_PATTERN)]
"""A server's URL: ldaps://dc1.example.net, ldap://dc1.example.net:3268."""

AttributeName = Annotated[str, Field(pattern=ATTRIBUTE_PATTERN)]
"""An attribute's name or number (RFC 4512 section 2.5)."""

Text = Annotated[str, Field(min_length=1, max_length=256)]
Texts = Text | Listed[Text] | None
"""An attribute, or a text with attributes in braces; several are tried in order."""


class DirectoryTls(Entry):
    """How the connection is protected. Certificates of servers are always verified."""

    starttls: bool = Field(True, description="Begin TLS on connections to ldap:// servers")
    ca_file: FilePath | None = Field(
        None,
        description="Authorities on the node, PEM, that sign the servers' certificates; default: "
        "those of the machine",
    )
    certificate: CertificateFiles | None = Field(
        None, description="What we show the server; `sasl: external` needs it"
    )


class DirectoryBind(Entry):
    """Who we are to the directory. Without it, nobody (anonymous)."""

    dn: str | None = Field(
        None, min_length=1, max_length=1024,
        description="The account's DN; Active Directory also takes name@domain",
    )  # fmt: skip
    password: Secret | None = None
    sasl: Literal["external", "digest-md5", "gssapi"] | None = Field(
        None,
        description="Instead of a DN: by the certificate in `tls`; by `user` and password; or by "
        "the node's Kerberos ticket",
    )
    user: str | None = Field(None, min_length=1, max_length=256, description="For digest-md5")


class DirectoryAttributes(Entry):
    """What is read of a person: an attribute such as displayName, or a text such as
    "{givenName} {sn}", which counts where all its attributes are there. Of a list, the first that
    does. An empty list leaves the key alone; what is not said is as `kind` has it."""

    id: AttributeName | None = Field(
        None,
        description="Names a person for ever, whatever becomes of their name; default: entryUUID, "
        "objectGUID in Active Directory",
    )
    user: Texts = Field(
        None, description="The user name; default: ipPhone, sAMAccountName in Active Directory"
    )
    name: Texts = Field(None, description='Default: displayName, "{givenName} {sn}", cn')
    extension: Texts = Field(None, description="Default: ipPhone")
    did: Texts = Field(
        None, description="Default: telephoneNumber in Active Directory. All its values"
    )
    aliases: Texts = Field(None, description="Of a list, all count, with all their values")
    email: Texts = Field(None, description="Default: mail")


class DirectoryDisabled(Entry):
    """Who is in the directory and not to use the PBX. Without `bits` and `values`, whoever has
    the attribute."""

    attribute: AttributeName
    bits: int | None = Field(None, ge=1, lt=2**31, description="Any of these bits is set")
    values: Listed[Text] | None = Field(None, min_length=1, description="It has one of these")


class UserNames(Entry):
    """How a user name is made of what the directory says, in this order."""

    strip: int = Field(0, ge=0, le=63, description="Characters that are cut off in front")
    remove: str | None = Field(
        None, min_length=1, max_length=100,
        description='Regular expression; what it matches is taken out, such as "@.*"',
    )  # fmt: skip
    prefix: str = Field("", pattern=r"^[A-Za-z0-9._-]{0,32}$")
    suffix: str = Field("", pattern=r"^[A-Za-z0-9._-]{0,32}$")
    lower: bool = Field(True, description="In lower case")


class DirectoryGroups(Entry):
    """Which groups of the tree somebody is in."""

    attributes: Listed[AttributeName] | None = Field(
        None, description="Their values are groups; default: ou, none in Active Directory"
    )
    dn: Listed[AttributeName] = Field(
        (), description="Parts of the person's own DN that are groups, such as [ou]"
    )
    member_of: bool | None = Field(
        None, description="memberOf names groups; default: true in Active Directory"
    )
    map: Mapping[Text, Identifier] | None = Field(
        None,
        description='Which group of the tree is meant: {"Sales EMEA": sales}; a group of memberOf '
        "by its name or its whole DN. Others do not count then; without a map, all do",
    )


class DirectorySites(Entry):
    """At which site of the tree somebody is."""

    attributes: Listed[AttributeName] = Field(("l",), description="Their values are sites")
    dn: Listed[AttributeName] = Field((), description="Parts of the person's own DN, such as [ou]")
    member_of: bool = Field(False, description="Groups in memberOf stand for sites")
    map: Mapping[Text, str] = Field(
        min_length=1, description="Which site of the tree is meant: {Berlin: berlin}"
    )


class ExtensionRange(Entry):
    """Numbers for people to whom the directory gives none. Who has one keeps it."""

    first: Digits = Field(alias="from")
    last: Digits = Field(alias="to")


class DirectoryDefaults(Entry):
    """What people get beside what the directory says."""

    site: str | None = Field(None, description="For those whom `sites` places nowhere")
    groups: Listed[Identifier] = Field((), description="For everybody, beside their own")
    permissions: Listed[str] = Field((), description="For everybody")


class Missing(Entry):
    """What becomes of people who are no longer in the directory, once it answered in full."""

    disable_after: DurationOrOff = Field(
        86400.0, description="Disabled when missing for so long; enabled again when seen again"
    )
    delete_after: DurationOrOff = Field(None, description="Deleted when missing for so long")


class Directory(Entry):
    """One entry of `directories`."""

    kind: DirectoryKind = Field("ldap", description="What is taken for granted of it")
    servers: Listed[Server] = Field(
        min_length=1,
        max_length=16,
        description="ldaps://dc1.example.net, …: the first that answers is asked",
    )
    tls: DirectoryTls = DirectoryTls()
    bind: DirectoryBind | None = None
    bases: Listed[Text] = Field(
        min_length=1, max_length=64, description='Where people are: "ou=people,dc=example,dc=net"'
    )
    filter: str | None = Field(
        None, min_length=1, max_length=4096,
        description="Who counts (RFC 4515); default: (objectClass=person), in Active Directory "
        "(&(objectCategory=person)(objectClass=user))",
    )  # fmt: skip
    scope: Literal["subtree", "level", "base"] = Field(
        "subtree", description="Below a base at any depth, right below it, or itself"
    )
    page_size: int = Field(1000, ge=1, le=10_000, description="People in one answer")
    max_people: int = Field(100_000, ge=1, le=1_000_000, description="More are not believed")
    timeout: Duration = Field(10.0, ge=1, le=600, description="How long a server may be silent")
    attributes: DirectoryAttributes = DirectoryAttributes()
    disabled: DirectoryDisabled | None = Field(
        None,
        description="Default: nobody, in Active Directory {attribute: userAccountControl, bits: 2}",
    )
    user_names: UserNames = UserNames()
    groups: DirectoryGroups = DirectoryGroups()
    sites: DirectorySites | None = None
    extensions: ExtensionRange | None = None
    defaults: DirectoryDefaults = DirectoryDefaults()
    missing: Missing = Missing()
    every: DurationOrOff = Field(
        3600.0, description="How often people are imported; off: by `pbx import ldap` only"
    )
    node: str | None = Field(None, description="The node that imports; default: the first one")
    login: bool = Field(True, description="Its people log in with their password there")
