"""What a proof found: a diagnostic that does not know yet on which line it stands.

Findings are remembered from one validation to the next, while lines move.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from schema.diagnostics import Diagnostic, Related
from schema.origins import Origins
from schema.tree import MAIN_FILE

Place = tuple[str | int, ...]
"""Section, id, and the path in that entry."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it should be, and where the tree says so."""

    code: str
    message: str
    place: Place
    hint: str
    related: tuple[tuple[str, Place], ...] = ()
    number: str = ""
    """The witness: the shortest number of which it can be seen, where there is one."""

    def diagnostic(self, origins: Origins) -> Diagnostic:
        """The same with file, line and column."""
        related = tuple(_related(origins, self.related))
        section, id_, *path = self.place
        try:
            document, base = origins.entry(str(section), str(id_))
        except LookupError:  # a ready-made rule: it stands where those are asked for
            return _of_factory(origins, self, related)
        try:
            span = document.span((*base, *path)) if path else document.key_span(base)
        except LookupError:
            span = document.key_span(base)
        return document.report(self.code, self.message, span, self.hint, related)


def diagnostics(findings: Iterable[Finding], origins: Origins) -> list[Diagnostic]:
    """Findings as diagnostics. Ready-made rules stand in one place: what goes for several of them
    is said once."""
    found: dict[object, Diagnostic] = {}
    for finding in findings:
        made = finding.diagnostic(origins)
        found.setdefault((made.code, made.place, made.hint), made)
    return list(found.values())


def _of_factory(origins: Origins, found: Finding, related: tuple[Related, ...]) -> Diagnostic:
    try:
        document, base = origins.entry("system", "factory")
    except LookupError:
        return Diagnostic(found.code, found.message, MAIN_FILE, hint=found.hint, related=related)
    return document.report(found.code, found.message, document.key_span(base), found.hint, related)


def _related(origins: Origins, places: Iterable[tuple[str, Place]]) -> Iterable[Related]:
    for words, (section, id_, *path) in places:
        at = origins.at(str(section), str(id_), *path) or origins.at(str(section), str(id_))
        at = at or origins.at("system", "factory")
        if at is not None:
            yield Related(words, at)
