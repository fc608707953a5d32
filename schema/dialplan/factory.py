"""Rules that come ready-made: emergency numbers, and the classes of numbers of a region as they are
dialled there.

For each class of numbers (schema.dialplan.classes) there is a rule for what is dialled behind the
outside digits, with the national prefix or with the international one. Where there are outside
digits, a second rule, `…-e164`, takes what phones dial from an address book as +12125550123; where
some numbers go without the national prefix, a third, `…-unprefixed`, takes those. The rules write
E.164. Costly numbers come before what would swallow them. Knows the settings of a
system, not the tree: schema.assembly puts the rules behind those of the tree.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from schema.dialplan.classes import classes_instead, fixed_line_numbers
from schema.dialplan.compile import numbering
from schema.dialplan.forms import (
    Form,
    after,
    joined,
    literal,
    merged,
    notation,
    of_pattern,
    without,
)
from schema.dialplan.numbering import Numbering
from schema.dialplan.pattern import PatternError
from schema.dialplan.writing import without_prefix
from schema.models import Rule, Site, SystemSettings
from schema.models.rule import RuleType
from schema.models.system import Factory, NumberClasses

OUTSIDE: Final = "-outside"
"""Ends the name of the emergency rule for numbers behind the outside digits."""
E164: Final = "-e164"
"""Ends the names of rules for numbers that are dialled in E.164."""
UNPREFIXED: Final = "-unprefixed"
"""Ends the names of rules for numbers that are written without the country's national prefix."""


class Kind(NamedTuple):
    """A class of numbers, and the rule for it."""

    name: str
    """The class, and what `factory.refuse` calls it."""
    type: RuleType
    overlong: bool = False
    """Whether the rule also takes what is dialled behind a whole number: exchanges connect when a
    number is complete, and one digit more must not lead around the permission."""

    @property
    def rule(self) -> str:
        """The rule's name."""
        return self.name.replace("_", "-")


CLASSES: Final = (
    Kind("premium", "premium", overlong=True),
    Kind("shared_cost", "custom", overlong=True),
    Kind("toll_free", "toll_free"),
    Kind("international", "international"),
    Kind("mobile", "mobile", overlong=True),
    Kind("national", "long_distance"),
)
"""In the order of their rules: the first that matches decides. Local ones come before national."""
LOCAL: Final = Kind("local", "local")

Numbers = Mapping[str, list[Form]]


def factory_rules(
    system: SystemSettings, sites: Iterable[Site], own: Iterable[str]
) -> tuple[Rule, ...]:
    """The ready-made rules of a system; none without `factory`. Equal settings get the same rules.

    `own` are the names of the tree's rules: of two rules with one name the tree's counts. A class
    that the tree's rule takes, or that `refuse` leaves out, is not let through by a later rule.
    """
    if system.factory is None:
        return ()
    here = (site for site in sites if site.region in (None, system.region))
    areas = sorted({site.area_code for site in here if site.area_code})
    return _rules(
        system.region, system.factory, system.number_classes, tuple(areas), frozenset(own)
    )


@lru_cache(maxsize=16)
def _rules(
    region: str, factory: Factory, instead: NumberClasses, areas: tuple[str, ...],
    own: frozenset[str],
) -> tuple[Rule, ...]:  # fmt: skip
    refused = frozenset(factory.refuse)
    here = numbering(region)
    classes = classes_instead(region, instead)
    numbers: Numbers = {name: _readable(patterns) for name, patterns in classes.items()}
    kept = _kept(numbers, refused | {kind.name for kind in CLASSES if kind.rule in own})
    rules = [] if "emergency" in refused else list(_emergency(factory, classes["emergency"]))
    for kind in CLASSES:
        if kind.name == "national" and "local" not in refused:
            rules += _behind_outside(factory, LOCAL, _local(region, areas, here))
        rules += _of_class(factory, kind, kept[kind.name], here)
        rules += _unprefixed(factory, kind, kept[kind.name], region)
    return tuple(rule for rule in rules if rule.rule not in own)


def _readable(patterns: Iterable[str]) -> list[Form]:
    """Patterns as forms. Those that cannot be read are reported by schema.checks.factory."""
    forms = []
    for text in patterns:
        try:
            forms.append(of_pattern(text))
        except PatternError:
            continue
    return forms


def _kept(numbers: Numbers, left_out: Collection[str]) -> Numbers:
    """The numbers of each class, without those of classes before it that are left out."""
    taken: list[Form] = []
    kept: dict[str, list[Form]] = {}
    for kind in CLASSES:
        forms = _whole(kind, numbers[kind.name])
        kept[kind.name] = without(forms, taken)
        if kind.name in left_out:
            kept[kind.name] = []
            taken += forms
    return kept


def _whole(kind: Kind, forms: list[Form]) -> list[Form]:
    return [form._replace(more=True) for form in forms] if kind.overlong else forms


def _emergency(factory: Factory, numbers: tuple[str, ...]) -> Iterator[Rule]:
    """Help is called by the plain number, whether or not the outside digits are dialled before."""
    if numbers:
        yield Rule(rule="emergency", type="emergency", match=numbers, via=factory.via)
    if numbers and factory.outside:
        yield Rule(
            rule="emergency" + OUTSIDE,
            type="emergency",
            match=tuple(factory.outside + number for number in numbers),
            strip=len(factory.outside),
            via=factory.via,
        )


def _of_class(factory: Factory, kind: Kind, forms: list[Form], here: Numbering) -> Iterator[Rule]:
    dialled = list(_as_dialled(forms, here))
    if factory.outside:
        yield from _behind_outside(factory, kind, dialled)
        yield from _rule(factory, kind, kind.rule + E164, 0, forms)
    else:
        yield from _rule(factory, kind, kind.rule, 0, [*dialled, *forms])


def _unprefixed(factory: Factory, kind: Kind, forms: list[Form], region: str) -> Iterator[Rule]:
    """Without a prefix a number would be read as one of the own area, so it is completed here."""
    here = numbering(region)
    if here.local_lengths:
        return
    code = f"+{here.country_code}"
    national = without_prefix(region, after(forms, code), whole=kind.name == "national")
    for rule in _behind_outside(factory, kind, national):
        yield rule.model_copy(
            update={"rule": kind.rule + UNPREFIXED, "prepend": code, "e164": False}
        )


def _as_dialled(forms: list[Form], here: Numbering) -> Iterator[Form]:
    """E.164 numbers as they are dialled: those of the country with the national prefix, and without
    it where it is told from a local number; all with the international prefix, if there is one."""
    national = after(forms, f"+{here.country_code}")
    at_home = joined([literal(here.national_prefix)], national)
    if here.local_lengths and here.national_prefix:
        at_home += national
    yield from without(at_home, _beginning(here.international_prefix))
    if here.international_prefix:
        yield from joined([literal(here.international_prefix)], after(forms, "+"))


def _beginning(*prefixes: str) -> list[Form]:
    """All that begins with one of the prefixes, and would be read so."""
    return [literal(prefix)._replace(more=True) for prefix in prefixes if prefix]


def _local(region: str, areas: tuple[str, ...], here: Numbering) -> list[Form]:
    """Numbers within the area codes, as dialled: none that reads as beginning with a prefix. Where
    numbers with the area code are told by their length (in North America), those as well."""
    taken = _beginning(here.national_prefix, here.international_prefix)
    told = here.national_prefix or here.local_lengths
    forms: list[Form] = []
    for area in areas if told else ():
        within = without(after(fixed_line_numbers(region), area), taken)
        forms += within
        forms += joined([literal(area)], within) if here.local_lengths else ()
    return merged(forms)


def _behind_outside(factory: Factory, kind: Kind, forms: list[Form]) -> Iterator[Rule]:
    outside = literal(factory.outside)
    yield from _rule(factory, kind, kind.rule, len(factory.outside), joined([outside], forms))


def _rule(
    factory: Factory, kind: Kind, name: str, strip: int, forms: Iterable[Form]
) -> Iterator[Rule]:
    """The rule for some numbers; none for no numbers."""
    patterns = tuple(map(notation, merged(forms)))
    if patterns:
        allow = (kind.name,) if kind.type == "custom" else None
        yield Rule(
            rule=name, type=kind.type, match=patterns, strip=strip, e164=True, via=factory.via,
            allow=allow,
        )  # fmt: skip
