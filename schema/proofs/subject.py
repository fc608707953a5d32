"""What the proofs are about: a route table, and what the tree says of regions and classes.

Equal subjects have equal findings. What several proofs need is worked out once, when the first of
them asks for it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property

from schema.automata import Dfa
from schema.dialplan.classes import Classes, number_classes
from schema.dialplan.rows import RuleEntry
from schema.dialplan.table import RouteTable
from schema.models import Group, Proof, Site, SystemSettings
from schema.proofs.deciding import Deciding
from schema.proofs.finding import Place
from schema.proofs.hours import Hours
from schema.proofs.people import People, asked_permissions, people_of
from schema.proofs.reading import Reading, numbers_of

MayDecide = Callable[[Sequence[RuleEntry], RuleEntry], bool]
"""Whether there is a moment at which none of the first rules is open, and the other is."""


@dataclass(frozen=True)
class Subject:
    """A plan to prove something of."""

    table: RouteTable
    system: SystemSettings
    sites: Mapping[str, Site]
    groups: Mapping[str, Group] = field(default_factory=dict)
    prove: tuple[Proof, ...] = ()

    @cached_property
    def held(self) -> frozenset[str]:
        """The permissions that some user has."""
        return frozenset().union(*{user.permissions for user in self.table.users.values()})

    @cached_property
    def people(self) -> tuple[People, ...]:
        """The users, by kinds."""
        return people_of(self.table.users, asked_permissions(self.table.rules))

    @cached_property
    def taken(self) -> Mapping[str, str]:
        """Numbers and ids of users and hunt groups: users/alice, hunt_groups/sales."""
        groups = {number: f"hunt_groups/{id_}" for number, id_ in self.table.group_numbers.items()}
        return groups | {number: f"users/{id_}" for number, id_ in self.table.numbers.items()}

    @cached_property
    def reading(self) -> Reading:
        """All numbers, as the rules for users' calls tell them apart."""
        return Reading(self.table.outgoing, self.taken)

    @cached_property
    def rules(self) -> tuple[RuleEntry, ...]:
        """The rules for users' calls that are enabled."""
        return tuple(rule for rule in self.table.outgoing.rules if rule.enabled)

    @cached_property
    def dids(self) -> Mapping[str, Place]:
        """E.164 numbers of users and hunt groups, and whose they are."""
        return {
            number: tuple(owner.split("/", 1))
            for number, owner in self.taken.items()
            if number.startswith("+")
        }

    def is_enabled(self, owner: Place) -> bool:
        """Whether a user or hunt group is."""
        section, id_ = owner[0], str(owner[1])
        if section == "users":
            return self.table.users[id_].enabled
        return self.table.hunt_groups[id_].enabled

    def owned(self, rule: RuleEntry) -> Iterator[str]:
        """Numbers that a rule matches and that are somebody's inside."""
        place = self.table.outgoing.rules.index(rule)
        own = self.table.outgoing.own[place]
        for atom in self.reading:
            if atom.patterns & own:
                yield from self.reading.owned(atom)

    @cached_property
    def people_by_region(self) -> Mapping[str, Sequence[People]]:
        """The users by the country in which they are."""
        found: dict[str, list[People]] = defaultdict(list)
        for people in self.people:
            found[self.region(people.site)].append(people)
        return found

    @cached_property
    def hours(self) -> Hours:
        """The schedules that calls depend on, in the time zones of all sites."""
        zones = {self.table.timezone, *(site.timezone for site in self.table.sites.values())}
        return Hours(self.table.schedules, zones)

    @cached_property
    def deciding(self) -> Deciding:
        """What the rules for users' calls decide about."""
        return Deciding(self.reading, self.hours, self.taken)

    def zone(self, site: str | None) -> str:
        """The time zone of a site, or of whoever has none."""
        entry = self.table.sites.get(site) if site else None
        return self.table.timezone if entry is None else entry.timezone

    @cached_property
    def may_decide(self) -> MayDecide:
        """For rules for users' calls, wherever somebody may call from."""
        groups = (group.caller.site for group in self.table.hunt_groups.values())
        sites = {*groups, *(people.site for people in self.people)}
        return self.deciding_in(sorted({self.zone(site) for site in sites or {None}}))

    def deciding_in(self, zones: Sequence[str]) -> MayDecide:
        """For people in some time zones: see MayDecide."""

        @cache
        def possible(closed: frozenset[str], open_: str | None) -> bool:
            return any(
                self.hours.when([(open_, zone)] if open_ else [], [(each, zone) for each in closed])
                for zone in zones
            )

        def may_decide(earlier: Sequence[RuleEntry], rule: RuleEntry) -> bool:
            return possible(frozenset(each.when for each in earlier if each.when), rule.when)

        return may_decide

    def region(self, site: str | None) -> str:
        """The ISO 3166 country of a site, or of whoever has none."""
        own = self.sites[site].region if site is not None and site in self.sites else None
        return own or self.system.region

    def classes(self, region: str) -> Classes:
        """The number classes of a country."""
        return number_classes(self.system.model_copy(update={"region": region}))

    def class_numbers(self, region: str, name: str) -> Dfa:
        """The numbers of a class: in E.164, emergency numbers as they are dialled."""
        if (region, name) not in self._classes:
            patterns = self.classes(region)[name]  # type: ignore[index]  # NumberClass
            self._classes[region, name] = numbers_of(patterns)
        return self._classes[region, name]

    def costly(self, region: str, name: str) -> Dfa:
        """The numbers of a costly class. Premium ones abroad are international to carriers."""
        if name != "premium":
            return self.class_numbers(region, name)
        if region not in self._premium:
            abroad = self.class_numbers(region, "international")
            self._premium[region] = self.class_numbers(region, "premium") - abroad
        return self._premium[region]

    @cached_property
    def _classes(self) -> dict[tuple[str, str], Dfa]:
        return {}

    @cached_property
    def _premium(self) -> dict[str, Dfa]:
        return {}
