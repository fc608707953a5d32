"""The dial plan read as its documentation says it, one rule after the other, over the models.

The slow and simple second opinion for property tests: no index, no table, no timeline. Shares with
the interpreter the models and nothing else.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from schema.models import Destination, Gateway, HuntGroup, Rule, System, User

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class Ring:
    """Somebody or some gateway that is tried, `start` seconds after the call began."""

    start: float
    kind: str
    target: str
    number: str
    caller_id: str | None = None


@dataclass(frozen=True)
class Outcome:
    """Status, deciding rule, and what is tried."""

    status: int
    rule: str | None = None
    rings: tuple[Ring, ...] = ()


@dataclass(frozen=True)
class Actor:
    """On whose behalf a number is dialled."""

    permissions: frozenset[str]
    site: str | None
    caller_id: str | None
    extension: str | None


STRANGER = Actor(frozenset(), None, None, None)


def expression(pattern: str) -> str:
    """A pattern as a regular expression for re.fullmatch."""
    classes = {"X": "[0-9]", "Z": "[1-9]", "N": "[2-9]", ".": "[0-9*#+]+", "!": "[0-9*#+]*"}
    symbols = re.findall(r"\[.*?\]|.", pattern)
    return "".join(classes.get(s) or (s if len(s) > 1 else re.escape(s)) for s in symbols)


def matches(patterns: tuple[str, ...], number: str) -> bool:
    """Whether one of the patterns takes the whole number."""
    return any(re.fullmatch(expression(pattern), number) for pattern in patterns)


class PlainReader:
    """One call: what it reaches at that moment."""

    def __init__(self, system: System, at: datetime) -> None:
        self.system = system
        self.at = at
        self.rung: set[str] = set()
        self.caller = ""

    # Who calls

    def from_user(self, id_: str, number: str) -> Outcome:
        user = self.system.users[id_]
        self.caller = id_
        refusal: Outcome | None = None
        for rule in self.rules(number, emergency=True):
            outcome = self.outside(rule, self.actor(user), number)
            if outcome.status == 200:
                return outcome
            refusal = refusal or outcome
        if refusal:
            return refusal
        return self.reach(self.actor(user), number, 0) if user.enabled else Outcome(403)

    def from_gateway(self, id_: str, number: str) -> Outcome:
        gateway = self.system.gateways[id_]
        if not gateway.enabled:
            return Outcome(403)
        readings = [number, *self.spellings(number)]
        for rule in self.system.dialplan:
            if rule.enabled and id_ in rule.from_ and rule.type != "emergency":
                for reading in readings:
                    if matches(rule.patterns, reading):
                        break
                else:
                    continue
                if rule.when is None or self.is_open(rule.when, gateway.site):
                    outcome = self.inside_by_rule(rule, STRANGER, reading, 0)
                    called = self.transform(rule, reading, None)
                    if rule.to is not None or self.names(called):
                        return outcome
                    return self.fall_back(gateway) or outcome
        for reading in readings:
            found = self.somebody(reading, 0)
            if found is not None:
                return found
        return self.fall_back(gateway) or Outcome(404)

    def fall_back(self, gateway: Gateway) -> Outcome | None:
        fallback = gateway.inbound.fallback
        return None if fallback is None else self.destination(fallback, STRANGER, 0)

    def names(self, number: str) -> bool:
        """Whether a number is somebody's."""
        entries = [*self.system.users.items(), *self.system.hunt_groups.items()]
        return any(number in (id_, e.extension, *e.dids, *e.aliases) for id_, e in entries)

    def actor(self, user: User) -> Actor:
        own = user.caller_id or next(iter(user.dids), None)
        words = set(user.permissions)
        words.update(*(self.system.groups[group].permissions for group in user.groups))
        if user.site is not None:
            words.update(self.system.sites[user.site].permissions)
        return Actor(frozenset(words), user.site, own, user.extension)

    # What is reached

    def reach(self, actor: Actor, number: str, depth: int) -> Outcome:
        found = self.somebody(number, depth)
        if found is not None:
            return found
        for rule in self.rules(number, emergency=False):
            if rule.when is None or self.is_open(rule.when, actor.site):
                if not set(rule.permissions) <= actor.permissions:
                    return Outcome(403, rule.rule)
                if rule.via:
                    return self.outside(rule, actor, number)
                return self.inside_by_rule(rule, actor, number, depth)
        return Outcome(404)

    def rules(self, number: str, *, emergency: bool) -> Iterator[Rule]:
        for rule in self.system.dialplan:
            mine = rule.enabled and not rule.from_ and (rule.type == "emergency") == emergency
            if mine and matches(rule.patterns, number):
                yield rule

    def inside_by_rule(self, rule: Rule, actor: Actor, number: str, depth: int) -> Outcome:
        if rule.to is not None:
            outcome = self.destination(rule.to, actor, depth + 1)
        else:
            called = self.transform(rule, number, actor.site)
            outcome = self.somebody(called, depth) or Outcome(404)
        return Outcome(outcome.status, rule.rule, outcome.rings)

    def destination(self, to: Destination, actor: Actor, depth: int) -> Outcome:
        if depth > 5:
            return Outcome(482)
        if to.kind == "user":
            return self.ring(to.name, depth)
        if to.kind == "hunt_group":
            return self.hunt(to.name, depth)
        if actor is STRANGER:
            return self.somebody(to.name, depth) or Outcome(404)
        return self.reach(actor, to.name, depth)

    def somebody(self, number: str, depth: int) -> Outcome | None:
        for id_, user in self.system.users.items():
            if number in (id_, user.extension, *user.dids, *user.aliases):
                return self.ring(id_, depth)
        for id_, group in self.system.hunt_groups.items():
            if number in (id_, group.extension, *group.dids, *group.aliases):
                return self.hunt(id_, depth)
        return None

    def ring(self, id_: str, depth: int) -> Outcome:
        user = self.system.users[id_]
        if not user.enabled:
            return Outcome(404)
        if (depth and id_ == self.caller) or id_ in self.rung:
            return Outcome(482)
        self.rung.add(id_)
        quiet = self.is_quiet(user)
        rings = [] if quiet else [Ring(0, "user", id_, id_)]
        for forward in user.forward:
            holds = forward.when is None or self.is_open(forward.when, user.site)
            if holds and depth + 1 <= 5:
                led = self.reach(self.actor(user), forward.to, depth + 1)
                rings += later(led.rings, 0 if quiet else forward.after)
        return Outcome(200, None, tuple(rings)) if rings else Outcome(480)

    def hunt(self, id_: str, depth: int) -> Outcome:
        group = self.system.hunt_groups[id_]
        if not group.enabled:
            return Outcome(404)
        if f"hunt_groups/{id_}" in self.rung:
            return Outcome(482)
        self.rung.add(f"hunt_groups/{id_}")
        rings, end = self.members(group)
        if group.fallback is not None:
            dids = group.dids
            permissions, caller_id = frozenset(group.permissions), next(iter(dids), None)
            actor = Actor(permissions, group.site, caller_id, group.extension)
            rings += later(self.destination(group.fallback, actor, depth + 1).rings, end)
        return Outcome(200, None, tuple(rings)) if rings else Outcome(480)

    def members(self, group: HuntGroup) -> tuple[list[Ring], float]:
        """Who rings when, and when it is the fallback's turn."""
        if group.when is not None and not self.is_open(group.when, group.site):
            return [], 0
        free = [m for m in group.members if m not in self.rung and m != self.caller]
        free = [m for m in free if self.system.users[m].enabled]
        free = [m for m in free if not self.is_quiet(self.system.users[m])]
        self.rung.update(free)
        if not free:
            return [], 0
        if group.strategy == "simultaneous":
            return [Ring(0, "user", m, m) for m in free], group.timeout
        turns = [Ring(place * group.ring, "user", m, m) for place, m in enumerate(free)]
        turns = [ring for ring in turns if ring.start < group.timeout]
        return turns, min(group.timeout, len(turns) * group.ring)

    # Gateways

    def outside(self, rule: Rule, actor: Actor, number: str) -> Outcome:
        called = self.transform(rule, number, actor.site)
        if not called:
            return Outcome(484, rule.rule)
        enabled = {id_: g for id_, g in self.system.gateways.items() if g.enabled}
        ids = self.nearest([id_ for id_ in rule.via if id_ in enabled], actor.site)
        if rule.type == "emergency":
            others = [i for i, g in enabled.items() if g.emergency and i not in rule.via]
            ids += self.nearest(others, actor.site)
        rings = []
        for id_ in ids:
            gateway = enabled[id_]
            shown = self.shown(gateway, actor, help_=rule.type == "emergency")
            rings.append(Ring(0, "gateway", id_, gateway.prefix + called, shown))
        return Outcome(200, rule.rule, tuple(rings)) if rings else Outcome(503, rule.rule)

    def nearest(self, ids: list[str], site: str | None) -> list[str]:
        if site is None:
            return ids
        own = [i for i in ids if self.system.gateways[i].site == site]
        shared = [i for i in ids if self.system.gateways[i].site is None]
        return [*own, *shared, *(i for i in ids if i not in own and i not in shared)]

    def shown(self, gateway: Gateway, actor: Actor, *, help_: bool) -> str | None:
        if help_:
            site = self.system.sites.get(actor.site or "")
            callback = site.emergency_callback if site is not None else None
            return actor.caller_id or callback or gateway.caller_id
        if gateway.show == "gateway" or (actor.caller_id is None and actor.extension is None):
            return gateway.caller_id
        made = gateway.caller_id_from_extension
        if actor.caller_id is None and made is not None and actor.extension is not None:
            kept = actor.extension if made.keep is None else actor.extension[-made.keep :]
            return made.prepend + kept
        return actor.caller_id or gateway.caller_id

    # Numbers and hours

    def transform(self, rule: Rule, number: str, site: str | None) -> str:
        called = rule.prepend + number[rule.strip :]
        if rule.dial is not None:
            part = re.search(r"\$\{EXTEN:?(-?\d*):?(\d*)\}", rule.dial)
            called = rule.dial
            if part is not None:
                start = int(part[1] or 0)
                end = start + int(part[2]) if part[2] else None
                called = rule.dial.replace(part[0], number[start:end])
        return self.e164(called, site) if rule.e164 and called else called

    def e164(self, number: str, site: str | None) -> str:
        """North America only: 011 abroad, 1 long distance, seven digits local."""
        if number.startswith("+"):
            return number
        if number.startswith("011"):
            return "+" + number[3:]
        if number.startswith("1"):
            return "+" + number
        area = self.system.sites[site].area_code if site is not None else None
        return f"+1{area}{number}" if area and len(number) == 7 else f"+1{number}"

    def spellings(self, number: str) -> list[str]:
        if number.startswith("+"):
            return []
        more = ["+" + number, "+1" + number]
        if number.startswith("011"):
            more.append("+" + number[3:])
        return [*more, "+1" + number[1:]] if number.startswith("1") else more

    def is_quiet(self, user: User) -> bool:
        quiet = user.do_not_disturb
        return self.is_open(quiet, user.site) if isinstance(quiet, str) else quiet

    def is_open(self, schedule: str, site: str | None) -> bool:
        entry = self.system.schedules[schedule]
        zone = entry.timezone or (site and self.system.sites[site].timezone)
        local = self.at.astimezone(ZoneInfo(zone or self.system.system.timezone))
        return any(self.within(hours, local) for hours in entry.weekly)

    def within(self, hours: str, local: datetime) -> bool:
        """ "mon-fri 09:00-17:00", or over midnight."""
        days, times = hours.split()
        first, last = (DAYS.index(day) for day in days.split("-"))
        start, end = (int(t[:2]) * 60 + int(t[3:]) for t in times.split("-"))
        minute = local.hour * 60 + local.minute
        yesterday = (local.weekday() - 1) % 7
        if start < end:
            return first <= local.weekday() <= last and start <= minute < end
        today = first <= local.weekday() <= last and minute >= start
        return today or (first <= yesterday <= last and minute < end)


def later(rings: tuple[Ring, ...], seconds: float) -> list[Ring]:
    """The same, that much later."""
    return [Ring(r.start + seconds, r.kind, r.target, r.number, r.caller_id) for r in rings]
