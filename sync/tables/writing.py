"""A tree as a table: the inverse of reading, in one order whatever files the tree has.

Phones come first, by MAC address, with a row for each line; then the users without a phone, by id.
So a phone's lines keep their order, and whoever has several phones has a row for each.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Literal

from schema.models import Phone, System, User
from sync.tables.cells import one_line
from sync.tables.columns import PHONE_KEYS, USER_KEYS
from sync.tables.guard import guarded
from sync.tables.sipxcom import LABELS, MODELS

Form = Literal["plain", "sipxcom"]

_SIPXCOM_MODELS: Mapping[str, str] = MappingProxyType({id_: name for name, id_ in MODELS.items()})
_PLAIN = ("user", *USER_KEYS, "mac", *PHONE_KEYS)


def written(system: System, form: Form = "plain", *, spreadsheet: bool = False) -> bytes:
    """The table in UTF-8. `spreadsheet`: with a byte order mark, numbers kept as texts."""
    out = io.StringIO(newline="")
    end = "\r\n" if spreadsheet else "\n"
    # sipXcom's header is bare, and every field below it is in quotes.
    csv.writer(out, lineterminator=end).writerow(LABELS if form == "sipxcom" else _PLAIN)
    if form == "sipxcom":
        row, writer = _sipxcom_row, csv.writer(out, lineterminator=end, quoting=csv.QUOTE_ALL)
    else:
        row, writer = _plain_row, csv.writer(out, lineterminator=end)
    for id_, mac in _rows(system):
        user, phone = system.users.get(id_), system.phones.get(mac)
        cells = row(id_, user, mac, phone)
        writer.writerow(guarded(cell, spreadsheet=spreadsheet) for cell in cells)
    return out.getvalue().encode("utf-8-sig" if spreadsheet else "utf-8")


def _rows(system: System) -> Iterator[tuple[str, str]]:
    """User and MAC address of each row; "" where there is none."""
    seen: set[str] = set()
    for mac in sorted(system.phones):
        for id_ in system.phones[mac].lines:
            seen.add(id_)
            yield id_, mac
    for id_ in sorted(system.users.keys() - seen):
        yield id_, ""


def _plain_row(id_: str, user: User | None, mac: str, phone: Phone | None) -> Sequence[str]:
    of_user: tuple[str, ...] = ("",) * len(USER_KEYS)
    if user is not None:
        of_user = (
            one_line(user.name), user.extension or "", " ".join(user.dids), " ".join(user.aliases),
            one_line(user.email or ""), " ".join(user.groups), user.site or "",
            " ".join(user.permissions), user.caller_id or "", "true" if user.enabled else "false",
        )  # fmt: skip
    of_phone: tuple[str, ...] = ("",) * len(PHONE_KEYS)
    if phone is not None:
        of_phone = (phone.model, one_line(phone.description or ""), phone.site or "")
    return (id_, *of_user, mac, *of_phone)


def _sipxcom_row(id_: str, user: User | None, mac: str, phone: Phone | None) -> Sequence[str]:
    cells = {"User name": id_, "Phone serial number": mac}
    if user is not None:
        cells |= _sipxcom_user(id_, user)
    if phone is not None:
        cells["Phone model"] = _SIPXCOM_MODELS.get(phone.model, phone.model)
        cells["Phone description"] = one_line(phone.description or "")
    return [cells.get(label, "") for label in LABELS]


def _sipxcom_user(id_: str, user: User) -> dict[str, str]:
    """An extension is an alias there, unless it is the user name."""
    first, last = _split(one_line(user.name))
    extension = [user.extension] if user.extension and user.extension != id_ else []
    return {
        "First name": first,
        "Last name": last,
        "User alias": " ".join((*extension, *user.aliases)),
        "EMail address": one_line(user.email or ""),
        "User group": " ".join(user.groups),
        "Did number": " ".join(user.dids),
        "Caller ID": user.caller_id or "",
    }


def _split(name: str) -> tuple[str, str]:
    """First and last name that make the name again; all of it is the first where they could not."""
    first, _, last = name.rpartition(" ")
    return (first, last) if first and last and first == first.strip() else (name, "")
