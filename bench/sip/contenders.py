"""The servers: each made to do the same, in a folder that is gone afterwards."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from string import Template
from typing import NamedTuple, Protocol

from bench.sip.processes import free_ports
from schema.credentials import sip_password

SCENARIOS = Path(__file__).parent / "scenarios"
KAMAILIO_TABLES = Path("/usr/share/kamailio/db_sqlite")
DOMAIN = "bench.test"
CALLEE, CALLER = "201", "202"
PBX = [sys.executable, "-m", "cli"]

Passwords = Callable[[str], str]
"""User id → SIP password."""


class Ports(NamedTuple):
    """All on 127.0.0.1."""

    server: int
    caller: int
    callee: int


class Setup(NamedTuple):
    """What a server is to be."""

    ports: Ports
    folder: Path
    transport: str = "udp"
    digest: bool = False
    """Users prove who they are. Without it a trunk places the calls."""
    users: int = 0
    """So many more users, with ids from 1000 on."""
    presence: bool = False
    """Users subscribe to each other's calls."""


class Contender(Protocol):
    """A server to measure."""

    name: str

    def command(self, setup: Setup) -> list[str]:
        """Write its files; how it is started."""

    def passwords(self, setup: Setup) -> Passwords:
        """Of its users, once it runs."""


class Kamailio:
    """One worker, its fast allocator, no database, no log of calls."""

    name = "kamailio"

    def command(self, setup: Setup) -> list[str]:
        """Memory is enough for the transactions of all calls."""
        text = Template((SCENARIOS / "kamailio.cfg").read_text())
        configuration = setup.folder / "kamailio.cfg"
        values = {"PORT": setup.ports.server, "FOLDER": setup.folder, "DOMAIN": DOMAIN}
        configuration.write_text(text.safe_substitute(values))
        files = ["-f", str(configuration), "-Y", str(setup.folder), "-P", str(setup.folder / "pid")]
        memory = ["-m", "3072", "-M", "16", "-X", "fm", "-x", "fm"]
        defined = [f"WITH_{setup.transport.upper()}", *(["WITH_DIGEST"] if setup.digest else [])]
        if setup.presence:
            defined.append("WITH_PRESENCE")
            _make_presence_tables(setup.folder / "presence.db")
        defines = [word for each in defined for word in ("-A", each)]
        return ["kamailio", *files, *memory, *defines, "-DD", "-E"]

    def passwords(self, setup: Setup) -> Passwords:
        """As the configuration makes them."""
        return lambda user: f"pw-{user}"


def _make_presence_tables(file: Path) -> None:
    with sqlite3.connect(file) as database:
        for name in ("standard", "presence"):
            database.executescript((KAMAILIO_TABLES / f"{name}-create.sql").read_text())


class Dialtree:
    """A whole node with its log and its store, as `pbx run` starts it."""

    name = "dialtree"

    def command(self, setup: Setup) -> list[str]:
        """A tree of its own, in which the caller is a gateway unless digest is asked for."""
        tree = setup.folder / "tree"
        tree.mkdir()
        (tree / "pbx.yaml").write_text(_tree(setup))
        author = ["-c", "user.name=bench", "-c", "user.email=bench@example.test"]
        for arguments in (["init", "-q"], ["add", "."], [*author, "commit", "-q", "-m", "Bench"]):
            subprocess.run(["git", "-C", str(tree), *arguments], check=True)
        return [*PBX, "run", str(tree), "--state", str(setup.folder / "state")]

    def passwords(self, setup: Setup) -> Passwords:
        """Derived, as `pbx secrets show` derives them."""
        master = (setup.folder / "state" / "master.key").read_bytes()
        return lambda user: sip_password(master, DOMAIN, user, "", 1)


def _tree(setup: Setup) -> str:
    """The least that does it. A benchmark's one address makes all the calls: it is no flood."""
    sip = {"udp": "null", "tcp": "null", setup.transport: str(setup.ports.server)}
    if setup.transport == "tls":
        chain, key = setup.folder / "certificate.pem", setup.folder / "key.pem"
        sip["certificate"] = f'{{chain: "{chain}", key: "{key}"}}'
    users = [CALLEE, CALLER, *(str(1000 + number) for number in range(setup.users))]
    lines = [
        "version: 1",
        f"system: {{domain: {DOMAIN}, settings: {{call_limit: 100}}}}",
        "nodes:",
        f"  pbx1: {{address: 127.0.0.1, sip: {{{', '.join(f'{k}: {v}' for k, v in sip.items())}}},"
        f" http: {{port: {free_ports(1)[0]}}}}}",
        "users:",
        *(f'  "{user}": {{name: User {user}}}' for user in users),
    ]
    if not setup.digest:
        address = f'"127.0.0.1:{setup.ports.caller}"'
        lines += ["gateways:", f"  trunk: {{address: {address}, transport: {setup.transport}}}"]
    return "\n".join(lines) + "\n"
