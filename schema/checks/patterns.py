"""Patterns outside of rules: of blocked callers, ranges, number classes and proofs."""

from collections.abc import Iterator
from typing import get_args

from schema.assembly import Tree
from schema.diagnostics import Diagnostic
from schema.dialplan.pattern import PatternError, parse_pattern
from schema.models.proof import NumberClass
from schema.source import Path


def check(tree: Tree) -> Iterator[Diagnostic]:
    """Report those that cannot be read."""
    for section, id_, path, text in _patterns(tree):
        try:
            parse_pattern(text)
        except PatternError as error:
            message = f'the pattern "{text}" is not valid: {error.reason}'
            yield tree.report("PBX1301", message, section, id_, *path, hint=error.hint)


def _patterns(tree: Tree) -> Iterator[tuple[str, str, Path, str]]:
    if tree.system is not None:
        yield from _listed("system", "inbound", ("block",), tree.system.inbound.block)
        classes = tree.system.number_classes
        for name in type(classes).model_fields:
            yield from _listed("system", "number_classes", (name,), getattr(classes, name) or ())
    for id_, gateway in tree.gateways.items():
        inbound = gateway.inbound
        yield from _listed("gateways", id_, ("inbound", "dids"), inbound.dids)
        yield from _listed("gateways", id_, ("inbound", "block"), inbound.block)
    for id_, user in tree.users.items():
        if user.block:
            yield from _listed("users", id_, ("block",), user.block)
    for proof in tree.prove:
        if proof.reaches not in get_args(NumberClass):
            yield "prove", proof.proof, ("reaches",), proof.reaches


def _listed(
    section: str, id_: str, path: Path, texts: tuple[str, ...]
) -> Iterator[tuple[str, str, Path, str]]:
    return ((section, id_, (*path, at), text) for at, text in enumerate(texts))
