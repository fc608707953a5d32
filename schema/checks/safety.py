"""What `system.safety` names."""

from collections.abc import Iterator

from schema.assembly import Tree
from schema.diagnostics import Diagnostic
from schema.entries import MODELS
from schema.suggest import did_you_mean


def check(tree: Tree) -> Iterator[Diagnostic]:
    """Report critical entries that do not exist: nothing would watch over them."""
    critical = tree.system.safety.critical if tree.system is not None else ()
    for number, name in enumerate(critical):
        section, _, id_ = name.partition("/")
        sections = (*MODELS, "rules")
        if section not in sections:
            hint = did_you_mean(section, sections) or f"sections are {', '.join(sections)}"
            yield _unknown(tree, number, f'there is no section "{section}"', hint)
            continue
        if section in tree.incomplete or ("dialplan" in tree.incomplete and section == "rules"):
            continue
        rules = [rule.rule for rule in tree.dialplan]
        known = rules if section == "rules" else list(tree.ids[section])
        if id_ not in known:
            hint = did_you_mean(id_, known) or f"write an id of `{section}` behind the slash"
            yield _unknown(tree, number, f'there is no "{name}"', hint)


def _unknown(tree: Tree, number: int, message: str, hint: str) -> Diagnostic:
    return tree.report("PBX1870", message, "system", "safety", "critical", number, hint=hint)
