"""Any history of any layout: the same commits as by reading every version of every file."""

from collections.abc import Iterable
from types import SimpleNamespace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schema.reading import read
from sync.blame import blame, leaves
from sync.blame.outline import entries_of
from sync.blame.values import spelled

NAMES = ("alice", "bob", "carol", "dave")
FILES = ("pbx.yaml", "users/a.yaml", "users/b.yaml")
KEYS = ("name", "extension", "email", "groups", "settings")

values = st.sampled_from(["A", "B", "201"])
entries = st.fixed_dictionaries(
    {"name": values},
    optional={
        "email": values,
        "extension": values,
        "groups": st.lists(st.sampled_from(["x", "y", "z"]), max_size=3),
        "settings": st.fixed_dictionaries({"timezone": values}, optional={"language": values}),
    },
)
people = st.dictionaries(st.sampled_from(NAMES), st.tuples(st.sampled_from(FILES), entries))
layouts = st.sampled_from(["block", "flow", "one line", "quoted", "commented", "anchored", "wide"])
commits = st.lists(
    st.tuples(people, layouts, st.lists(st.integers(0, 50), min_size=1, max_size=2)),
    min_size=1,
    max_size=6,
)


def written(layout: str, users: dict) -> str:
    """A section of users; how it says it is the layout's."""
    if not users:
        return ""
    if layout == "one line":
        inner = ", ".join(f"{name}: {flow(entry)}" for name, entry in users.items())
        return f"users: {{{inner}}}\n"
    lines = ["users:" + ("  # people" if layout == "commented" else "")]
    indent = "    " if layout == "wide" else "  "
    for name, entry in users.items():
        key = f'"{name}"' if layout == "quoted" else name
        mark = f"&{name} " if layout == "anchored" else ""
        if layout in ("flow", "quoted", "anchored"):
            lines.append(f"{indent}{key}: {mark}{flow(entry)}")
        else:
            lines += [f"{indent}# {name}'s", f"{indent}{key}:"]
            lines += [f"{indent}  {k}: {flow(v)}" for k, v in entry.items()]
    if layout == "anchored":
        lines.append(f"hunt_groups:\n  like: *{next(iter(users))}")
    return "\n".join(lines) + "\n"


def flow(value) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}: {flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    return f'"{value}"'


def files_of(found: dict, layout: str) -> dict[str, str]:
    files = {}
    for file in FILES:
        users = {name: entry for name, (place, entry) in found.items() if place == file}
        text = written(layout, users)
        if text or file == "pbx.yaml":
            files[file] = ("version: 1\n" if file == "pbx.yaml" else "") + text
    return files


def stream(history: list[SimpleNamespace]) -> bytes:
    lines: list[bytes] = []
    for commit in history:
        ref = f"refs/heads/c{commit.at}"
        lines.append(f"commit {ref}\nmark :{commit.at + 1}\ncommitter A <a@x> {commit.at} +0000\n"
                     f"data {len(str(commit.at))}\n{commit.at}\n".encode())  # fmt: skip
        for word, parent in zip(("from", "merge"), commit.parents, strict=False):
            lines.append(f"{word} :{parent + 1}\n".encode())
        lines.append(b"deleteall\n")
        for path, text in commit.files.items():
            data = text.encode()
            lines.append(f"M 100644 inline {path}\ndata {len(data)}\n".encode() + data + b"\n")
    last = history[-1].at
    return b"".join([*lines, f"reset refs/heads/main\nfrom :{last + 1}\n\n".encode()])


def states(commit: SimpleNamespace) -> dict:
    """All leaves of all entries, as a plain reading of all files has them."""
    found: dict = {}
    for path, text in sorted(commit.files.items(), key=lambda pair: pair[0] != "pbx.yaml"):
        for entry, value in entries_of(read(path, "", text.encode()).root):
            spelt = {leaf: spelled(inner) for leaf, inner in leaves(value).items()}
            found.setdefault(entry, spelt)
    return found


def expected(history: list[SimpleNamespace], at: int, entry, leaf) -> int | None:
    """The rule, word by word, on what was read."""
    here = history[at].states.get(entry)
    taken = False
    for parent in history[at].parents:
        then = history[parent].states.get(entry)
        if here is None and then is None:
            return expected(history, parent, entry, leaf)
        if then is None:
            continue
        if (here or {}).get(leaf) == then.get(leaf):
            return expected(history, parent, entry, leaf)
        taken = taken or leaf in then
    return at if taken or leaf in (here or {}) else None


def told(drawn: Iterable) -> list[SimpleNamespace]:
    history: list[SimpleNamespace] = []
    for at, (found, layout, wanted) in enumerate(drawn):
        parents = list(dict.fromkeys(number % at for number in wanted)) if at else []
        commit = SimpleNamespace(at=at, parents=parents, files=files_of(found, layout))
        commit.states = states(commit)
        history.append(commit)
    return history


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(commits)
def test_each_value_is_of_the_commit_that_reading_all_versions_finds(
    repository, import_history, drawn
):
    history = told(drawn)
    import_history(repository.directory, stream(history))
    asked = {("users", name): {(), *leaves_ever(history, ("users", name))} for name in NAMES}
    found = blame(repository, repository.head("main"), asked)
    subjects = {key: int(repository.commit_info(commit).subject) for key, commit in found.items()}
    assert subjects == {
        (entry, leaf): commit
        for entry, wanted in asked.items()
        for leaf in wanted
        if (commit := expected(history, len(history) - 1, entry, leaf)) is not None
    }


def leaves_ever(history: list[SimpleNamespace], entry) -> set:
    """All that an entry has had."""
    return {leaf for commit in history for leaf in commit.states.get(entry, ())}
