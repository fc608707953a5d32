"""From entries of a directory to people of the tree, as the section `directories` says.

May know: entries, one directory of the tree, regions. May not: connections, or who is in the tree
already. What cannot be used is left out, with a warning that names the entry.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from schema.directories import LONGEST_NAME, Reading, Removal, reading_of
from schema.models import Directory, Site, SystemSettings
from schema.models.directory import DirectoryDisabled
from sync.importing.records import Person
from sync.ldap import groups, numbers
from sync.ldap.notes import Notes
from sync.ldap.numbers import is_alias, is_user_name
from sync.ldap.pages import Found
from sync.ldap.values import first, identifier, texts

_LONGEST_TEXT: Final = 128
"""Characters of a name."""
_MOST_TOLD: Final = 5
"""People of one user name who are named."""
_LONGEST_ADDRESS: Final = 254
"""Characters of a mail address (RFC 5321 section 4.5.3.1)."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What of the tree numbers depend on."""

    system: SystemSettings
    sites: Mapping[str, Site]

    def region(self, site: str | None) -> str:
        """Where a number without a country code is read."""
        here = self.sites.get(site) if site is not None else None
        return (here.region if here is not None else None) or self.system.region


@dataclass(frozen=True, slots=True)
class People:
    """Who can be taken, the ids of who cannot, and the groups that they are in."""

    people: tuple[Person, ...]
    unusable: frozenset[str]
    groups: tuple[str, ...]


def people_of(
    found: Iterable[Found], directory: Directory, around: Surroundings, notes: Notes
) -> People:
    """Make people of entries. An entry that came twice, by two bases, counts once."""
    reader = _Reader(directory, around, notes)
    made: dict[str, Person] = {}
    unusable: set[str] = set()
    for entry in found:
        reader.read(entry, made, unusable)
    twice = _twice(made.values(), notes)
    kept = [person for id_, person in made.items() if id_ not in twice]
    named = {group for person in kept for group in person.values.get("groups", ())}
    kept.sort(key=lambda person: (person.user, person.source_id))
    return People(tuple(kept), frozenset(unusable | twice), tuple(sorted(named)))


def _twice(people: Iterable[Person], notes: Notes) -> set[str]:
    """Ids of people with one user name: nobody can tell which of them is meant."""
    named: dict[str, list[Person]] = {}
    for person in people:
        named.setdefault(person.user, []).append(person)
    twice = {user: same for user, same in named.items() if len(same) > 1}
    for user, same in sorted(twice.items()):
        told = " and ".join(sorted(person.origin for person in same)[:_MOST_TOLD])
        notes.say(
            "PBX1812", f'{told} have one user name, "{user}"',
            "none of them is taken; give each a user name of its own",
        )  # fmt: skip
    return {person.source_id for same in twice.values() for person in same}


class _Reader:
    """Reads the entries of one directory."""

    def __init__(self, directory: Directory, around: Surroundings, notes: Notes) -> None:
        self._directory, self._around, self._notes = directory, around, notes
        self._reading: Reading = reading_of(directory)
        expression = directory.user_names.remove
        self._removal = Removal.parse(expression) if expression is not None else None
        self._groups = groups.Groups(directory, self._reading, notes)
        self._sites = groups.Sites(directory)

    def read(self, found: Found, made: dict[str, Person], unusable: set[str]) -> None:
        """Add the person that an entry is to one of the two."""
        source_id = identifier(found, self._reading.id)
        if not source_id:
            self._notes.say(
                "PBX1810", f"{found.dn} has no {self._reading.id}",
                "name another attribute that never changes: attributes: {id: …}",
            )  # fmt: skip
            return
        if source_id in made or source_id in unusable:
            return
        raw = self._one(found, "user")
        if not raw:
            return  # somebody without a telephone
        user = self._user(raw)
        if not is_user_name(user):
            self._notes.say(
                "PBX1811", f'{found.dn}: "{user[:64] or raw[:64]}" cannot be a user name',
                "letters, digits, '.', '_' and '-'; user_names: {remove: …} takes others out",
            )  # fmt: skip
            unusable.add(source_id)
            return
        made[source_id] = Person(source_id, user, dict(self._values(found, user)), found.dn)

    def _one(self, found: Found, key: str) -> str:
        """The first text of a key that says something."""
        filled = (text.fill(lambda name: first(found, name)) for text in self._reading.texts[key])
        return next((said for said in filled if said), "")

    def _all(self, found: Found, key: str) -> list[str]:
        """All texts of a key, a bare attribute with all its values; each once."""
        said: list[str] = []
        for text in self._reading.texts[key]:
            if text.pieces == (("", text.attributes[0]),):
                said += texts(found, text.attributes[0])
            else:
                said.append(text.fill(lambda name: first(found, name)))
        return list(dict.fromkeys(one for one in said if one))

    def _user(self, text: str) -> str:
        rules = self._directory.user_names
        name = text[:LONGEST_NAME][rules.strip :]
        if self._removal is not None:
            name = self._removal.apply(name)
        name = f"{rules.prefix}{name}{rules.suffix}"
        return name.lower() if rules.lower else name

    def _values(self, found: Found, user: str) -> Iterator[tuple[str, Any]]:
        defaults = self._directory.defaults
        site = self._sites.of(found) or defaults.site
        yield "name", self._one(found, "name")[:_LONGEST_TEXT] or user
        yield from self._numbers(found, self._around.region(site))
        yield from self._others(found, user)
        named = dict.fromkeys([*self._groups.of(found), *defaults.groups])
        if named:
            yield "groups", list(named)
        if site is not None:
            yield "site", site
        if defaults.permissions:
            yield "permissions", list(defaults.permissions)
        if self._reading.disabled is not None and is_disabled(found, self._reading.disabled):
            yield "enabled", False

    def _numbers(self, found: Found, region: str) -> Iterator[tuple[str, Any]]:
        extension = self._one(found, "extension")
        if extension:
            digits = numbers.extension(extension)
            if digits is not None:
                yield "extension", digits
            else:
                self._unusable_number(found, extension, "digits, * and #")
        dids = []
        for text in self._all(found, "did"):
            number = numbers.e164(text, region)
            if number is not None:
                dids.append(number)
            else:
                hint = f"a whole number of {region}, or with + and the country code"
                self._unusable_number(found, text, hint)
        dids = list(dict.fromkeys(dids))
        if dids:
            yield "did", dids[0] if len(dids) == 1 else dids

    def _others(self, found: Found, user: str) -> Iterator[tuple[str, Any]]:
        email = self._one(found, "email")
        if 0 < len(email) <= _LONGEST_ADDRESS:
            yield "email", email
        aliases = []
        for text in self._all(found, "aliases"):
            alias = text.lower() if self._directory.user_names.lower else text
            if is_alias(alias):
                aliases.append(alias)
            else:
                self._unusable_number(found, text, "letters, digits, '.', '_' and '-'")
        aliases = [alias for alias in dict.fromkeys(aliases) if alias != user]
        if aliases:
            yield "aliases", aliases

    def _unusable_number(self, found: Found, text: str, hint: str) -> None:
        message = f'{found.dn}: "{text[:64]}" cannot be dialled'
        self._notes.say("PBX1813", message, f"it is left out; it takes {hint}")


def is_disabled(found: Found, rule: DirectoryDisabled) -> bool:
    """Whether somebody is not to use the PBX."""
    said = texts(found, rule.attribute)
    if rule.bits is None and rule.values is None:
        return bool(said)
    wanted = {value.casefold() for value in rule.values or ()}
    if any(text.casefold() in wanted for text in said):
        return True
    return rule.bits is not None and any(_number(text) & rule.bits for text in said)


def _number(text: str) -> int:
    """A whole number as directories write it; 0 for anything else."""
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) < 12 else 0
