"""What differs between two systems, told by identity.

Entries that did not change are the very same objects from one validation to the next (see
`validate.Cache`), so what depends on one entry among 10,000 can be made anew alone.
"""

from collections.abc import Mapping

from schema.models import System


def changed(old: Mapping[str, object], new: Mapping[str, object]) -> list[str]:
    """Names of entries that came, changed or went, those of `new` first and in its order."""
    if old is new:
        return []
    found = [name for name, entry in new.items() if old.get(name) is not entry]
    came = sum(name not in old for name in found)
    if len(old) > len(new) - came:
        found += [name for name in old if name not in new]
    return found


def same_inheritance(old: System, new: System) -> bool:
    """Whether everything that users inherit from is the same: system, groups and sites."""
    return (
        old.system is new.system
        and not changed(old.groups, new.groups)
        and not changed(old.sites, new.sites)
    )
