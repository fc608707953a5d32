"""Differences in words, for whoever reviews a change."""

from collections.abc import Iterator

from schema.automata import Dfa, image
from schema.automata.alphabet import ORDER
from schema.dialplan.classes import Classes
from schema.meaning.behaviour import DISABLED, Behaviour
from schema.meaning.difference import Difference, Found, Numbers, Outcome, Part, Raw
from schema.meaning.kinds import in_order, kinds_of

REASONS = {404: "nobody has such a number", 484: "no digits are left", 503: "no gateway is enabled"}
MOST_PATTERNS = 6
"""Patterns that a sentence names."""


def told(raw: Raw, who: str, old_classes: Classes, new_classes: Classes) -> Difference | None:
    """The difference with its words, and the kinds of calls that it is about; None where all of
    its numbers are somebody's."""
    numbers = Numbers.of(raw.every, raw.but)
    if numbers is None:
        return None
    example = numbers.example
    found = raw.of(example)
    was, now = outcome(found.was, example), outcome(found.now, example)
    rule = found.now.rule or found.was.rule
    kinds = in_order(k for part in raw.parts for k in _kinds(part, old_classes, new_classes))
    if raw.inbound:
        kinds = ("inbound",)
    return Difference(
        who,
        found.hours.words,
        found.at if found.hours.words else None,
        numbers,
        was,
        now,
        _sentence(raw, numbers, who, was, now),
        kinds,
        "emergency" in kinds and all(_improves(part.found) for part in raw.parts),
        rule.file if rule is not None else "",
        rule.line if rule is not None else 0,
    )


def _kinds(part: Part, old: Classes, new: Classes) -> Iterator[str]:
    if part.found.was.refused and part.found.now.refused:
        sides = {*kinds_of(part.found.was, part.numbers, part.old_numbering, old)}
        yield from sides & {"emergency"}
        return
    yield from kinds_of(part.found.was, part.numbers, part.old_numbering, old)
    yield from kinds_of(part.found.now, part.numbers, part.new_numbering, new)


def _improves(found: Found) -> bool:
    was, now = ([way.gateway for way in side.ways] for side in (found.was, found.now))
    return found.now.emergency and was != now and was == [id_ for id_ in now if id_ in was]


def outcome(behaviour: Behaviour, dialled: str) -> Outcome:
    """What becomes of a call to `dialled`."""
    if behaviour.kind == "refused":
        return Outcome(_refused(behaviour), behaviour.status)
    number = behaviour.writing.of(dialled) if behaviour.writing is not None else ""
    gateways = tuple(way.gateway for way in behaviour.ways)
    if behaviour.ways:
        number = behaviour.ways[0].writing.of(dialled)
    return Outcome(_reached(behaviour, number), 200, gateways, number)


def _refused(behaviour: Behaviour) -> str:
    if behaviour == DISABLED:
        return "refused, disabled"
    if behaviour.lacks:
        return f"refused, lacks {' and '.join(behaviour.lacks)}"
    if behaviour.status == 404 and behaviour.rule is None:
        return "refused, no rule matches"
    return f"refused, {REASONS.get(behaviour.status, behaviour.status)}"


def _reached(behaviour: Behaviour, number: str) -> str:
    if behaviour.ways:
        return f"via {_gateways(behaviour)}"
    if behaviour.kind == "inside":
        return f"looked up inside as {number}"
    if behaviour.kind == "pickup":
        return f"picks up for {number}" if number else "picks up in the caller's groups"
    name = behaviour.kind.replace("_", " ")
    return f"{name} {behaviour.target}" if behaviour.target else f"a {name}"


def _gateways(behaviour: Behaviour) -> str:
    """In the order in which they are tried; those that share the load with their shares."""
    shared = any(way.weight for way in behaviour.ways)
    words = [f"{w.gateway} ({w.weight})" if shared else w.gateway for w in behaviour.ways]
    return ", then ".join(words)


def _sentence(raw: Raw, numbers: Numbers, who: str, was: Outcome, now: Outcome) -> str:
    found = raw.of(numbers.example)
    for_whom = f" for {who}" + (f" {found.hours.words}" if found.hours.words else "")
    predicate = _predicate(raw, found, for_whom, was, now)
    return f"{_subject(numbers)} {predicate}; {_extent(numbers)}"


def _predicate(raw: Raw, found: Found, for_whom: str, was: Outcome, now: Outcome) -> str:
    before, after = found.was, found.now
    if before.refused and after.refused:
        return f"stay refused{for_whom}, with {now.status} instead of {was.status} ({now.text})"
    if before.refused:
        return f"become reachable{for_whom} (was: {was.text}), {now.text}"
    if after.refused:
        return f"are no longer reachable{for_whom} ({now.text}; was: {was.text})"
    if before.plainly == after.plainly:
        old, new = _written(raw, before, was), _written(raw, after, now)
        verb = "are sent" if after.ways else "are looked up"
        return f"{verb} as {new} instead of {old}{for_whom}"
    if before.ways and after.ways:
        return f"leave by {_gateways(after)} instead of {_gateways(before)}{for_whom}"
    return f"lead to {now.text} instead of {was.text}{for_whom}"


def _written(raw: Raw, behaviour: Behaviour, outcome: Outcome) -> str:
    """How the numbers are written, as far as they all begin alike: "+49…"."""
    writing = behaviour.ways[0].writing if behaviour.ways else behaviour.writing
    if writing is None or writing.numbering is not None or len(raw.parts) > 1:
        return outcome.number
    begun, whole = _beginning(image(raw.every, writing.template))
    return begun if whole else f"{begun}…"


def _beginning(numbers: Dfa) -> tuple[str, bool]:
    """With what all of some numbers begin, and whether that is all there is."""
    begun, state, dead = "", 0, numbers.dead
    while state not in numbers.accepting:
        following = numbers.steps[state]
        alive = [place for place, target in enumerate(following) if target != dead]
        if len(alive) != 1:
            return begun, False
        begun, state = begun + ORDER[alive[0]], following[alive[0]]
    return begun, {*numbers.steps[state]} == {dead}


def _subject(numbers: Numbers) -> str:
    shown = numbers.patterns[:MOST_PATTERNS]
    more = not numbers.complete or len(shown) < len(numbers.patterns)
    if numbers.total == 1:
        return f"calls to {numbers.example}"
    words = ", ".join(shown) + (" and others" if more else "")
    but = f" (but {_counted(numbers.but)} of users)" if numbers.but else ""
    return f"numbers matching {words}{but}"


def _extent(numbers: Numbers) -> str:
    if numbers.total is None:
        many = f"without end, {numbers.so_many:,} of {numbers.longest} characters or less"
        return f"shortest: {numbers.example}; {many}"
    if numbers.total == 1:
        return "1 number"
    return f"shortest: {numbers.example}; {_counted(numbers.total)}"


def _counted(count: int) -> str:
    return f"{count:,} number{'s' * (count != 1)}"
