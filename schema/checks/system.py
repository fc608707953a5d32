"""The system's domain, region, and every time zone of the tree."""

import re
import zoneinfo
from collections.abc import Iterable, Iterator
from functools import cache

import phonenumbers

from schema.address import is_domain
from schema.assembly import Tree
from schema.diagnostics import CATALOGUE, Diagnostic
from schema.source import Path
from schema.suggest import did_you_mean


def check(tree: Tree) -> Iterator[Diagnostic]:
    """Report names that the rest of the world does not know."""
    if tree.system is not None:
        yield from _domain(tree, tree.system.domain)
        yield from _accepted(tree, tree.system.accept)
        yield from _region(tree, tree.system.region, "system", "region")
    for id_, site in tree.sites.items():
        if site.region is not None:
            yield from _region(tree, site.region, "sites", id_, "region")
    for section, id_, path, name in _timezones(tree):
        if not known_timezone(name):
            message = f'there is no time zone "{name}"'
            hint = did_you_mean(name, zoneinfo.available_timezones())
            hint = hint or "zones are named as Europe/Berlin, America/New_York, UTC"
            yield tree.report("PBX1116", message, section, id_, *path, hint=hint)


@cache
def known_timezone(name: str) -> bool:
    """Whether the IANA database has a zone of this name."""
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _domain(tree: Tree, domain: str) -> Iterator[Diagnostic]:
    if not is_domain(domain):
        bare = re.sub(r"^(sips?:|https?://)?([^@/]*@)?", "", domain).split("/")[0].split(":")[0]
        hint = f'write "{bare}"' if is_domain(bare) else "such as example.test"
        message = f'"{domain}" is not a domain name'
        yield tree.report("PBX1115", message, "system", "domain", hint=hint)


def _accepted(tree: Tree, codes: Iterable[str]) -> Iterator[Diagnostic]:
    """Only what proofs warn of may be meant all the same."""
    proofs = (entry for code, entry in CATALOGUE.items() if code.startswith("PBX16"))
    able = [entry.code for entry in proofs if entry.severity == "warning"]
    for code in codes:
        if code not in able:
            message = f'"{code}" cannot be accepted'
            hint = f"warnings of proofs are {', '.join(able)}"
            yield tree.report("PBX1118", message, "system", "accept", code, hint=hint)


def _region(tree: Tree, region: str, *place: str) -> Iterator[Diagnostic]:
    regions = phonenumbers.SUPPORTED_REGIONS
    if region not in regions:
        message = f'there is no region "{region}"'
        hint = did_you_mean(region, regions) or "countries as in ISO 3166, such as US, DE, GB"
        yield tree.report("PBX1117", message, *place, hint=hint)


def _timezones(tree: Tree) -> Iterator[tuple[str, str, Path, str]]:
    """Section, id, path and name of each time zone that is written anywhere."""
    if tree.system is not None:
        yield "system", "timezone", (), tree.system.timezone
        if tree.system.settings.timezone is not None:
            yield "system", "settings", ("timezone",), tree.system.settings.timezone
    if all(map(known_timezone, tree.mentions.timezones)):
        return  # and no need to look where each of them stands
    for section in ("sites", "schedules"):
        for id_, entry in getattr(tree, section).items():
            if entry.timezone is not None:
                yield section, id_, ("timezone",), entry.timezone
    for section in ("sites", "groups", "users", "phones"):
        for id_, entry in getattr(tree, section).items():
            name = entry.settings.timezone
            if name is not None:
                yield section, id_, ("settings", "timezone"), name
