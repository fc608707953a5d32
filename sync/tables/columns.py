"""What the columns of a table mean: by the names that people give them, or as the user says.

May know: header names, the keys that a table can bring. May not: what is in the rows.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from schema.source import Span
from schema.suggest import closest, did_you_mean
from sync.tables.rows import Fault, Field
from sync.tables.sipxcom import LABELS, MEANINGS

SYNONYMS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "user": ("user name", "user id", "login", "account", "uid", "sAMAccountName"),
        "name": ("display name", "full name", "cn"),
        "first_name": ("given name", "forename"),
        "last_name": ("surname", "family name", "sn"),
        "extension": ("ext", "extension number", "internal number"),
        "did": ("did number", "dids", "ddi", "direct number", "direct dial"),
        "aliases": ("alias", "user alias", "user aliases"),
        "email": ("email address", "mail"),
        "groups": ("group", "user group", "user groups"),
        "site": ("branch", "user site"),
        "permissions": ("permission",),
        "caller_id": ("outgoing caller id", "external number"),
        "enabled": ("active",),
        "mac": ("mac address", "serial", "serial number", "phone serial number", "phone mac"),
        "model": ("phone model", "model id"),
        "description": ("phone description",),
        "phone_site": ("site of the phone",),
    }
)
"""Each key that a table can bring, and other names of its column."""

USER_KEYS = (
    "name", "extension", "did", "aliases", "email", "groups", "site", "permissions", "caller_id",
    "enabled",
)  # fmt: skip
PHONE_KEYS = ("model", "description", "phone_site")
IGNORE = "ignore"
"""What `--map "Column=ignore"` says of a column that would be taken."""

_SECRET = re.compile(r"(?i)(?<![a-z])pin(?![a-z])|pass(?:word|wd|phrase|code)|secret|\bpwd\b|token")


@dataclass(frozen=True)
class Columns:
    """What a header says. `keys` holds the index of each key's column."""

    names: tuple[Field, ...]
    keys: Mapping[str, int]
    secret: frozenset[int]
    sipxcom: bool
    faults: tuple[Fault, ...] = ()
    others: frozenset[int] = field(default=frozenset())
    """Columns that nothing is done with, those of secrets apart."""

    def shown(self, index: int) -> bool:
        """Whether messages may show what stands in a column: what is taken is no secret."""
        return index in self.keys.values()


def plain(name: str) -> str:
    """A column's name without case, blanks and punctuation."""
    return re.sub(r"[\W_]+", "", name.casefold())


_BY_NAME: Mapping[str, str] = MappingProxyType(
    {plain(name): key for key, names in SYNONYMS.items() for name in (key, *names)}
)


def is_sipxcom(header: Sequence[Field]) -> bool:
    """Whether the header is one that sipXcom writes, with 13, 44 or all of its columns."""
    names = tuple(field.text.strip() for field in header)
    return len(names) in (13, 44, len(LABELS)) and names == LABELS[: len(names)]


def columns_of(
    header: Sequence[Field], mapping: Mapping[str, str], sipxcom: bool | None = None
) -> Columns:
    """Read a header. `mapping` is what the user says of columns, by their names.

    `sipxcom`: whether columns are known by their places; None looks at the header.
    """
    places = is_sipxcom(header) if sipxcom is None else sipxcom
    meant = {plain(name): key for name, key in mapping.items()}
    found = [_meaning(at, one.text, meant, places) for at, one in enumerate(header)]
    keys: dict[str, int] = {}
    faults = list(_unmatched(header, mapping))
    for at, key in enumerate(found):
        if key is not None and key in keys:
            faults.append(_twice(header, keys[key], at, key))
        elif key is not None:
            keys[key] = at
    if not faults and keys.keys().isdisjoint(("user", "mac")):
        faults.append(_nobody(header))
    secret = frozenset(at for at, one in enumerate(header) if _SECRET.search(one.text)) - {
        *keys.values()
    }
    others = frozenset(range(len(header))) - secret - {*keys.values()}
    return Columns(tuple(header), keys, secret, places, tuple(faults), others)


def _meaning(at: int, name: str, meant: Mapping[str, str], places: bool) -> str | None:
    """The key of a column; None when it is not taken."""
    said = meant.get(plain(name))
    if said is not None:
        return None if said == IGNORE else said
    if places:
        return MEANINGS.get(at)
    return _BY_NAME.get(plain(name))


def _unmatched(header: Sequence[Field], mapping: Mapping[str, str]) -> list[Fault]:
    """Columns that the user named and that are not there."""
    there = {plain(one.text): one.text.strip() for one in header}
    whole = Span(header[0].start, header[-1].end)
    return [
        Fault(
            "PBX1823", f'there is no column "{name}", as --map says', whole,
            did_you_mean(name, tuple(there.values()), "columns") or "the first line has the names",
        )
        for name in mapping
        if plain(name) not in there
    ]  # fmt: skip


def _twice(header: Sequence[Field], first: int, second: int, key: str) -> Fault:
    one, other = header[first].text.strip(), header[second].text.strip()
    message = f'"{other}" and column {first + 1} ("{one}") both mean {key}'
    hint = f'leave one out: --map "{one}=ignore"' if one != other else "rename or remove one"
    return Fault("PBX1824", message, header[second].span, hint)


def _nobody(header: Sequence[Field]) -> Fault:
    whole = Span(header[0].start, header[-1].end)
    whom = {word: key for word, key in _BY_NAME.items() if key in ("user", "mac")}
    near = ((one.text.strip(), closest(plain(one.text), whom)) for one in header)
    guess = next((f'--map "{name}={whom[word]}"' for name, word in near if word), None)
    hint = f"do you mean {guess}?" if guess else 'name one, such as --map "Login=user"'
    message = "the header names no column for the user nor for the phone's MAC address"
    return Fault("PBX1823", message, whole, hint)
