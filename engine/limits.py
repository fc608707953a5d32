"""What a plan may not do until somebody forces it: mass deletion, the last way to help, what is
critical.

Pure. The limits of the tree that runs hold, so that a commit cannot lift them for itself. After
octoDNS, DESIGN section 6. A disabled entry serves nobody, so it counts like a deleted one.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from schema.models import Rule, System


def exceeded(old: System, new: System) -> Iterator[str]:
    """The limits that going from `old` to `new` exceeds, in words."""
    yield from _masses(old, new)
    if _has_emergency_route(old) and not _has_emergency_route(new):
        yield "removes the last emergency route: no rule of type emergency leads to a gateway"
    yield from _critical(old, new)


def _masses(old: System, new: System) -> Iterator[str]:
    limits = old.system.safety
    for what, before, after in (
        ("users", old.users, new.users),
        ("phones", old.phones, new.phones),
        ("rules", _rules(old), _rules(new)),
        ("gateways", old.gateways, new.gateways),
        ("hunt groups", old.hunt_groups, new.hunt_groups),
    ):
        deleted, disabled = _gone(before, after)
        gone, total = deleted + disabled, len(before)
        if not gone:
            continue
        does = " and ".join(
            verb for verb, count in (("deletes", deleted), ("disables", disabled)) if count
        )
        percent = 100 * gone // total
        if total >= limits.min_objects and percent > limits.max_delete_percent:
            yield (
                f"{does} {gone} of {total} {what} ({percent} %); "
                f"the limit is {limits.max_delete_percent} % (system.safety.max_delete_percent)"
            )
        if limits.max_delete is not None and gone > limits.max_delete:
            yield (
                f"{does} {gone} {what}; the limit is {limits.max_delete} (system.safety.max_delete)"
            )


def _gone(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[int, int]:
    """How many entries are deleted, and how many disabled."""
    if before is after:
        return 0, 0
    deleted = len(before.keys() - after.keys())
    disabled = sum(
        _serves(entry) and not _serves(now)
        for id_, entry in before.items()
        if (now := after.get(id_)) is not None and now is not entry
    )
    return deleted, disabled


def _serves(entry: Any) -> bool:
    """Whether an entry is enabled; most kinds always are."""
    return bool(getattr(entry, "enabled", True))


def _critical(old: System, new: System) -> Iterator[str]:
    """What `system.safety.critical` names."""
    for name in old.system.safety.critical:
        section, _, id_ = name.partition("/")
        before, after = (entries_of(system, section).get(id_) for system in (old, new))
        if before is None or not _serves(before):
            continue
        if after is None:
            yield f"deletes {name}, which is critical (system.safety.critical)"
        elif not _serves(after):
            yield f"disables {name}, which is critical (system.safety.critical)"
        elif isinstance(before, Rule) and _leads_out(old, before) and not _leads_out(new, after):
            yield (
                f"leaves {name} without a gateway that is enabled; it is critical "
                "(system.safety.critical)"
            )


def entries_of(system: System, section: str) -> Mapping[str, Any]:
    """What `critical` may name in a section: entries by id, rules by name."""
    if section == "rules":
        return _rules(system)
    found: Mapping[str, Any] = getattr(system, section, {})
    return found


def _rules(system: System) -> Mapping[str, Rule]:
    return {rule.rule: rule for rule in system.dialplan}


def _leads_out(system: System, rule: Rule) -> bool:
    gateways = (system.gateways.get(name) for name in rule.via)
    return any(gateway is not None and gateway.enabled for gateway in gateways)


def _has_emergency_route(system: System) -> bool:
    return any(
        rule.type == "emergency" and rule.enabled and _leads_out(system, rule)
        for rule in system.dialplan
    )
