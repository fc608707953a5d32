"""Views of a plan: one line, text, JSON, Markdown. They format; what is in a plan is plan.py's."""

import json
from collections.abc import Iterator
from typing import Any

from engine import meaning_views
from engine.meaning_views import escaped
from engine.plan import Change, FieldChange, Plan

SIGNS = {"create": "+", "update": "~", "delete": "-"}
NOUNS = {
    "policy": ("system policy", "system policies"),
    "node": ("node", "nodes"),
    "site": ("site", "sites"),
    "hunt_group": ("hunt group", "hunt groups"),
    "proof": ("proof", "proofs"),
    "phonebook": ("phonebook", "phonebooks"),
    "account": ("user", "users"),
    "gateway": ("gateway", "gateways"),
    "schedule": ("schedule", "schedules"),
    "rule": ("rule", "rules"),
    "order": ("rule order", "rule orders"),
    "profile": ("profile", "profiles"),
}
MANY = 200
"""Changes that the text shows one by one; a new system of 10,000 users is told by its counts."""


def summary(plan: Plan) -> str:
    """One line: "2 users updated, 1 profile created; 1 phone fetches again"."""
    if not plan.changes:
        return "nothing changes"
    parts = []
    for (kind, action), count in sorted(plan.count().items()):
        parts.append(f"{count} {NOUNS[kind][count != 1]} {action}d")
    phones = len(plan.phones())
    tail = f"; {phones} phone{'s' * (phones != 1)} fetch{'es' * (phones == 1)}" if phones else ""
    return ", ".join(parts) + tail


def as_text(plan: Plan) -> str:
    """What it means, every change with its position, values and reason, and the summary."""
    lines = meaning_views.as_lines(plan.meaning) if plan.changes else []
    for change in plan.changes[:MANY]:
        lines.extend(_text(change))
    if len(plan.changes) > MANY:
        lines.append(f"  … and {len(plan.changes) - MANY} more")
    lines.extend(f"unsafe: {text}" for text in plan.unsafe)
    lines.extend(f"refused: {text}" for text in plan.refused)
    lines.append(summary(plan))
    return "\n".join(lines)


def _text(change: Change) -> Iterator[str]:
    where = f"  ({_place(change)})" if change.origin is not None else ""
    yield f"{SIGNS[change.action]} {change.kind}/{change.id}{where}"
    for field in change.fields:
        yield f"    {field.path}: {_value(field.old)} → {_value(field.new)}"


def _place(change: Change) -> str:
    origin = change.origin
    return f"{origin.file}:{origin.line}:{origin.column}" if origin is not None else ""


def _value(value: Any) -> str:
    return "—" if value is None else json.dumps(value, ensure_ascii=False, default=str)


def as_json(plan: Plan) -> dict[str, Any]:
    """The shape that `pbx diff --format json` prints."""
    return {
        "changes": [_json(change) for change in plan.changes],
        "unsafe": list(plan.unsafe),
        "refused": list(plan.refused),
        "phones": list(plan.phones()),
        "summary": summary(plan),
        **meaning_views.as_json(plan.meaning),
    }


def _json(change: Change) -> dict[str, Any]:
    origin = change.origin
    return {
        "action": change.action,
        "kind": change.kind,
        "id": change.id,
        "reason": change.reason,
        "file": origin.file if origin else None,
        "line": origin.line if origin else None,
        "column": origin.column if origin else None,
        "fields": [_field(field) for field in change.fields],
    }


def _field(field: FieldChange) -> dict[str, Any]:
    return {"path": field.path, "old": field.old, "new": field.new}


def as_markdown(plan: Plan) -> str:
    """For a comment on a pull request."""
    if not plan.changes:
        return "**Plan:** nothing changes\n"
    lines = [f"**Plan:** {summary(plan)}", ""]
    lines += [f"> ⚠️ unsafe: {escaped(text)}" for text in plan.unsafe]
    lines += [f"> ⛔ refused: {escaped(text)}" for text in plan.refused]
    lines += meaning_views.as_markdown(plan.meaning)
    lines += ["", "| | Resource | Where | What changes |", "|---|---|---|---|"]
    for change in plan.changes[:MANY]:
        what = "<br>".join(
            f"`{field.path}`: {escaped(_value(field.old))} → {escaped(_value(field.new))}"
            for field in change.fields
        )
        row = (SIGNS[change.action], f"`{change.kind}/{change.id}`", _place(change), what)
        lines.append("| " + " | ".join(row) + " |")
    if len(plan.changes) > MANY:
        lines.append(f"\n… and {len(plan.changes) - MANY} more")
    return "\n".join(lines) + "\n"
