"""Text views of what the control API answers."""

import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from engine.drift.found import drift_as_text

MANY = 20
"""Registrations and calls that the text lists; `--format json` has them all."""


def status_as_text(status: Mapping[str, Any]) -> str:
    """What `pbx status` prints."""
    lines = [
        f"node        {status['node']}{'' if status['healthy'] else '  (degraded)'}",
        f"following   {status['source']['shown']}",
        f"wanted      {status['wanted_revision'] or 'nothing yet'}",
        f"applied     {status['applied_revision'] or 'nothing yet'}",
    ]
    if status["source"]["forced"]:
        lines.append("note        the branch was rewritten: a push dropped commits that ran before")
    if status["source"]["trouble"]:
        lines.append(f"trouble     {status['source']['trouble']}")
    lines += [_condition(condition) for condition in status["conditions"]]
    lines += ["", *(f"{s['name']:<11} {s['address']}" for s in status["services"])]
    if status["certificate"]:
        lines.append(_certificate(status["certificate"]))
    peers = [*map(_gateway, status["gateways"]), *map(_node, status["nodes"])]
    peers += map(_media_relay, status["media_relays"])
    lines += ["", *peers] if peers else []
    lines += ["", *_listed("registrations", map(_registration, status["registrations"]))]
    lines += _listed("calls", map(call_line, status["calls"]))
    if status["counts"].get("subscriptions"):
        lines.append(_subscriptions(status["counts"]))
    lines += emergency_lines(status["emergency"])
    if status["unpublished"]:
        lines.append(f"note        {status['unpublished']}")
    lines += imports_as_text(status["imports"])
    lines += drift_as_text(status["drift"]) if status["drift"] else []
    if status["pending"]:
        count = status["pending"]
        waits = f"{count} phones are" if count != 1 else "1 phone is"
        lines.append(f"{waits} not in the tree: pbx devices list --pending")
    if status["bans"]:
        lines += _listed("banned sources", map(_ban, status["bans"]))
    return "\n".join(lines)


def _condition(condition: Mapping[str, Any]) -> str:
    since = moment(condition["since"])
    return (
        f"{condition['type']:<11} {condition['status']:<5} {condition['reason']}: "
        f"{condition['message']} (since {since})"
    )


def _certificate(certificate: Mapping[str, Any]) -> str:
    until = moment(certificate["expires"])
    text = f"certificate {certificate['file']} until {until} for {', '.join(certificate['names'])}"
    if certificate["trouble"]:
        text += f" (the file was renewed and cannot be used: {certificate['trouble']})"
    return text


def imports_as_text(imports: Iterable[Mapping[str, Any]]) -> list[str]:
    """A line for each import: the latest result, its warnings, the next time."""
    return [f"import {one['importer']}: {_imported(one)}{_next_import(one)}" for one in imports]


def _imported(one: Mapping[str, Any]) -> str:
    if one["outcome"] is None:
        return "not yet"
    count = one["warnings"]
    warned = f", {count} warning{'s' * (count != 1)}" if count else ""
    trouble = {"failed": "failed: ", "unsafe": "stopped: "}.get(one["outcome"], "")
    return f"{moment(one['at'])} {trouble}{one['message']}{warned}"


def _next_import(one: Mapping[str, Any]) -> str:
    if one["running"]:
        return " (running now)"
    return f" (next {moment(one['next'])})" if one["next"] else ""


def _listed(title: str, lines: Iterable[str]) -> list[str]:
    items = list(lines)
    shown = [f"  {line}" for line in items[:MANY]]
    more = [f"  … and {len(items) - MANY} more"] if len(items) > MANY else []
    return [f"{len(items)} {title if len(items) != 1 else title[:-1]}", *shown, *more]


def _gateway(gateway: Mapping[str, Any]) -> str:
    calls = gateway["calls"]
    carried = f", {calls} call{'s' if calls != 1 else ''}" if calls else ""
    return f"gateway {gateway['gateway']}: {_peer(gateway)}{carried}"


def _node(node: Mapping[str, Any]) -> str:
    return f"node {node['node']}: {_peer(node)}"


def _media_relay(relay: Mapping[str, Any]) -> str:
    text = f"media relay {relay['address']}: {relay['state']}"
    return f"{text} since {moment(relay['since'])}: {relay['reason']}" if relay["reason"] else text


def _peer(peer: Mapping[str, Any]) -> str:
    """State of a gateway or node, and what there is to say of its addresses."""
    said = [peer["state"]]
    if peer["problem"]:
        said.append(peer["problem"] + (" (the last answer is used)" if peer["stale"] else ""))
    return ", ".join([*said, *map(_address, peer["addresses"])])


def _address(address: Mapping[str, Any]) -> str:
    where: str = address["address"]
    if address["state"] == "down":
        return f"{where} down since {moment(address['since'])}: {address['reason']}"
    if address["round_trip"] is not None:
        where += f" {address['round_trip'] * 1000:.0f} ms"
    return where + (" (tried last after a failure)" if address["avoided"] else "")


def _registration(binding: Mapping[str, Any]) -> str:
    device = f" on {binding['device']}" if binding["device"] else ""
    left = max(0, round(binding["expires"] - time.time()))
    return f"{binding['user']}{device} at {binding['contact']}, for {left} s"


def call_line(call: Mapping[str, Any]) -> str:
    """Who calls where, who has it, by which rule, and which gateways had it before."""
    text = f"{call['caller']} → {call['callee']}, {call['state']}"
    if call["targets"]:
        text += f" {'by' if call['state'] == 'answered' else 'at'} {', '.join(call['targets'])}"
    by = ", ".join(each for each in (call["rule"], call["type"]) if each)
    text += f" (rule {by})" if by else ""
    return "; ".join([text, *map(_attempt, call["failed"])])


def _attempt(attempt: Mapping[str, Any]) -> str:
    reason = f"{attempt['status']} {attempt['reason']}".rstrip()
    return f"not by {attempt['gateway']}: {reason}"


def _subscriptions(counts: Mapping[str, int]) -> str:
    """How many, and to what: "3 subscriptions: dialog 2, message-summary 1"."""
    packages = [
        f"{key.partition(' ')[2]} {count}"
        for key, count in counts.items()
        if key.startswith("subscriptions ")
    ]
    total = counts["subscriptions"]
    return f"{total} subscription{'s' if total != 1 else ''}: {', '.join(packages)}"


def emergency_lines(emergency: Mapping[str, Any]) -> list[str]:
    """The last emergency calls, and whether everybody was told."""
    notices, calls = emergency["notices"], emergency["calls"]
    lines = _listed("emergency calls", map(_emergency_call, calls)) if calls else []
    if notices["channels"] and (calls or notices["last_error"]):
        counted = ", ".join(f"{notices[word]} {word}" for word in ("sent", "failed", "waiting"))
        lines.append(f"emergency notices: {counted}")
    if notices["last_error"]:
        error = notices["last_error"]
        lines.append(f"  {moment(error['time'])} {error['channel']}: {error['reason']}")
    return lines


def _emergency_call(call: Mapping[str, Any]) -> str:
    who = f"{call['name']} ({call['user']})" if call["name"] else call["user"]
    at = f" at {call['site']}" if call["site"] else ""
    text = f"{moment(call['time'])} {who}{at} → {call['number']}: "
    if call["gateway"]:
        return text + f"taken by {call['gateway']}" + (", over" if call["status"] else "")
    if call["state"] == "placed":
        return text + "being tried by " + ", then ".join(call["gateways"])
    return text + (f"NOT ANSWERED: {call['status']}" if call["status"] else "REFUSED: no gateway")


def _ban(ban: Mapping[str, Any]) -> str:
    left = max(0, round(ban["until"] - time.time()))
    return f"{ban['address']} for {left} s: {ban['reason']}"


def bans_as_text(bans: Iterable[Mapping[str, Any]]) -> str:
    """What `pbx bans list` prints: one line a source."""
    return "\n".join(map(_ban, bans)) or "nobody is banned"


def selftest_as_text(report: Mapping[str, Any]) -> str:
    """What `pbx selftest` prints: one line a step."""
    lines = [f"{step['milliseconds']:9.2f} ms  {step['name']}" for step in report["steps"]]
    lines.append("the call went through" if report["ok"] else f"failed: {report['error']}")
    return "\n".join(lines)


def moment(seconds: float) -> str:
    """Epoch seconds as local time."""
    return datetime.fromtimestamp(seconds, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")
