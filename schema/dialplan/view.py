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
    words = [f"{step.kind} {step.target}"]
    if step.kind == "gateway":
        words.append(f"number {step.number}")
    if step.caller_id:
        words.append(f"shown as {step.caller_id}")
    if step.timeout is not None:
        words.append(f"for {step.timeout:g} s")
    if step.emergency:
        words.append("emergency")
    return ", ".join(words)


def _tried_line(tried: Tried) -> str:
    place = f" ({tried.file}:{tried.line})" if tried.file else ""
    return f"  {'+' if tried.matched else '-'} {tried.rule}{place}: {tried.reason}"
