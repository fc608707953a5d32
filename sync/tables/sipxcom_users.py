"""What sipXcom's tables say of people without a column for it.

There is no extension: a user name of digits is one, or an alias of digits. Who has no name is shown
by the user name.
"""

from sync.tables.entries import Cell, Entry
from sync.tables.surroundings import Surroundings


def as_in_sipxcom(user: str, entry: Entry, around: Surroundings) -> None:
    """Give a person of such a table a name and an extension; aliases are what is left.

    Of somebody who is in the tree without an extension, numbers stay aliases.
    """
    cells = entry.cells
    known = around.system.users.get(user)
    if known is None:
        cells.setdefault("name", Cell(user, entry.first))
    aliases = list(cells["aliases"].value) if "aliases" in cells else []
    extension = cells["extension"].value if "extension" in cells else None
    if extension is None and (known is None or known.extension is not None):
        numbers = [word for word in (user, *aliases) if word.isdigit()]
        kept = known.extension if known is not None and known.extension in numbers else None
        extension = kept or next(iter(numbers), None)
        if extension is not None:
            said = cells["aliases"].field if extension in aliases else entry.first
            cells["extension"] = Cell(extension, said)
    _without(cells, {user, extension}, had_aliases=known is not None and bool(known.aliases))


def _without(cells: dict[str, Cell], said: set[str | None], *, had_aliases: bool) -> None:
    """Leave those aliases out that say what is said already."""
    if "aliases" not in cells:
        return
    aliases = cells.pop("aliases")
    left = [word for word in aliases.value if word not in said]
    if left or had_aliases:
        cells["aliases"] = Cell(left, aliases.field)
