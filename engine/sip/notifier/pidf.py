"""Presence documents (PIDF, RFC 3863), taken apart and put together.

They come from clients, so nothing is taken for granted: no document type (and with it no entity
and nothing external), so many elements, so deep. Elements of any name space pass (RFC 4480 and
whatever a vendor adds), written anew: well-formed, with the name spaces declared where they are
used and PIDF as the default one, as readers that are no XML parsers expect it.
"""

import re
from collections.abc import Iterable
from typing import Final
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from engine.sip.notifier.markup import DECLARATION, attribute, text
from engine.sip.wire import SipParseError

PIDF_TYPE: Final = b"application/pidf+xml"
PIDF: Final = "urn:ietf:params:xml:ns:pidf"
DATA_MODEL: Final = "urn:ietf:params:xml:ns:pidf:data-model"
RICH: Final = "urn:ietf:params:xml:ns:pidf:rpid"

MAX_ELEMENTS: Final = 200
MAX_DEPTH: Final = 12
MAX_DOCUMENT: Final = 32_768
"""Bytes of a document that is put together: the parts that still fit go in."""

_XML: Final = "http://www.w3.org/XML/1998/namespace"
_NOT_IN_ID: Final = re.compile(r"[^\w.\-]", re.ASCII)


class _Reader:
    """Builds elements from expat's events, and gives up early."""

    def __init__(self) -> None:
        self._builder = TreeBuilder()
        self._elements = self._depth = 0
        self._parser = expat.ParserCreate(namespace_separator="}")
        self._parser.StartDoctypeDeclHandler = self._no_doctype
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._builder.data

    def read(self, data: bytes) -> Element:
        """The root element. Raises SipParseError."""
        try:
            self._parser.Parse(data, True)
        except (expat.ExpatError, ValueError, LookupError) as error:
            raise SipParseError("Malformed presence document") from error
        return self._builder.close()

    def _no_doctype(self, *_declared: object) -> None:
        raise SipParseError("Document types are not accepted")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        self._depth += 1
        if self._elements > MAX_ELEMENTS or self._depth > MAX_DEPTH:
            raise SipParseError("Presence document too large")
        self._builder.start(name, attributes)

    def _end(self, name: str) -> None:
        self._depth -= 1
        self._builder.end(name)


def parts_of(document: bytes, prefix: str) -> tuple[str, ...]:
    """The elements of a presence document, each as text that is whole in itself.

    `prefix` makes their ids differ from those of other documents. Raises SipParseError.
    """
    root = _Reader().read(document)
    if root.tag != f"{PIDF}}}presence":
        raise SipParseError("Not a presence document")
    for child in root:
        id_ = child.get("id")
        if id_ is None and child.tag == f"{PIDF}}}tuple":
            raise SipParseError("A tuple without id")
        if id_ is not None:
            child.set("id", f"{prefix}.{_NOT_IN_ID.sub('_', id_)}")
    return tuple(_written(child, {}) for child in root)


def composed(entity: str, parts: Iterable[str]) -> bytes:
    """A presence document of those parts, of which the first have precedence."""
    inside, size = [], 0
    for part in parts:
        size += len(part.encode())
        if size <= MAX_DOCUMENT:
            inside.append(part + "\n")
    head = f'xmlns="{PIDF}"' + attribute("entity", entity)
    return f"{DECLARATION}<presence {head}>\n{''.join(inside)}</presence>\n".encode()


def _written(element: Element, declared: dict[str, str]) -> str:
    """An element as text. `declared`: prefixes by name space, as declared around it."""
    known = dict(declared)
    tag = _name(element.tag, known, plain=PIDF)
    attributes = "".join(
        attribute(_name(name, known, plain=""), value) for name, value in element.items()
    )
    spaces = "".join(
        attribute(f"xmlns:{prefix}", space)
        for space, prefix in known.items()
        if space not in declared
    )
    inside = text(element.text or "") + "".join(
        _written(child, known) + text(child.tail or "") for child in element
    )
    head = tag + spaces + attributes
    return f"<{head}>{inside}</{tag}>" if inside else f"<{head}/>"


def _name(name: str, known: dict[str, str], plain: str) -> str:
    """A name with its prefix; none for those of the name space `plain`."""
    space, _, local = name.rpartition("}")
    if space == plain:
        return local
    if space == _XML:
        return f"xml:{local}"
    if not space:
        raise SipParseError("An element without name space")
    return f"{known.setdefault(space, f'n{len(known)}')}:{local}"
