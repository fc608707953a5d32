"""All checks of a tree together: its own, those of the device families, and the proofs."""

import threading
from dataclasses import dataclass, replace

from renderers.devices import Families, check_devices, known_models
from schema.diagnostics import Diagnostic, in_reading_order
from schema.models import System
from schema.origins import Origins
from schema.proofs import finding as proofs
from schema.tree import TreeSource
from schema.validate import Cache, Validation, validate


class InvalidTree(Exception):  # noqa: N818 - it is a result, told by its diagnostics
    """A tree that cannot be used."""

    def __init__(self, name: str, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__(f"{name} is not valid")
        self.name = name
        self.diagnostics = diagnostics


@dataclass(frozen=True, slots=True)
class ValidTree:
    """A tree without errors, and where everything in it stands."""

    system: System
    origins: Origins


def validate_tree(source: TreeSource, families: Families, cache: Cache | None = None) -> Validation:
    """Every diagnostic of a tree; `system` is None when one of them is an error."""
    cache = cache or Cache()
    found = validate(source, cache, models=known_models(families))
    if found.system is None:
        return found
    proven = cache.prover(found.system)
    refuted = proofs.diagnostics(proven.findings, found.origins)
    more = (*check_devices(found.system, families, found.origins), *refuted)
    together = in_reading_order((*found.diagnostics, *more)) if more else found.diagnostics
    broken = any(diagnostic.severity == "error" for diagnostic in more)
    system = None if broken else found.system
    return replace(found, diagnostics=together, system=system, proven=proven)


class Checker:
    """Checks one tree after another, and remembers what they share.

    Pushes are judged while a commit is being applied: one at a time, in whatever thread.
    """

    def __init__(self, families: Families) -> None:
        self._families = families
        self._cache = Cache()
        self._turn = threading.Lock()

    def __call__(self, source: TreeSource) -> Validation:
        """Every diagnostic of a tree."""
        with self._turn:
            return validate_tree(source, self._families, self._cache)


def require_valid(found: Validation, name: str) -> ValidTree:
    """The tree behind a validation. Raises InvalidTree with its diagnostics."""
    if found.system is None:
        raise InvalidTree(name, found.diagnostics)
    return ValidTree(found.system, found.origins)
