"""A decision for people and for scripts. Knows decisions, not how they come about."""

from collections.abc import Iterator
from typing import Any

from schema.dialplan.decision import Decision, Step, Tried


def as_json(decision: Decision) -> dict[str, Any]:
    """The shape that `pbx route --format json` promises; every key is always there.

    `{"outcome", "status", "reason", "rule", "steps": [{"user"|"gateway": id, "number",
    "caller_id", "timeout", "answer_within", "parallel", "failover", "emergency", "fails_on",
    "anonymous", "channels", "weight", "pool", "strategy", "members"}], "type", "site",
    "trace": [{"rule", "matched", "reason", "file", "line"}]}`; times in seconds.
    """
    return {
        "outcome": decision.outcome,
        "status": decision.status,
        "reason": decision.reason,
        "rule": decision.rule,
        "type": decision.type,
        "site": decision.site,
        "steps": [_step_as_json(step) for step in decision.steps],
        "trace": [
            {"rule": t.rule, "matched": t.matched, "reason": t.reason}
            | {"file": t.file or None, "line": t.line or None}
            for t in decision.trace
        ],
    }


def _step_as_json(step: Step) -> dict[str, Any]:
    fields = step._asdict()
    kind, target = fields.pop("kind"), fields.pop("target")
    return {kind: target, **fields}


def as_text(decision: Decision) -> str:
    """What `pbx route` prints: the outcome, the steps, and the rules that were considered."""
    return "\n".join(_lines(decision))


def _lines(decision: Decision) -> Iterator[str]:
    if decision.outcome == "routed":
        yield f"routed by {decision.reason}" if decision.rule else f"routed to {decision.reason}"
    else:
        yield f"refused with {decision.status}: {decision.reason}"
    yield from _step_lines(decision.steps)
    if decision.trace:
        yield ""
        yield "considered:"
        yield from map(_tried_line, decision.trace)


def _step_lines(steps: tuple[Step, ...]) -> Iterator[str]:
    place = 0
    for step in steps:
        if step.parallel or (step.failover and place):
            lead = "and" if step.parallel else "or"
            yield f"  {lead:>3} {_target(step)}"
        else:
            place += 1
            yield f"  {place:>2}. {_target(step)}"


def _target(step: Step) -> str:
    """One step, such as "gateway pstn, number +12125551234, shown as +12125550201"."""
    if step.kind == "pickup":
        return f"pickup of what rings at {_some(step.members)}"
    words = [f"{step.kind} {step.target}"]
    if step.kind == "gateway":
        words += _gateway_words(step)
    if step.timeout is not None:
        words.append(f"for {step.timeout:g} s")
    if step.strategy:
        words.append(f"order of {step.pool}: {step.strategy.replace('_', ' ')}")
    return ", ".join(words)


def _gateway_words(step: Step) -> Iterator[str]:
    yield f"number {step.number}"
    if step.caller_id:
        yield f"shown as {step.caller_id}"
    if step.anonymous:
        yield "anonymous"
    if step.weight:
        yield f"weight {step.weight}"
    if step.channels is not None:
        yield f"{step.channels} calls at most"
    if step.fails_on is not None:
        ranges = (str(a) if a == b else f"{a}-{b}" for a, b in step.fails_on)
        yield f"next one after {', '.join(ranges)}"
    if step.emergency:
        yield "emergency"


def _some(names: tuple[str, ...], most: int = 10) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _tried_line(tried: Tried) -> str:
    place = f" ({tried.file}:{tried.line})" if tried.file else ""
    return f"  {'+' if tried.matched else '-'} {tried.rule}{place}: {tried.reason}"
