"""The rules of the dial plan: each by itself, and in their order."""

from collections.abc import Iterator

from schema.assembly import Tree
from schema.checks.hidden import hidden_rules
from schema.diagnostics import Diagnostic
from schema.dialplan.pattern import ALPHABET, Pattern, PatternError, parse_pattern
from schema.models import Rule, User
from schema.source import Path
from schema.tree import MAIN_FILE


def check(tree: Tree) -> Iterator[Diagnostic]:
    """Report rules that cannot work, or not as they look."""
    parsed: list[tuple[Rule, list[Pattern]]] = []
    for rule in tree.dialplan:
        patterns, broken = _patterns(tree, rule)
        yield from broken
        yield from _rewriting(tree, rule, patterns)
        yield from _destination(tree, rule)
        if rule.type == "emergency":
            yield from _emergency(tree, rule)
        if rule.enabled:
            parsed.append((rule, patterns))
    yield from _hidden(tree, parsed)
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
    for pattern in patterns:
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
    if rule.type == "emergency":
        return  # said more plainly as PBX1306
    if rule.dial is None and not rule.strip and not rule.prepend:
        message = f'the rule "{rule.rule}" leads nowhere: no gateway and nothing to dial'
        hint = "add via: [gateway]" + _gateways(tree)
        yield tree.report("PBX1302", message, "dialplan", rule.rule, "rule", hint=hint)
    elif rule.dial is not None and not _is_somebody(tree, rule.dial):
        message = f'the rule "{rule.rule}" has no gateway, and {rule.dial} is no user\'s number'
        hint = "add via: [gateway], or dial a user's extension"
        yield tree.report("PBX1302", message, "dialplan", rule.rule, "dial", hint=hint)


def _gateways(tree: Tree) -> str:
    names = list(tree.gateways)[:5]
    return f"; gateways: {', '.join(names)}" if names else ""


def _is_somebody(tree: Tree, number: str) -> bool:
    if "users" in tree.incomplete or len(tree.users) < len(tree.ids["users"]):
        return True  # it may be the number of a user whose entry is broken
    if number in tree.users or number in tree.numbers:
        return True
    return any(number in user.dids for user in tree.users.values())


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


def _hidden(tree: Tree, parsed: list[tuple[Rule, list[Pattern]]]) -> Iterator[Diagnostic]:
    for rule, by in hidden_rules(parsed):
        also = tree.also(f'"{by.rule}" matches first', "dialplan", by.rule, "match")
        message = f'the rule "{rule.rule}" is never reached'
        hint = f'move it before "{by.rule}", or make that one narrower'
        if by.type == "emergency":
            hint = f'emergency rules come before all others; "{by.rule}" takes these numbers'
        yield tree.report(
            "PBX1304", message, "dialplan", rule.rule, "match", hint=hint, related=also
        )


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
    for id_, user in tree.users.items() if emergency and takes else ():
        for path, number in _numbers(user, first_digits):
            by = next((rule for rule, pattern in emergency if pattern.matches(number)), None)
            if by is not None:
                also = tree.also(f'"{by.rule}" matches', "dialplan", by.rule, "match")
                message = f'"{number}" of "{id_}" is an emergency number'
                hint = "emergency rules come first, so the user cannot be called; choose another"
                yield tree.report("PBX1312", message, "users", id_, *path, hint=hint, related=also)


def _numbers(user: User, first_digits: set[str]) -> Iterator[tuple[Path, str]]:
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
