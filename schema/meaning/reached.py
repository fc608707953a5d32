"""Differences in who is reached by calls to users and hunt groups, in words."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from schema.automata import Dfa
from schema.automata.alphabet import is_number, shortlex
from schema.dialplan.classes import Classes
from schema.dialplan.table import RouteTable
from schema.meaning.difference import Difference, Numbers, Outcome
from schema.meaning.inside import Answer, Called, Reached, inside
from schema.meaning.kinds import in_order, kinds_of_number
from schema.meaning.leads import Stop
from schema.meaning.pair import Pair
from schema.meaning.people import few


def reached(pair: Pair, old_classes: Classes, new_classes: Classes) -> Iterator[Difference]:
    """All of them; users and hunt groups about which the same is to be said are put together."""
    alike: dict[tuple[object, ...], list[Called]] = defaultdict(list)
    for each in inside(pair):
        alike[_said(each)].append(each)
    for group in alike.values():
        kinds = [
            *_kinds((r for c in group for r in c.was.without(c.now)), pair.old, old_classes),
            *_kinds((r for c in group for r in c.now.without(c.was)), pair.new, new_classes),
        ]
        yield _told(group, _numbers(pair.new, [each.called for each in group]), in_order(kinds))


def _said(called: Called) -> tuple[object, ...]:
    gained, lost = called.now.without(called.was), called.was.without(called.now)
    own = called.called.name
    targets = [
        tuple((r.kind, "" if r.target == own else r.target) for r in each)
        for each in (gained, lost)
    ]
    return called.called.kind, called.hours, called.was.status, called.now.status, *targets


def _kinds(calls: Iterable[Reached], table: RouteTable, classes: Classes) -> Iterator[str]:
    for call in calls:
        if call.kind == "gateway":
            number = call.number.removeprefix(table.gateways[call.target].prefix)
            yield from kinds_of_number(number, table.numbering, classes)


def _numbers(table: RouteTable, called: Sequence[Stop]) -> Numbers:
    """Their own numbers; without any, their names stand for them."""
    names = {stop.name for stop in called}
    owners = table.numbers if called[0].kind == "user" else table.group_numbers
    own = sorted((n for n, id_ in owners.items() if id_ in names and is_number(n)), key=shortlex)
    nothing = Numbers(0, (), True, called[0].name, 0, 0, 0)
    return Numbers.of(Dfa.of_literals(own)) or nothing


def _told(group: Sequence[Called], numbers: Numbers, kinds: tuple[str, ...]) -> Difference:
    first = group[0]
    kind = first.called.kind.replace("_", " ")
    who = f"{kind}{'s' * (len(group) > 1)} {few([each.called.name for each in group])}"
    when = f" {first.hours.words}" if first.hours.words else ""
    return Difference(
        who=f"callers of {who}",
        when=first.hours.words,
        at=first.state.at if first.hours.words else None,
        numbers=numbers,
        was=_outcome(first.was),
        now=_outcome(first.now),
        sentence=f"calls to {who}{when} {_predicate(group)}",
        kinds=kinds,
        improves=False,
        file="",
        line=0,
    )


def _predicate(group: Sequence[Called]) -> str:
    was, now = group[0].was, group[0].now
    one = len(group) == 1
    if now.status != 200:
        return f"are refused with {now.status}" + (f" (was: {_outcome(was).text})" if one else "")
    if was.status != 200:
        reach = _outcome(now).text if one else "reach somebody"
        return f"{reach} (was: refused with {was.status})"
    gained, lost = _words(now.without(was), one), _words(was.without(now), one)
    also = [f"also reach {gained}"] if gained else []
    return " and ".join([*also, *([f"no longer reach {lost}"] if lost else [])])


def _outcome(answer: Answer) -> Outcome:
    if answer.status != 200:
        return Outcome(f"refused with {answer.status}", answer.status)
    outside = [each for each in answer.reached if each.kind == "gateway"]
    return Outcome(
        f"reach {_words(answer.reached, True)}",
        200,
        tuple(dict.fromkeys(each.target for each in outside)),
        outside[0].number if outside else "",
    )


def _words(calls: Sequence[Reached], numbered: bool) -> str:
    """Those inside, and numbers with their gateways: "bob, +4930123 via pstn, then backup"."""
    found: dict[str, list[str]] = {}
    for call in calls:
        if call.kind == "gateway":
            name = call.number if numbered else "numbers outside"
            found.setdefault(f"{name} via ", []).append(call.target)
        else:
            found[f"{call.kind} {call.target}"] = []
    return ", ".join(name + ", then ".join(dict.fromkeys(via)) for name, via in found.items())
