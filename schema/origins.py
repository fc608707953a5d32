"""Where the entries of a tree stand, in which file.

May know: documents, sections, ids. Positions are counted only when somebody asks.
"""

from collections.abc import Mapping

from schema.diagnostics import SourceRange
from schema.source import Document, Path

Place = tuple[Document, Path]


class Origins:
    """Answers for a tree that was put together, valid or not."""

    def __init__(
        self,
        documents: Mapping[str, Mapping[str, Document]],
        others: Mapping[str, Mapping[str, Place]],
    ) -> None:
        """`documents`: by section and id. `others`: places in "dialplan", "prove" and "system"."""
        self._documents = documents
        self._others = others

    def at(self, section: str, id: str, *path: str | int) -> SourceRange | None:  # noqa: A002
        """Return where the value at a path of an entry stands, or None when it is not written.

        Without a path: where the entry's id stands (a rule's: its name). The section "system" has
        no ids; its first key takes the id's place: at("system", "domain").
        """
        try:
            document, base = self.entry(section, id)
            if path:
                return document.locate(base + path)
            if section == "dialplan" and self.is_ready_made(id):
                return document.locate_key(base)
            if section in ("dialplan", "prove"):
                return document.locate((*base, "rule" if section == "dialplan" else "proof"))
            return document.locate(base) if section == "system" else document.locate_key(base)
        except LookupError:
            return None

    def is_ready_made(self, rule: str) -> bool:
        """Whether a rule stands where `system.factory` asks for it, and not in `dialplan`.

        LookupError when there is no such rule.
        """
        return self.entry("dialplan", rule)[1][0] == "system"

    def entry(self, section: str, id: str) -> Place:  # noqa: A002
        """Return the document of an entry and its path in there. LookupError when there is none."""
        if section in self._others:
            return self._others[section][id]
        return self._documents[section][id], (section, id)
