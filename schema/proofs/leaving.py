"""Which numbers leave as which: what a rule makes of all numbers of a set, and of which it makes
those of a set.

The same as RuleEntry.transform, for sets: strip, prepend and templates, and then E.164 as it is
written at a site.
"""

from functools import lru_cache

from schema.automata import Dfa, image, pattern_of, preimage
from schema.dialplan.numbering import Numbering
from schema.dialplan.pattern import ALPHABET, Pattern, parse_pattern
from schema.dialplan.rows import RuleEntry
from schema.dialplan.template import Template, parse_template
from schema.proofs.reading import numbers_of


def after(rule: RuleEntry, numbering: Numbering, dialled: Dfa) -> Dfa:
    """The numbers that leave when those of a set are dialled."""
    called = image(dialled, template_of(rule)) & Dfa.numbers()
    return _written(numbering, called) if rule.e164 else called


def before(rule: RuleEntry, numbering: Numbering, leaving: Dfa) -> Dfa:
    """The numbers that, when they are dialled, leave as one of a set."""
    return _before(template_of(rule), numbering if rule.e164 else None, leaving)


def may_leave(rule: RuleEntry, numbering: Numbering, leaving: Dfa) -> bool:
    """Whether some number of a set may leave at all; costs much less than to say which."""
    template = template_of(rule)
    if rule.e164 or template.constant or template.after or template.start < 0 or template.length:
        return bool(before(rule, numbering, leaving) & numbers_of(rule.patterns))
    start = leaving.after(template.before)
    patterns = map(parse_pattern, rule.patterns)
    return any(_meets(leaving, start, pattern, template.start) for pattern in patterns)


def _meets(numbers: Dfa, start: int, pattern: Pattern, skipped: int) -> bool:
    """Whether an automaton, from a state on, accepts something behind the first characters."""
    states, dead = {start}, numbers.dead
    for accepted in pattern.symbols[skipped:]:
        states = {numbers.after(character, state) for state in states for character in accepted}
        states -= {dead}
    return bool(states) if pattern.tail else not numbers.accepting.isdisjoint(states)


def template_of(rule: RuleEntry) -> Template:
    """What a rule makes of a number, before it is written in E.164."""
    if rule.dial is not None:
        return parse_template(rule.dial)
    return Template(rule.prepend, "", rule.strip)


@lru_cache(maxsize=512)
def _before(template: Template, numbering: Numbering | None, leaving: Dfa) -> Dfa:
    """Few rules of a plan differ in what they make of numbers, so most have been asked before."""
    meant = leaving & Dfa.numbers()
    return preimage(meant if numbering is None else _read(numbering, meant), template)


# E.164: schema.dialplan.numbering says in which order prefixes are looked for.


def _read(numbering: Numbering, meant: Dfa) -> Dfa:
    """Numbers that mean one of a set at their place."""
    international, national, local, rest = _parts(numbering)
    country = f"+{numbering.country_code}"
    return (
        (meant & _beginning("+"))
        | (image(_behind("+", meant), Template(numbering.international_prefix, "")) & international)
        | (image(_behind(country, meant), Template(numbering.national_prefix, "")) & national)
        | (_behind(country + numbering.area_code, meant) & local)
        | (_behind(country, meant) & rest)
    )


def _written(numbering: Numbering, called: Dfa) -> Dfa:
    """What numbers mean at their place."""
    international, national, local, rest = _parts(numbering)
    country = f"+{numbering.country_code}"
    abroad, trunk = len(numbering.international_prefix), len(numbering.national_prefix)
    return (
        (called & _beginning("+"))
        | image(called & international, Template("+", "", abroad))
        | image(called & national, Template(country, "", trunk))
        | image(called & local, Template(country + numbering.area_code, ""))
        | image(called & rest, Template(country, ""))
    )


@lru_cache(maxsize=64)
def _parts(numbering: Numbering) -> tuple[Dfa, Dfa, Dfa, Dfa]:
    """Numbers without a plus: with the international prefix, with the national one, within the
    area, and the others."""
    left = Dfa.numbers() - _beginning("+")
    international = left & _beginning(numbering.international_prefix)
    left -= international
    national = left & _beginning(numbering.national_prefix)
    left -= national
    local = left & _within_area(numbering)
    return international, national, local, left - local


def _beginning(prefix: str) -> Dfa:
    """Numbers with a prefix; none when there is no such prefix."""
    return Dfa.of_patterns([parse_pattern(prefix + "!")]) if prefix else Dfa.nothing()


def _behind(prefix: str, numbers: Dfa) -> Dfa:
    """What follows a prefix in the numbers of a set that have it."""
    return preimage(numbers, Template(prefix, ""))


def _within_area(numbering: Numbering) -> Dfa:
    if not numbering.area_code:
        return Dfa.nothing()
    if not numbering.local_lengths:
        return Dfa.numbers()
    lengths = numbering.local_lengths
    return Dfa.of_patterns([pattern_of((ALPHABET,) * length, "") for length in lengths])
