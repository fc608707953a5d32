"""10,000 people of a directory become users of a tree, by commits of `pbx import ldap`.

The directory is Debian's slapd on loopback, with Active Directory's attributes, 50 groups of its
own, numbers as people write them. The floor is what OpenLDAP's own client takes to fetch the same
entries in the same pages; the rest is reading, comparing with the tree, validating, committing.
Seconds of the clock are held against the limits; those of the processor beside them say how much of
that was waiting for a crowded machine.
"""

import importlib
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

from bench import NotMeasuredError

PEOPLE = 10_000
FIRST, AGAIN = 30.0, 5.0
"""Limits in seconds: the first import, and one that finds nothing new."""
PBX = Path(sys.executable).with_name("pbx")
HARNESS = Path(__file__).parents[1] / "tests" / "harness"

TREE = """\
version: 1
system: {{domain: corp.test, region: DE}}
nodes:
  pbx1: {{address: 127.0.0.1}}
directories:
  corp:
    kind: active_directory
    servers: ["{url}"]
    tls: {{starttls: false}}
    bases: ["{base}"]
    bind: {{dn: "{account}", password: !env DIRECTORY_PASSWORD}}
    extensions: {{from: "60000", to: "89999"}}
"""


class Taken(NamedTuple):
    """Seconds of one command."""

    clock: float
    processor: float


def main() -> None:
    """Import, import again, import after a hundred changes."""
    sys.path.insert(0, str(HARNESS))
    directory = importlib.import_module("directory")
    if not Path(directory.SLAPD).exists():
        raise NotMeasuredError("slapd is missing (Debian: apt-get install slapd ldap-utils)")
    with tempfile.TemporaryDirectory(prefix="dialtree-bench-") as folder:
        people = [_member(directory, number) for number in range(PEOPLE)]
        with directory.running(Path(folder) / "slapd", people, ["staff"]) as server:
            _measure(directory, server, people, Path(folder) / "tree")


def _measure(directory: Any, server: Any, people: list[Any], tree: Path) -> None:
    tree.mkdir()
    (tree / "pbx.yaml").write_text(
        TREE.format(url=server.url, base=directory.PEOPLE, account=directory.ACCOUNT)
    )
    _git(tree, "init", "-q", "-b", "main")
    _git(tree, "add", "-A")
    _git(tree, "commit", "-qm", "Begin")
    print(f"{PEOPLE} people of a directory")
    floor = _seconds(_fetch(directory, server))
    _row("floor: ldapsearch of the same entries", floor, None)
    _row("first import", _imported(tree, "Import 10,000 users"), FIRST)
    before = _git(tree, "rev-parse", "HEAD")
    _row("import without news", _imported(tree, "Import 10,000 users"), AGAIN)
    if _git(tree, "rev-parse", "HEAD") != before:
        raise NotMeasuredError("an import without news made a commit")
    server.change("".join(_renamed(who) for who in people[:100]))
    _row("import of 100 changes", _imported(tree, "Import 100 users"), None)


def _imported(tree: Path, subject: str) -> Taken:
    """Seconds of one `pbx import ldap`, after which the newest commit is the one that is named."""
    taken = _seconds([str(PBX), "import", "ldap", "corp", "--dir", str(tree)])
    newest = _git(tree, "log", "-1", "--format=%s")
    if not newest.startswith(subject):
        raise NotMeasuredError(f"the newest commit is: {newest}")
    return taken


def _seconds(command: list[str]) -> Taken:
    begin, before = time.perf_counter(), _processor()
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=600, check=False, env=_environment()
    )
    if done.returncode != 0:
        raise NotMeasuredError((done.stderr or done.stdout).strip()[-500:])
    return Taken(time.perf_counter() - begin, _processor() - before)


def _processor() -> float:
    """Seconds of the processor that ended children had."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _fetch(directory: Any, server: Any) -> list[str]:
    bound = ["-x", "-D", directory.ACCOUNT, "-w", directory.ACCOUNT_PASSWORD, "-H", server.url]
    pages = ["-E", "pr=1000/noprompt", "-LLL", "-b", directory.PEOPLE]
    return ["ldapsearch", *bound, *pages, "(objectClass=user)"]


def _member(directory: Any, number: int) -> Any:
    return directory.Member(
        f"user{number}", f"Given{number}", f"Family{number}", unit="staff",
        phone=f"030 9018{number:05d}", mail=f"user{number}@corp.test",
        extension=str(20_000 + number) if number % 2 else "",
        groups=("Everybody", f"Team {number % 50}"),
    )  # fmt: skip


def _renamed(who: Any) -> str:
    change = "changetype: modify\nreplace: displayName\ndisplayName: Somebody Else\n-\n\n"
    return f"dn: {who.dn}\n{change}"


def _environment() -> dict[str, str]:
    names = {"GIT_AUTHOR_NAME": "bench", "GIT_COMMITTER_NAME": "bench"}
    mails = {"GIT_AUTHOR_EMAIL": "bench@corp.test", "GIT_COMMITTER_EMAIL": "bench@corp.test"}
    secret = {"DIRECTORY_PASSWORD": "of-the-account"}
    return {**os.environ, **names, **mails, **secret, "GIT_CONFIG_GLOBAL": os.devnull}


def _git(tree: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", *words], cwd=tree, capture_output=True, text=True, check=True, timeout=60,
        env=_environment(),
    )  # fmt: skip
    return done.stdout.strip()


def _row(what: str, taken: Taken, limit: float | None) -> None:
    against = f"  limit {limit:g}: {taken.clock / limit:.2f} of it" if limit else ""
    print(f"  {what:<38}{taken.clock:8.3f}  processor {taken.processor:6.2f}{against}", flush=True)
