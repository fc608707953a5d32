"""Whether a decision is what a test expects, and what it is in words.

May know: decisions, expectations. May not: the tree, files.
"""

from collections.abc import Callable, Iterator, Mapping

from schema.dialplan.decision import Decision, Step
from schema.models.dial_test import DialTest, Expectation


def unmet(test: DialTest, decision: Decision) -> list[str]:
    """Everything that was expected and did not come, in words; empty when the test holds."""
    if isinstance(test.expect, str):
        return [] if decision.outcome == test.expect else [f"that it is {test.expect}"]
    return list(_unmet_keys(test, decision))


def _unmet_keys(test: DialTest, decision: Decision) -> Iterator[str]:
    for key in (key for key in Expectation.model_fields if key in test.wanted.model_fields_set):
        wanted = getattr(test.wanted, key)
        if not _holds(key, wanted, decision):
            found = _FOUND[key](decision)
            yield f"{key} {_shown(wanted)}" + (f", not {_shown(found)}" if found else "")


def _shown(value: object) -> str:
    return " and ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _holds(key: str, wanted: object, decision: Decision) -> bool:
    found = _FOUND[key](decision)
    if key == "pickup" and isinstance(wanted, tuple):
        return found == tuple(sorted(wanted))
    if key == "via" and isinstance(wanted, str):
        return isinstance(found, tuple) and found[:1] == (wanted,)
    return found == wanted


def _hunt_group(decision: Decision) -> str | None:
    return next((step.pool for step in decision.steps if step.pool), None)


def _targets(decision: Decision, kind: str) -> tuple[str, ...]:
    return tuple(step.target for step in decision.steps if step.kind == kind)


def _first_user(decision: Decision) -> str | None:
    return next(iter(_targets(decision, "user")), None)


def _way_out(decision: Decision) -> Step | None:
    return next((step for step in decision.steps if step.kind == "gateway"), None)


def _picked_up(decision: Decision) -> tuple[str, ...]:
    return tuple(sorted(name for step in decision.steps for name in step.members))


def _number(decision: Decision) -> str | None:
    step = _way_out(decision)
    return step and step.number


def _caller_id(decision: Decision) -> str | None:
    step = _way_out(decision)
    return "anonymous" if step and step.anonymous else step and step.caller_id


def _refusal(decision: Decision) -> int | None:
    return decision.status if decision.outcome == "refused" else None


_FOUND: Mapping[str, Callable[[Decision], object]] = {
    "user": _first_user,
    "hunt_group": _hunt_group,
    "pickup": _picked_up,
    "users": lambda decision: _targets(decision, "user"),
    "via": lambda decision: _targets(decision, "gateway"),
    "number": _number,
    "caller_id": _caller_id,
    "rule": lambda decision: decision.rule,
    "type": lambda decision: decision.type,
    "site": lambda decision: decision.site,
    "status": lambda decision: decision.status,
    "refused": _refusal,
}
"""What a decision says about each key of an expectation."""


def in_words(decision: Decision) -> str:
    """What comes of the call, in one line."""
    if decision.outcome == "refused":
        return f"is refused with {decision.status}: {decision.reason}"
    by = f", by rule {decision.rule}" if decision.rule else ""
    return f"goes to {', then '.join(map(_step, decision.steps)) or 'nobody'}{by}"


def _step(step: Step) -> str:
    if step.kind != "gateway":
        return f"{step.kind} {step.target}".rstrip()
    shown = "anonymous" if step.anonymous else step.caller_id
    return f"gateway {step.target} as {step.number}" + (f" showing {shown}" if shown else "")
