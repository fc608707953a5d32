"""Permissions: what rules ask for and what is granted should be the same words."""

from collections.abc import Iterator
from typing import get_args

from schema.assembly import Tree
from schema.diagnostics import Diagnostic
from schema.mentions import GRANTING
from schema.models.rule import RuleType
from schema.suggest import closest

_SOURCES = GRANTING


def check(tree: Tree) -> Iterator[Diagnostic]:
    """Report permissions that nobody has, and granted ones that nothing asks for."""
    granted = tree.mentions.permissions
    yield from _nobody_has(tree, granted)
    if tree.dialplan and "dialplan" not in tree.incomplete:
        yield from _unused(tree, granted)


def _nobody_has(tree: Tree, granted: frozenset[str]) -> Iterator[Diagnostic]:
    everybody = all(len(getattr(tree, section)) == len(tree.ids[section]) for section in _SOURCES)
    if not everybody or tree.incomplete & set(_SOURCES):
        return  # somebody whose entry is broken may have it
    for rule in tree.dialplan:
        missing = [word for word in rule.permissions if word not in granted]
        # A ready-made rule for what nobody may dial is there to refuse it.
        if rule.enabled and missing and rule.rule not in tree.ready_made:
            message = f'nobody has the permission "{missing[0]}" of the rule "{rule.rule}"'
            near = closest(missing[0], granted)
            hint = f'did you mean "{near}"?' if near else "grant it to a group, or write allow: []"
            path = ("rule",) if rule.allow is None else ("allow", rule.allow.index(missing[0]))
            yield tree.report("PBX1307", message, "dialplan", rule.rule, *path, hint=hint)


def _unused(tree: Tree, granted: frozenset[str]) -> Iterator[Diagnostic]:
    asked = {word for rule in tree.dialplan for word in rule.permissions} | {*get_args(RuleType)}
    unused = granted - asked
    if not unused:
        return
    for section in _SOURCES:
        for id_, entry in getattr(tree, section).items():
            for at, word in enumerate(entry.permissions):
                if word in unused:
                    near = closest(word, asked)
                    hint = f'did you mean "{near}"?' if near else "remove it, or use it in allow"
                    message = f'no rule asks for the permission "{word}"'
                    path = ("permissions", at)
                    yield tree.report("PBX1210", message, section, id_, *path, hint=hint)
