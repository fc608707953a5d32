"""All checks of a tree together: its own, those of the device families, and the proofs."""

import threading
from dataclasses import dataclass, field

from engine.families import BrokenFamily, broken_templates, families_of
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


@dataclass(frozen=True)
class Checked(Validation):
    """A validation, and the device families that phones of the tree may be of."""

    families: Families = field(default_factory=lambda: Families(()))


@dataclass(frozen=True, slots=True)
class ValidTree:
    """A tree without errors, where everything in it stands, and what its phones may be."""

    system: System
    origins: Origins
    families: Families


def validate_tree(source: TreeSource, built_in: Families, cache: Cache | None = None) -> Checked:
    """Every diagnostic of a tree; `system` is None when one of them is an error.

    The tree may have device families of its own beside those that are built in.
    """
    cache = cache or Cache()
    try:
        families = families_of(source, built_in)
    except BrokenFamily as broken:
        # Without it nobody can say which models there are.
        found = validate(source, cache, models=None)
        together = in_reading_order((*found.diagnostics, broken.diagnostic))
        return Checked(None, together, found.origins)
    found = validate(source, cache, models=known_models(families))
    if found.system is None:
        return Checked(None, found.diagnostics, found.origins, families=families)
    proven = cache.prover(found.system)
    refuted = proofs.diagnostics(proven.findings, found.origins)
    asked = check_devices(found.system, families, found.origins)
    more = (*asked, *refuted)
    if not any(diagnostic.severity == "error" for diagnostic in asked):
        more = (*more, *broken_templates(found.system, families))
    together = in_reading_order((*found.diagnostics, *more)) if more else found.diagnostics
    refused = any(diagnostic.severity == "error" for diagnostic in more)
    system = None if refused else found.system
    return Checked(system, together, found.origins, proven, families)


class Checker:
    """Checks one tree after another, and remembers what they share.

    Pushes are judged while a commit is being applied: one at a time, in whatever thread.
    """

    def __init__(self, families: Families) -> None:
        self._families = families
        self._cache = Cache()
        self._turn = threading.Lock()

    def __call__(self, source: TreeSource) -> Checked:
        """Every diagnostic of a tree."""
        with self._turn:
            return validate_tree(source, self._families, self._cache)


def require_valid(found: Checked, name: str) -> ValidTree:
    """The tree behind a validation. Raises InvalidTree with its diagnostics."""
    if found.system is None:
        raise InvalidTree(name, found.diagnostics)
    return ValidTree(found.system, found.origins, found.families)
