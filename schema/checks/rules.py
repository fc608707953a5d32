"""The rules of the dial plan: each by itself, and in their order."""

from collections.abc import Iterator
from typing import Final

from schema.assembly import Tree
from schema.checks.destinations import is_somebody
from schema.diagnostics import Diagnostic
from schema.dialplan.pattern import ALPHABET, Pattern, PatternError, parse_pattern
from schema.models import HuntGroup, Rule, User
from schema.source import Path
from schema.tree import MAIN_FILE

CONTRADICTIONS: Final = (
    ("PBX1317", "from", "type emergency", "calls for help come from users; remove from"),
    ("PBX1317", "to", "type emergency", "calls for help leave by gateways: via"),
    ("PBX1316", "from", "via", "nobody outside may use our trunks: lead the call to a destination"),
    ("PBX1315", "to", "via", "a call goes out by gateways or to somebody inside; keep one"),
    ("PBX1315", "to", "dial", "to says where the call goes; dial would have no effect"),
    ("PBX1315", "to", "strip", "to says where the call goes; strip would have no effect"),
    ("PBX1315", "to", "prepend", "to says where the call goes; prepend would have no effect"),
    ("PBX1318", "via", "type pickup", "a pickup takes a call that rings here; remove via"),
    ("PBX1318", "to", "type pickup", "whose call is taken is what is dialled; remove to"),
    ("PBX1318", "from", "type pickup", "calls are picked up by users; remove from"),
)
"""Code, the key that is wrong, what it does not go with, and what to do."""


def check(tree: Tree) -> Iterator[Diagnostic]:
    """Report rules that cannot work, or not as they look."""
    parsed: list[tuple[Rule, list[Pattern]]] = []
    for rule in tree.dialplan:
        patterns, broken = _patterns(tree, rule)
        yield from broken
        yield from _rewriting(tree, rule, patterns)
        if rule.rule not in tree.ready_made:
            yield from _destination(tree, rule)
        yield from _contradictions(tree, rule)
        if rule.type == "emergency":
            yield from _emergency(tree, rule)
        if rule.enabled:
            parsed.append((rule, patterns))
    yield from _emergency_numbers(tree, parsed)


def _place(rule: Rule, at: int) -> Path:
    """The path of a pattern, however `match` was written."""
    return ("match",) if isinstance(rule.match, str) else ("match", at)


def _patterns(tree: Tree, rule: Rule) -> tuple[list[Pattern], list[Diagnostic]]:
    patterns, broken = [], []
    for at, text in enumerate(rule.patterns):
        try:
            patterns.append(parse_pattern(text))
        except PatternError as error:
            message = f'the pattern "{text}" is not valid: {error.reason}'
            path = _place(rule, at)
            broken.append(
                tree.report("PBX1301", message, "dialplan", rule.rule, *path, hint=error.hint)
            )
    return patterns, broken


def _rewriting(tree: Tree, rule: Rule, patterns: list[Pattern]) -> Iterator[Diagnostic]:
    if rule.dial is not None and (rule.strip or rule.prepend):
        key = "strip" if rule.strip else "prepend"
        hint = f"dial replaces the whole number; remove it, or remove {key}"
        message = f'the rule "{rule.rule}" both replaces and rewrites the number'
        also = tree.also("replaced", "dialplan", rule.rule, "dial")
        yield tree.report("PBX1303", message, "dialplan", rule.rule, key, hint=hint, related=also)
        return
    for pattern in patterns if rule.type != "pickup" else ():  # there, no digits mean a group
        longest = len(pattern.symbols)
        if not pattern.tail and rule.strip >= longest and not rule.prepend and rule.strip:
            message = f'"{pattern.text}" matches {longest} digits, and {rule.strip} are stripped'
            hint = f"strip {longest - 1} at most, or prepend something"
            yield tree.report("PBX1310", message, "dialplan", rule.rule, "strip", hint=hint)


def _destination(tree: Tree, rule: Rule) -> Iterator[Diagnostic]:
    """Out by gateways, or in to a user's number."""
    if rule.via:
        known = [tree.gateways[id_] for id_ in rule.via if id_ in tree.gateways]
        all_known = len(known) == len(rule.via)
        if rule.enabled and all_known and not any(gateway.enabled for gateway in known):
            yield _no_enabled_gateway(tree, rule)
        return
    if rule.type in ("emergency", "pickup") or rule.to is not None:
        return  # an emergency rule's is said more plainly as PBX1306
    if rule.dial is None and not rule.strip and not rule.prepend:
        message = f'the rule "{rule.rule}" leads nowhere: no gateway and nothing to dial'
        hint = "add via: [gateway]" + _gateways(tree)
        yield tree.report("PBX1302", message, "dialplan", rule.rule, "rule", hint=hint)
    elif rule.dial is not None and "$" not in rule.dial and not is_somebody(tree, rule.dial):
        message = f'the rule "{rule.rule}" has no gateway, and {rule.dial} is no user\'s number'
        hint = "add via: [gateway], or dial a user's extension"
        yield tree.report("PBX1302", message, "dialplan", rule.rule, "dial", hint=hint)


def _contradictions(tree: Tree, rule: Rule) -> Iterator[Diagnostic]:
    """Keys that exclude each other."""
    for code, key, other, hint in CONTRADICTIONS:
        named = other == f"type {rule.type}"
        if getattr(rule, key if key != "from" else "from_") and (
            named or (not other.startswith("type") and getattr(rule, other))
        ):
            message = f'the rule "{rule.rule}" has both {key} and {other}'
            also = () if named else tree.also("this one", "dialplan", rule.rule, other)
            place = ("dialplan", rule.rule, key)
            yield tree.report(code, message, *place, hint=hint, related=also)
            return


def _gateways(tree: Tree) -> str:
    names = list(tree.gateways)[:5]
    return f"; gateways: {', '.join(names)}" if names else ""


def _no_enabled_gateway(tree: Tree, rule: Rule) -> Diagnostic:
    code = "PBX1306" if rule.type == "emergency" else "PBX1313"
    message = f'all gateways of the rule "{rule.rule}" are disabled'
    hint = "enable one, or add another to via"
    return tree.report(code, message, "dialplan", rule.rule, "via", hint=hint)


def _emergency(tree: Tree, rule: Rule) -> Iterator[Diagnostic]:
    if not rule.via and rule.enabled:
        message = f'the emergency rule "{rule.rule}" has no gateway'
        hint = "add via: [gateway]" + _gateways(tree)
        yield tree.report("PBX1306", message, "dialplan", rule.rule, "rule", hint=hint)
    for key, value in (("when", rule.when), ("allow", rule.allow)):
        if value:
            message = f'"{key}" has no effect on an emergency rule'
            hint = "emergency calls are possible for everybody, at all times; remove it"
            yield tree.report("PBX1311", message, "dialplan", rule.rule, key, hint=hint)


def _emergency_numbers(
    tree: Tree, parsed: list[tuple[Rule, list[Pattern]]]
) -> Iterator[Diagnostic]:
    """An emergency rule there should be, and it should take nobody's number."""
    emergency = [
        (rule, p) for rule, patterns in parsed if rule.type == "emergency" for p in patterns
    ]
    if not any(rule.type == "emergency" for rule, _ in parsed):
        if tree.users and "dialplan" not in tree.incomplete:
            yield _no_emergency_rule(tree)
        return
    first_digits = {digit for _, p in emergency for digit in (p.symbols or (ALPHABET,))[0]}
    takes = [name for name in tree.mentions.names if name[0] in first_digits]
    owners: list[tuple[str, str, User | HuntGroup]] = []
    owners += (("hunt_groups", *item) for item in tree.hunt_groups.items())
    if emergency and takes:
        owners += (("users", *item) for item in tree.users.items())
    for section, id_, entry in owners if emergency else ():
        for path, number in _numbers(entry, first_digits):
            by = next((rule for rule, pattern in emergency if pattern.matches(number)), None)
            if by is not None:
                also = tree.also(f'"{by.rule}" matches', "dialplan", by.rule, "match")
                message = f'"{number}" of "{id_}" is an emergency number'
                hint = "emergency rules come first, so nobody can be called by it; choose another"
                yield tree.report("PBX1312", message, section, id_, *path, hint=hint, related=also)


def _numbers(user: User | HuntGroup, first_digits: set[str]) -> Iterator[tuple[Path, str]]:
    """Extension and aliases that begin with one of the digits, and their paths."""
    if user.extension is not None and user.extension[0] in first_digits:
        yield ("extension",), user.extension
    for at, alias in enumerate(user.aliases):
        if alias[0] in first_digits:
            yield ("aliases", at), alias


def _no_emergency_rule(tree: Tree) -> Diagnostic:
    hint = 'add: {rule: emergency, type: emergency, match: ["911"], dial: "911", via: [pstn]}'
    message = "no rule of the dial plan handles emergency calls"
    if not tree.dialplan:
        return Diagnostic("PBX1305", message, MAIN_FILE, hint=hint)
    first = tree.dialplan[0].rule
    return tree.report("PBX1305", message, "dialplan", first, "rule", hint=hint)
