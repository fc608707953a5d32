"""Text views of what the control API answers about phones."""

import time
from collections.abc import Iterable, Mapping
from typing import Any

from engine.status_views import moment


def devices_as_text(devices: Iterable[Mapping[str, Any]]) -> str:
    """What `pbx devices list` prints: one line a phone."""
    return "\n".join(map(_device, devices)) or "no phones"


def _device(device: Mapping[str, Any]) -> str:
    registered = "registered" if device["registered"] else "not registered"
    firmware = device["firmware"] or "-"
    return (
        f"{device['mac']}  {device['model']:<16}  {firmware:<12}  "
        f"{', '.join(device['lines']):<24}  {_fetched(device)}  {registered}"
    )


def _fetched(device: Mapping[str, Any]) -> str:
    if device["profile"] == "never" or not device["fetched"]:
        return "never fetched"
    late = ", has an older profile" if device["profile"] == "behind" else ""
    return f"fetched {moment(device['fetched'])}{late}"


def waiting_phones(seen: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Phones that asked and are not in the tree, the latest first, as they are remembered."""
    latest_first = sorted(seen, key=lambda one: float(one["last"]), reverse=True)
    return [
        {**one, "family": one["family"] or None, "model": one["model"] or None}
        for one in latest_first
    ]


def pending_as_text(pending: Iterable[Mapping[str, Any]]) -> str:
    """What `pbx devices list --pending` prints: one line a phone that is not in the tree."""
    lines = []
    for phone in pending:
        what = phone["model"] or phone["family"] or "unknown"
        proved = ", with its maker's certificate" if phone["certificate"] else ""
        lines.append(
            f"{phone['mac']}  {what:<16}  {phone['peer']:<15}  asked for {phone['path']} "
            f"{phone['count']} times, last {moment(phone['last'])}{proved}"
        )
    return "\n".join(lines) or "no phone asked that is not in the tree"


def device_as_text(device: Mapping[str, Any]) -> str:
    """What `pbx devices show` prints."""
    lines = [
        f"phone       {device['mac']}",
        f"model       {device['model']}",
        f"firmware    {device['firmware'] or 'not known'}",
        f"lines       {', '.join(device['lines'])}",
        f"registered  {'yes' if device['registered'] else 'no'}",
        f"profile     {_fetched(device)}",
    ]
    lines += [f"file        {_file(file)}" for file in device["files"]]
    if device["enrolment"]:
        lines.append(f"enrolment   {_enrolment(device['enrolment'])}")
    lines += [f"sent        {_upload(upload)}" for upload in device["uploads"]]
    lines += [f"drift       {_override(override)}" for override in device["overrides"]]
    return "\n".join(lines)


def _file(file: Mapping[str, Any]) -> str:
    if file["fetched"] is None:
        return f"{file['name']}: never fetched"
    state = "as it is now" if file["served"] == file["wanted"] else "an older one"
    return f"{file['name']}: fetched {moment(file['fetched'])}, {state}"


def _enrolment(enrolment: Mapping[str, Any]) -> str:
    if enrolment["open"]:
        return f"open until {moment(enrolment['until'])}"
    if enrolment["used"]:
        return f"{enrolment['peer']} was told the URL at {moment(enrolment['used'])}"
    return f"closed at {moment(enrolment['until'])}, and nobody came"


def _upload(upload: Mapping[str, Any]) -> str:
    return f"{upload['name']}, {upload['size']} bytes, at {moment(upload['at'])}"


def _override(override: Mapping[str, Any]) -> str:
    told = "nothing" if override["told"] is None else f'"{override["told"]}"'
    text = f'{override["parameter"]} is "{override["value"]}" on the phone'
    return f"{text}, and {told} in its files ({override['file']})"


def enrolled_as_text(mac: str, answer: Mapping[str, Any]) -> str:
    """What `pbx devices enrol` prints."""
    left = max(0, round(answer["until"] - time.time()))
    text = f"{mac} is told its URL at its first fetch within {left} s, once"
    before = answer["before"]
    if before is None:
        return text
    return (
        f"{text}\n{before['peer']} was told it at {moment(before['used'])} already. If you did not "
        "reset the phone,\nsomebody may have pretended to be it: raise its credential_epoch"
    )


def resynced_as_text(answer: Mapping[str, Any]) -> str:
    """What `pbx devices resync` prints."""
    text = f"{answer['asked']} phones are told to fetch, 20 a second"
    if answer["in_call"]:
        text += f"; {answer['in_call']} are in a call and come after it"
    if answer["not_registered"]:
        text += f"; {answer['not_registered']} are not registered and cannot be told"
    return text
