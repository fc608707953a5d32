"""What a table is read against: the tree that is there, and the models that phones may be."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from schema.models import System
from sync.tables.columns import plain
from sync.tables.sipxcom import MODELS


class ModelNames:
    """Finds a model by its id here, its maker's name for it, or sipXcom's."""

    def __init__(self, models: Iterable[tuple[str, str, str]]) -> None:
        """`models`: id, vendor and name of each."""
        ids: set[str] = set()
        names: dict[str, set[str]] = {}
        for id_, vendor, name in models:
            ids.add(id_)
            for called in (id_, name, f"{vendor} {name}"):
                names.setdefault(plain(called), set()).add(id_)
        for called, id_ in MODELS.items():
            if id_ in ids:
                names.setdefault(plain(called), set()).add(id_)
        self._names: Mapping[str, set[str]] = MappingProxyType(names)
        self._nearest: dict[str, str | None] = {}

    def find(self, text: str) -> str | None:
        """The model's id; None when there is none, or more than one is called so."""
        found = self._names.get(plain(text), set())
        return next(iter(found)) if len(found) == 1 else None

    def nearest(self, text: str) -> str | None:
        """The id of the model that was probably meant."""
        word = plain(text)[:64]
        if word not in self._nearest:
            near = difflib.get_close_matches(word, self._names, n=1, cutoff=0.6)
            self._nearest[word] = min(self._names[near[0]]) if near else None
        return self._nearest[word]


@dataclass(frozen=True)
class Surroundings:
    """The tree, and models by their names."""

    system: System
    models: ModelNames = field(repr=False)

    def region(self, site: str | None, user: str | None) -> str:
        """Where a person's numbers are read."""
        known = self.system.users.get(user or "")
        stands = self.system.sites.get(site or (known and known.site) or "")
        return (stands and stands.region) or self.system.system.region
