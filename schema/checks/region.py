"""What depends on the region: ready-made rules, and the classes of its numbers.

Gateways of ready-made rules are checked here, once; schema.checks.rules and .references look at
those of the tree's own rules.
"""

from collections.abc import Iterator

from phonenumbers import SUPPORTED_REGIONS

from schema.assembly import Tree
from schema.checks.references import unknown
from schema.diagnostics import Diagnostic
from schema.dialplan.compile import numbering
from schema.models import SystemSettings
from schema.models.system import Factory, NumberClasses


def check(tree: Tree) -> Iterator[Diagnostic]:
    """Report what keeps ready-made rules and number classes from working as they look."""
    if tree.system is not None:
        yield from _classes(tree, tree.system.number_classes)
        yield from _areas(tree, tree.system.region)
    if tree.system is not None and tree.system.factory is not None:
        yield from _gateways(tree, tree.system.factory)
        yield from _abroad(tree, tree.system)
        yield from _other_regions(tree, tree.system)


def _classes(tree: Tree, classes: NumberClasses) -> Iterator[Diagnostic]:
    for name in type(classes).model_fields:
        patterns = getattr(classes, name) if name != "emergency" else None
        for at, text in enumerate(patterns or ()):
            if not text.removeprefix("_").startswith("+"):
                message = f'the pattern "{text}" matches no number in E.164'
                hint = "number classes are of E.164 numbers, whatever is dialled: +1900NXXXXXX"
                place = ("system", "number_classes", name, at)
                yield tree.report("PBX1354", message, *place, hint=hint)


def _areas(tree: Tree, region: str) -> Iterator[Diagnostic]:
    for id_, site in tree.sites.items():
        country = site.region or region
        known = country in SUPPORTED_REGIONS and site.area_code is not None
        if known and not numbering(country, site.area_code or "").area_code:
            message = f'the area code of "{id_}" has no effect: in {country} numbers are whole'
            hint = "numbers there are dialled with all digits, also within a town; remove area_code"
            yield tree.report("PBX1355", message, "sites", id_, "area_code", hint=hint)


def _gateways(tree: Tree, factory: Factory) -> Iterator[Diagnostic]:
    for at, gateway in enumerate(factory.via):
        if gateway not in tree.ids["gateways"]:
            yield from unknown(tree, "gateways", gateway, "system", "factory", "via", at)
    known = [tree.gateways[id_] for id_ in factory.via if id_ in tree.gateways]
    if len(known) == len(factory.via) and not any(gateway.enabled for gateway in known):
        message = "all gateways of the ready-made rules are disabled"
        hint = "enable one, or add another to via"
        yield tree.report("PBX1313", message, "system", "factory", "via", hint=hint)


def _abroad(tree: Tree, system: SystemSettings) -> Iterator[Diagnostic]:
    here = numbering(system.region)
    if here.country_code and not here.international_prefix:
        message = f"ready-made rules know no prefix for calls abroad from {system.region}"
        hint = "there are several prefixes, one for each carrier: add a rule for that of yours"
        yield tree.report("PBX1353", message, "system", "factory", hint=hint)


def _other_regions(tree: Tree, system: SystemSettings) -> Iterator[Diagnostic]:
    """A site elsewhere: what is dialled there would be read as it is meant there."""
    for id_, site in tree.sites.items():
        if site.region in SUPPORTED_REGIONS and numbering(site.region) != numbering(system.region):
            message = f'the ready-made rules are for {system.region}, "{id_}" is in {site.region}'
            hint = "people there dial as in the system's region; remove region, or write rules"
            also = tree.also("asked for here", "system", "factory")
            yield tree.report("PBX1352", message, "sites", id_, "region", hint=hint, related=also)
