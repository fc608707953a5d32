"""What each kind of directory takes for granted, and what holds for one with its own words.

`ldap`: sipXcom's defaults; `active_directory`: the attributes of Microsoft's schema ([MS-ADA1-3]).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from schema.directories.template import Template
from schema.models.directory import (
    Directory,
    DirectoryDisabled,
    DirectoryKind,
    Texts,
)

KEYS: Final = ("user", "name", "extension", "did", "aliases", "email")
"""What attributes are read for; keys of a user, but for the first."""


@dataclass(frozen=True, slots=True)
class _Kind:
    filter: str
    id: str
    texts: Mapping[str, tuple[str, ...]]
    disabled: DirectoryDisabled | None
    groups: tuple[str, ...]
    member_of: bool


_KINDS: Final[Mapping[DirectoryKind, _Kind]] = {
    "ldap": _Kind(
        filter="(objectClass=person)",
        id="entryUUID",  # RFC 4530
        texts={
            "user": ("ipPhone",),
            "name": ("{givenName} {sn}", "cn"),
            "extension": ("ipPhone",),
            "email": ("mail",),
        },
        disabled=None,
        groups=("ou",),
        member_of=False,
    ),
    "active_directory": _Kind(
        filter="(&(objectCategory=person)(objectClass=user))",
        id="objectGUID",
        texts={
            "user": ("sAMAccountName",),
            "name": ("displayName", "{givenName} {sn}", "cn"),
            "extension": ("ipPhone",),
            "did": ("telephoneNumber",),
            "email": ("mail",),
        },
        # ADS_UF_ACCOUNTDISABLE, [MS-ADTS] section 2.2.16
        disabled=DirectoryDisabled(attribute="userAccountControl", bits=2),
        groups=(),
        member_of=True,
    ),
}


@dataclass(frozen=True, slots=True)
class Reading:
    """What is asked of a directory, and how each answer is read."""

    filter: str
    id: str
    texts: Mapping[str, tuple[Template, ...]]
    disabled: DirectoryDisabled | None
    group_attributes: tuple[str, ...]
    member_of: bool
    """Whether groups are read from memberOf."""

    def attributes(self, directory: Directory) -> tuple[str, ...]:
        """All attributes that have to be asked for, each once, in a stable order."""
        sites = directory.sites
        wanted = [
            self.id,
            *(name for key in KEYS for text in self.texts[key] for name in text.attributes),
            *self.group_attributes,
            *(sites.attributes if sites else ()),
        ]
        if self.disabled is not None:
            wanted.append(self.disabled.attribute)
        if self.member_of or (sites is not None and sites.member_of):
            wanted.append("memberOf")
        once: dict[str, str] = {}
        for name in wanted:
            once.setdefault(name.lower(), name)
        return tuple(once.values())


def reading_of(directory: Directory) -> Reading:
    """What holds: its own words, else those of its kind. ValueError for a bad template."""
    kind, own = _KINDS[directory.kind], directory.attributes
    groups = directory.groups
    return Reading(
        filter=directory.filter or kind.filter,
        id=own.id or kind.id,
        texts={key: _templates(getattr(own, key), kind.texts.get(key, ())) for key in KEYS},
        disabled=directory.disabled or kind.disabled,
        group_attributes=kind.groups if groups.attributes is None else groups.attributes,
        member_of=kind.member_of if groups.member_of is None else groups.member_of,
    )


def listed(texts: Texts) -> tuple[str, ...]:
    """One or several, as several."""
    if texts is None:
        return ()
    return (texts,) if isinstance(texts, str) else texts


def _templates(own: Texts, default: tuple[str, ...]) -> tuple[Template, ...]:
    return tuple(Template.parse(text) for text in (default if own is None else listed(own)))
