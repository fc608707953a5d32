"""The systems of examples/ on this machine: their gateways are sipp, the rest is as it is written.

What `pbx route` says of them is asked by the functions that the command calls, so that a tree is
read once and not for each of a hundred questions.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from ports import free_port
from running import Site
from sipp import Sipp, users_file

from engine.checking import ValidTree
from engine.routing import ask
from engine.workbench import Workbench
from schema.dialplan.view import as_json

EXAMPLES = Path(__file__).parents[2] / "examples"
HOST = "127.0.0.1"
GATEWAY = re.compile(r'^  ([\w-]+):\n    address: ("192\.0\.2\.\d+:5060")$', re.M)


class Attempt(NamedTuple):
    """An INVITE that came to a gateway, or that should."""

    gateway: str
    number: str
    asserted: str
    """User part of P-Asserted-Identity; empty without one."""


def on_loopback(country: str, folder: Path) -> dict[str, int]:
    """Copy an example into `folder`: everything at this machine, all schedules open, what takes
    seconds in one second, without its tests, which are about its hours. The ports of its gateways.
    """
    ports: dict[str, int] = {}
    for file in sorted((EXAMPLES / country).rglob("*.yaml")):
        if file.parent.name == "tests":
            continue
        text = file.read_text()
        for gateway, address in GATEWAY.findall(text):
            ports[gateway] = free_port()
            here = f'"{HOST}:{ports[gateway]}"\n    probe: off'
            text = text.replace(f"address: {address}", f"address: {here}")
        text = re.sub(r"domain: [\w.]+", "domain: example.test", text)
        text = re.sub(r"address: 192\.0\.2\.5\b", f"address: {HOST}", text)
        text = re.sub(r"\b(after|ring): [1-9]\d*s", r"\1: 1s", text)
        text = re.sub(r"\bweekly: \[[^]]*\]", 'weekly: ["mon-sun 00:00-24:00"]', text)
        text = re.sub(r"(, )?\b(holidays: \{[^}]*\}|except: \[[^]]*\])", "", text)
        copy = folder / file.relative_to(EXAMPLES / country)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(text)
    return ports


@dataclass
class Country:
    """One system: its node, and the ports at which its gateways would be."""

    name: str
    site: Site
    gateways: Mapping[str, int]

    @cached_property
    def tree(self) -> ValidTree:
        desk = Workbench.at(self.site.tree)
        return desk.valid(desk.source())

    def foretold(self, caller: str, number: str, shown: str | None = None) -> dict[str, Any]:
        """What `pbx route NUMBER --from CALLER --format json` prints."""
        answer: dict[str, Any] = as_json(ask(self.tree, number, caller, "now", shown))
        return answer

    def credentials(self, user: str) -> str:
        """What sipp answers a challenge from."""
        return f"[authentication username={user} password={self.site.derived(user)}]"

    @property
    def server(self) -> tuple[str, int]:
        return HOST, self.site.sip

    # What sipp plays

    def gateway(self, name: str, folder: Path, fails_with: int = 0) -> Sipp:
        """A gateway that answers every call, or fails every one."""
        scenario = "fail" if fails_with else "callee"
        return Sipp(scenario, folder / name, self.gateways[name], 1000, status=fails_with)

    def dialling(
        self, folder: Path, rows: Iterable[tuple[str, str]], talk: int = 100, rate: int = 50
    ) -> Sipp:
        """A call for each (user, number)."""
        users = [(user, self.credentials(user), number) for user, number in rows]
        return Sipp(
            "dial", folder / "dial", free_port(), len(users), self.server,
            _table(folder / "dial.csv", users), rate=rate, talk=talk,
        )  # fmt: skip

    def dialling_in(self, gateway: str, folder: Path, rows: Iterable[tuple[str, str]]) -> Sipp:
        """A call by a gateway for each (URI of the caller, number)."""
        calls = list(rows)
        return Sipp(
            "dial-in", folder / "in", self.gateways[gateway], len(calls), self.server,
            _table(folder / "in.csv", calls),
        )  # fmt: skip

    def registering(self, folder: Path, users: Iterable[str], port: int) -> Sipp:
        """Register phones of users, all at one port."""
        rows = [(user, self.credentials(user)) for user in users]
        return Sipp(
            "register", folder / "register", free_port(), len(rows), self.server,
            _table(folder / "register.csv", rows), {"callee_port": port},
        )  # fmt: skip


def _table(path: Path, rows: Iterable[tuple[str, ...]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return users_file(path, rows)


# What was seen


def call_of(message: str) -> tuple[str, str]:
    """Who calls which number, by what a proxy leaves alone: From and To."""
    [caller] = re.findall(r"^From:.*?<sip:([^@>]*)", message, re.M)
    [number] = re.findall(r"^To:.*?<sip:([^@>]*)", message, re.M)
    return caller, number


def attempts(gateways: Mapping[str, Sipp], call: tuple[str, str]) -> list[Attempt]:
    """The INVITEs of a call at the gateways, as they came one after the other."""
    seen = [
        (when, _attempt(name, message))
        for name, sipp in gateways.items()
        for when, message in sipp.received()
        if message.startswith("INVITE ") and call_of(message) == call
    ]
    return list(dict.fromkeys(attempt for _, attempt in sorted(seen)))


def _attempt(gateway: str, message: str) -> Attempt:
    asserted = re.findall(r"^P-Asserted-Identity: .*?<sip:([^@>]*)", message, re.M)
    [number] = re.findall(r"^INVITE sip:([^@ ]*)", message)
    return Attempt(gateway, number, "".join(asserted))


def final_answer(dialling: Sipp, call: tuple[str, str]) -> int:
    """The status that ended the INVITE of a call, as its caller saw it."""
    statuses = [
        int(message.split(" ", 2)[1])
        for _, message in dialling.received()
        if message.startswith("SIP/2.0 ") and "INVITE" in message and call_of(message) == call
    ]
    [status] = {status for status in statuses if status >= 200 and status != 407}
    return status


# What is to be seen


@dataclass(frozen=True)
class Course:
    """How a call goes that a decision leads to, while some gateways fail."""

    attempts: list[Attempt]
    status: int
    """What its caller gets; 0 for any failure, when no gateway is left."""


def course(said: Mapping[str, Any], fails_with: Mapping[str, int | None]) -> Course:
    """The course of a call by what `pbx route` said. Gateways fail with a status, or are not
    there at all (None); those that are not named answer."""
    tried: list[Attempt] = []
    for step in said["steps"]:
        gateway = step["gateway"]
        status = fails_with.get(gateway, 200)
        if status is None:
            continue
        tried.append(Attempt(gateway, step["number"], step["caller_id"] or ""))
        if not _leads_on(step, status):
            return Course(tried, status)
    return Course(tried, 0 if said["outcome"] == "routed" else said["status"])


def _leads_on(step: Mapping[str, Any], status: int) -> bool:
    """Whether the next gateway is tried after that status."""
    if step["emergency"]:
        return status >= 300
    if step["fails_on"] is None:
        return 300 <= status < 600 and status not in (484, 486, 487)
    return any(low <= status <= high for low, high in step["fails_on"])
