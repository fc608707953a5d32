"""What a rule makes of the numbers that it is asked for, and where two of them make the same.

`Rule.e164` depends on how a number begins, so numbers are told apart by that first (`splits`); all
numbers of a part are then written by one template.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from schema.automata import Dfa, pattern_of, preimage_patterns
from schema.dialplan.numbering import Numbering
from schema.dialplan.pattern import ALPHABET, Pattern, parse_pattern
from schema.dialplan.rows import RuleEntry
from schema.dialplan.template import Template, parse_template

LONGEST = 64
"""Characters of the longest number that a rule can hold (schema.models.rule)."""


class Writing(NamedTuple):
    """How the numbers of a part are written."""

    template: Template
    numbering: Numbering | None = None
    """Where one template cannot say it: the result is read as dialled there, written as E.164."""
    prefix: str = ""
    """Put before that."""

    def of(self, number: str) -> str:
        """The number in place of `number`."""
        called = self.template.expand(number)
        if self.numbering is not None and called:
            called = self.numbering.e164(called)
        return self.prefix + called

    def behind(self, prefix: str) -> "Writing":
        """The same with a gateway's prefix before it."""
        if self.numbering is not None:
            return self._replace(prefix=prefix)
        return Writing(self.template._replace(before=prefix + self.template.before))


def template_of(rule: RuleEntry) -> Template:
    """The rule's template, before E.164."""
    return (
        Template(rule.prepend, "", rule.strip) if rule.dial is None else parse_template(rule.dial)
    )


def splits(rule: RuleEntry, numberings: Iterable[Numbering]) -> Iterator[Pattern]:
    """Patterns that tell apart which numbers a rule writes in which way, and leaves empty."""
    template = template_of(rule)
    bare = not (template.before or template.after or template.constant)
    if bare and template.start > 0:
        shortest = min(len(parse_pattern(text).symbols) for text in rule.patterns)
        yield from (_any(length) for length in range(max(1, shortest), template.start + 1))
    if rule.e164:
        beginnings = {found for each in numberings for found in _told_by(each)}
        for pattern in sorted(beginnings, key=lambda pattern: pattern.text):
            for each in dict.fromkeys(_from_the_front(rule, template)):
                yield from preimage_patterns(pattern, each) or ()


def _from_the_front(rule: RuleEntry, template: Template) -> Iterator[Template]:
    """What is kept at the end is kept from some place on, where numbers have one length."""
    if template.start >= 0:
        yield template
        return
    for pattern in map(parse_pattern, rule.patterns):
        if not pattern.tail:
            yield _of_length(template, len(pattern.symbols))


def _of_length(template: Template, length: int) -> Template:
    return template._replace(start=max(0, length + template.start))


def _told_by(numbering: Numbering) -> Iterator[Pattern]:
    """What Numbering.e164 looks at."""
    for prefix in ("+", numbering.international_prefix, numbering.national_prefix):
        if prefix:
            yield parse_pattern(prefix + "!")
    if numbering.area_code:
        yield from map(_any, numbering.local_lengths)


def _any(length: int) -> Pattern:
    return pattern_of((ALPHABET,) * length)


def writing(rule: RuleEntry, numbering: Numbering, number: str) -> Writing:
    """How a rule writes `number` and all that `splits` does not tell apart from it."""
    template = template_of(rule)
    called = template.expand(number)
    if not rule.e164 or not called:
        return Writing(template)
    if template.constant:
        return Writing(Template(numbering.e164(called), "", constant=True))
    if template.start < 0:
        if all(p.tail for p in map(parse_pattern, rule.patterns) if p.matches(number)):
            return Writing(template, numbering)
        template = _of_length(template, len(number))
    taken, put = _replaced(numbering, called)
    if taken <= len(template.before):
        return Writing(template._replace(before=put + template.before[taken:]))
    if template.after or template.length is not None:
        return Writing(template, numbering)
    start = template.start + taken - len(template.before)
    return Writing(template._replace(before=put, start=start))


def _replaced(numbering: Numbering, called: str) -> tuple[int, str]:
    """How many first characters Numbering.e164 takes away, and what it puts there."""
    kept = called[_taken(numbering, called) :]
    written = numbering.e164(called)
    return len(called) - len(kept), written[: len(written) - len(kept)]


def _taken(numbering: Numbering, called: str) -> int:
    if called.startswith("+"):
        return 0
    prefixes = (numbering.international_prefix, numbering.national_prefix)
    return next((len(each) for each in prefixes if each and called.startswith(each)), 0)


def agreement(one: Writing, other: Writing) -> Dfa:
    """The numbers that both write the same.

    Where what is kept of a number comes to stand at another place, long numbers can be the same by
    repeating themselves ("0000"): they are taken for different.
    """
    if one == other:
        return Dfa.numbers()
    if one.numbering is not None or other.numbering is not None:
        return Dfa.nothing()
    a, b = one.template, other.template
    settled = max(_settled(a), _settled(b))
    patterns = [_alike(a, b, length) for length in range(1, settled + LONGEST)]
    if _grow_alike(a, b):
        head = _alike(a, b, settled)
        patterns.append(pattern_of(head.symbols, "!") if head is not None else None)
    return Dfa.of_patterns([pattern for pattern in patterns if pattern is not None])


def _settled(template: Template) -> int:
    """From this length on a longer number changes nothing but what is kept of it."""
    if template.constant:
        return 0
    return abs(template.start) + (template.length or 0)


def _grow_alike(a: Template, b: Template) -> bool:
    """Whether what holds for a number that is long enough holds for what follows it as well."""
    if min(a.start, b.start) < 0:
        return False
    a_grows, b_grows = (not t.constant and t.length is None for t in (a, b))
    if a_grows and b_grows:
        return a.after == b.after and len(a.before) - a.start == len(b.before) - b.start
    return not a_grows and not b_grows


def _alike(a: Template, b: Template, length: int) -> Pattern | None:
    """The numbers of a length that both write the same, as far as a pattern can tell."""
    first, second = _cells(a, length), _cells(b, length)
    if len(first) != len(second):
        return None
    symbols = [ALPHABET] * length
    for mine, theirs in zip(first, second, strict=True):
        if mine == theirs:
            continue
        place, character = (mine, theirs) if isinstance(mine, int) else (theirs, mine)
        if not isinstance(place, int) or not isinstance(character, str):
            return None
        if character not in symbols[place]:
            return None
        symbols[place] = character
    return pattern_of(symbols)


def _cells(template: Template, length: int) -> list[int | str]:
    """The result for numbers of a length: characters, and places in the number."""
    if template.constant:
        return list(template.before)
    end = None if template.length is None else template.start + template.length
    kept = range(length)[template.start : end]
    return [*template.before, *kept, *template.after]
