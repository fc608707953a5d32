"""The pages of docs/errors/: one for each diagnostic code, from the catalogue and a real bad tree.

What a page quotes is what `pbx validate` prints for the tree in tests/fixtures/bad, so neither can
drift. A few mistakes cannot be kept in Git (a pipe, an oversized file); their trees are made here
when they are needed. docs/generate.py writes the pages.
"""

import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from engine.checking import Checked, validate_tree
from engine.importing.policy import policy_of
from engine.tables import surroundings_of
from engine.testing import try_out
from renderers.devices import Families, load_families
from schema.diagnostics import CATALOGUE, Code, Diagnostic, render
from schema.tree import MAX_FILE_SIZE, DirectorySource
from sync.blame import ENTRY
from sync.blame import Asked as Questions
from sync.importing import Behind, Memory, Policy, Present, reconcile
from sync.importing.ownership import Behinds
from sync.ldap import LdapSource
from sync.ldap.pages import Answer, Found
from sync.ldap.reasons import of_result
from sync.tables import Asked, read_table

HERE = Path(__file__).parent
PAGES = HERE / "errors"
FIXTURES = HERE.parent / "tests" / "fixtures" / "bad"
_MAIN = "version: 1\nsystem: {domain: example.test}\nnodes: {pbx1: {address: 192.0.2.5}}\n"
_GROUPS = {
    "PBX10": "The tree cannot be read",
    "PBX11": "A value does not have the right shape",
    "PBX12": "Entries and what they refer to",
    "PBX13": "The dial plan and schedules",
    "PBX14": "Nodes and gateways",
    "PBX15": "Phones",
    "PBX16": "What was proved of the dial plan",
    "PBX17": "Tests of the dial plan",
    "PBX18": "Directories, imports, secrets and Git",
}
_LANGUAGES = {".yaml": "yaml", ".csv": "csv", ".vcf": "text", ".ldif": "ldif"}
"""Kinds of files that a page shows."""
_COVER = {"PBX1707": 100.0}
"""What `pbx test --cover` has to be asked for to produce a code."""
TABLE = "people.csv"
"""The file beside a bad tree that `pbx import csv` is given."""
_REMOVED = "PBX1844"
"""The code of what somebody removed, which no tree shows."""
ANSWER = "answer.ldif"
"""What the directory of a bad tree answers, as ldapsearch prints it."""


@dataclass(frozen=True)
class Made:
    """A bad tree that Git cannot hold: what it is in words, and how to make it."""

    words: str
    make: Callable[[Path], object]


MADE = {
    "PBX1014": Made(
        "A file that was saved as Latin-1:",
        lambda path: _write(
            path / "sites" / "cafe.yaml", "sites:\n  hq: {name: Café}\n".encode("latin-1")
        ),
    ),
    "PBX1015": Made(
        "A file with a BEL character, pasted from a terminal:",
        lambda path: _write(path / "sites" / "hq.yaml", b"sites:\n  hq: {name: Head\x07 office}\n"),
    ),
    "PBX1016": Made(
        "A file of 9 MiB:",
        lambda path: _write(path / "users" / "export.yaml", b"#" * (MAX_FILE_SIZE + 1024**2)),
    ),
    "PBX1531": Made(
        "A phonebook `customers: {file: customers.csv}`, and that file saved as Latin-1:",
        lambda path: _with_contacts(path, "name,number\nCafé,+12125550123\n".encode("latin-1")),
    ),
    "PBX1820": Made("An empty file:", lambda path: _write(path / TABLE, b"")),
    "PBX1821": Made(
        "A table that a spreadsheet saved as Windows-1252:",
        lambda path: _write(path / TABLE, "user,name\nzoe,Zoë Zander\n".encode("cp1252")),
    ),
    "PBX1018": Made(
        "A link in place of a file, here to itself:",
        lambda path: (_folder(path / "users") / "sales.yaml").symlink_to("sales.yaml"),
    ),
    "PBX1019": Made(
        "A named pipe in place of a file:",
        lambda path: os.mkfifo(_folder(path / "users") / "sales.yaml"),
    ),
}


def _with_contacts(path: Path, contacts: bytes) -> None:
    _write(
        path / "pbx.yaml", f"{_MAIN}phonebooks: {{customers: {{file: customers.csv}}}}\n".encode()
    )
    _write(path / "phonebooks" / "customers.csv", contacts)


class _Configuration(DirectorySource):
    """A folder whose name in messages does not depend on where it is."""

    @property
    def name(self) -> str:
        return "config/"


def tree_of(code: str, scratch: Path) -> Path:
    """The folder of a code's bad tree; one that Git cannot hold is made in `scratch`."""
    if code not in MADE:
        return FIXTURES / f"{code}-{CATALOGUE[code].slug}"
    _write(scratch / "pbx.yaml", _MAIN.encode())
    MADE[code].make(scratch)
    return scratch


def diagnostics_of(tree: Path) -> tuple[Diagnostic, ...]:
    """What `pbx validate` says about a tree, `pbx test` about its tests, and imports about its
    table and what its directory answers."""
    source = _Configuration(tree)
    found = validate_tree(source, _families())
    if found.system is None:
        return found.diagnostics
    at_least = next((share for code, share in _COVER.items() if tree.name.startswith(code)), None)
    tests = try_out(source, replace(found, diagnostics=()), at_least).diagnostics
    return (*found.diagnostics, *tests, *_of_table(tree, found), *_of_answer(tree, found))


def _of_table(tree: Path, found: Checked) -> tuple[Diagnostic, ...]:
    if found.system is None or not (tree / TABLE).exists():
        return ()
    around = surroundings_of(found.system, _families())
    table = read_table((tree / TABLE).read_bytes(), Asked("csv/people", TABLE), around)
    if not tree.name.startswith("PBX184"):
        return table.diagnostics
    present = Present(table.batch.importer, found.system, found.origins)
    return reconcile(table.batch, present, _Alice(removed=False), Policy(), Memory(), 0.0).warnings


def _of_answer(tree: Path, found: Checked) -> tuple[Diagnostic, ...]:
    if found.system is None or not (tree / ANSWER).exists():
        return ()
    ((id_, directory),) = found.system.directories.items()
    answer = _answer((tree / ANSWER).read_text())
    batch = LdapSource(id_, directory, found.system).batch([answer])
    present = Present(batch.importer, found.system, found.origins)
    removed = tree.name.startswith(_REMOVED)
    policy = policy_of(directory)
    return reconcile(batch, present, _Alice(removed=removed), policy, Memory(), 0.0).warnings


@dataclass(frozen=True)
class _Alice:
    """Stands for the history of a bad tree: she wrote all extensions, or `removed` what is gone."""

    removed: bool

    def __call__(self, asked: Questions) -> Behinds:
        """Her commit behind what she did; all else nobody did."""
        behind = Behind(ours=False, who='Alice Adams (4f0c2a91d3 "My own number")')
        return {
            (entry, leaf): behind
            for entry, leaves in asked.items()
            for leaf in leaves
            if leaf == ("extension",) or (self.removed and leaf == ENTRY)
        }


def _answer(text: str) -> Answer:
    """Entries, referrals (`ref:`) and the result, each a paragraph of `name: value` lines."""
    answer = Answer(complete=True)
    for paragraph in text.strip().split("\n\n"):
        lines = [line.partition(": ")[::2] for line in paragraph.splitlines()]
        names: dict[str, list[bytes]] = {}
        for name, value in lines:
            names.setdefault(name.lower(), []).append(value.encode())
        if "dn" in names:
            answer.found.append(Found(names["dn"][0].decode(), names))
        answer.referrals.update(value.decode() for value in names.get("ref", ()))
        if "result" in names:
            code = int(names["result"][0].split()[0])
            answer.cut_short, answer.complete = of_result({"result": code}), code == 0
    return answer


@cache
def _families() -> Families:
    return load_families()


def page(code: str) -> str:
    """The page of one code."""
    entry = CATALOGUE[code]
    with tempfile.TemporaryDirectory() as scratch:
        tree = tree_of(code, Path(scratch))
        printed = render(diagnostics_of(tree), "text")
        shown = MADE[code].words if code in MADE else "\n\n".join(_files(tree))
    severity = {"error": "an error", "warning": "a warning", "info": "a note"}[entry.severity]
    return (
        f"# {code}: {entry.title}\n\n"
        f"This is {severity}. {entry.meaning}\n\n"
        f"## For example\n\n{shown}\n\n{_command(code)} prints:\n\n```text\n{printed}\n```\n\n"
        f"## What to do\n\n{entry.fix}\n"
    )


def _command(code: str) -> str:
    """What has to be done to be told."""
    if "PBX1820" <= code <= "PBX1839" or code == "PBX1847":
        return f"`pbx import csv {TABLE}`"
    if "PBX1810" <= code <= "PBX1819" or "PBX1841" <= code <= "PBX1849":
        return "The import of the directory"
    share = f" --cover {_COVER[code]:g}" if code in _COVER else ""
    return f"`pbx test{share}`" if code.startswith("PBX17") else "`pbx validate`"


def _files(tree: Path) -> Iterator[str]:
    """Each file with its name."""
    found = [path for path in tree.rglob("*") if path.suffix in _LANGUAGES]
    for path in sorted(found, key=lambda path: (path.name != "pbx.yaml", path)):
        language = _LANGUAGES[path.suffix]
        yield f"`{path.relative_to(tree)}`:\n\n```{language}\n{path.read_text().rstrip()}\n```"


def index() -> str:
    """The list of all codes."""
    lines = [
        "# Diagnostics\n",
        "Every message of `pbx validate`, `pbx test` and `pbx import` has a code. The pages are "
        "generated from the catalogue in `schema/diagnostics/catalogue` and from the trees in "
        "`tests/fixtures/bad` (`make docs`).",
    ]
    for prefix, title in _GROUPS.items():
        lines.append(f"\n## {prefix}xx: {title}\n")
        lines += [_line(entry) for entry in CATALOGUE.values() if entry.code.startswith(prefix)]
    return "\n".join(lines) + "\n"


def _line(entry: Code) -> str:
    return f"- [{entry.code}]({entry.code}.md) {entry.title} ({entry.severity})"


def pages() -> dict[Path, str]:
    """Path to content of every page."""
    return {PAGES / "README.md": index()} | {PAGES / f"{code}.md": page(code) for code in CATALOGUE}


def _write(path: Path, data: bytes) -> None:
    _folder(path.parent)
    path.write_bytes(data)


def _folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path
