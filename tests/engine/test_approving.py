"""`pbx devices approve` on real repositories, while no node runs."""

import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import cli
from engine.control import server as control_server

ROOT = Path(__file__).parents[2]
NEW = "805ec0010203"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A person with a name, and state of their own."""
    (tmp_path / ".gitconfig").write_text(
        "[user]\n name = Carol\n email = c@example.test\n[init]\n defaultBranch = main\n"
    )
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A working tree with the example system in it, committed."""
    directory = tmp_path / "tree"
    directory.mkdir()
    (directory / "pbx.yaml").write_bytes((ROOT / "pbx.yaml").read_bytes())
    git(directory, "init", "--quiet")
    git(directory, "add", ".")
    git(directory, "commit", "--quiet", "-m", "Begin")
    return directory


def git(directory: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=directory, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def approve(directory: Path, *arguments: str) -> Result:
    options = ("--dir", str(directory)) if "--remote" not in arguments else ()
    return CliRunner().invoke(cli.main, ["devices", "approve", *arguments, *options])


def test_the_phone_stands_behind_its_neighbours_in_their_layout(tree: Path):
    done = approve(tree, "80:5E:C0:01:02:03", "--user", "bob", "--model", "yealink-t46s",
                   "--site", "hq", "--label", "Bob's desk")  # fmt: skip
    assert done.exit_code == 0, done.output
    added = [line[1:] for line in done.output.splitlines() if line.startswith("+ ")]
    assert added == [
        '  "805ec0010203":',
        "    model: yealink-t46s",
        "    lines: [bob]",
        '    description: "Bob\'s desk"',
        "    site: hq",
    ]
    assert git(tree, "diff", "--numstat", "HEAD~") == "5\t0\tpbx.yaml"
    assert git(tree, "log", "-1", "--format=%an: %B") == (
        f"Carol: Approve phone {NEW} (SIP-T46S) for bob\n\n"
        f"Dialtree-By: devices approve\nDialtree-Entry: phones/{NEW}"
    )
    head = git(tree, "rev-parse", "HEAD")
    assert f"{head[:10]} on main: Approve phone {NEW}" in done.output
    assert "no node runs here" in done.output
    assert git(tree, "status", "--porcelain") == ""


def test_what_is_doubtful_about_the_new_phone_is_said_and_no_more(tree: Path):
    text = (tree / "pbx.yaml").read_text()
    (tree / "pbx.yaml").write_text(text.replace("  bob:\n", "  bob:\n    enabled: false\n", 1))
    git(tree, "commit", "--quiet", "-am", "Bob is away")
    first = approve(tree, NEW, "--user", "bob", "--model", "yealink-t46s")
    assert first.exit_code == 0, first.output
    assert first.output.count('warning[PBX1214]: the user "bob" is disabled') == 1
    assert "pbx.yaml:56:13" in first.stderr
    other = approve(tree, "805ec0010204", "--user", "alice", "--model", "yealink-t46s")
    assert "warning" not in other.output


def test_a_bare_repository_and_a_remote(tree: Path, tmp_path: Path):
    bare = tmp_path / "pbx.git"
    git(tmp_path, "clone", "--quiet", "--bare", str(tree), str(bare))
    first = approve(bare, NEW, "--user", "alice", "--user", "bob", "--model", "yealink-t46s")
    assert first.exit_code == 0, first.output
    assert "lines: [alice, bob]" in git(bare, "show", "main:pbx.yaml")
    state = ("--state", str(tmp_path / "state"))
    other = approve(
        tmp_path, "805ec0010204", "--user", "bob", "--model", "yealink-t46s",
        "--remote", bare.as_uri(), *state,
    )  # fmt: skip
    assert other.exit_code == 0, other.output
    assert '"805ec0010204":' in git(bare, "show", "main:pbx.yaml")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("0015651234ab", "--user", "bob"), "is in the tree already, at pbx.yaml:45, for alice"),
        (("00:15:65:12:34:AB", "--user", "bob"), "is in the tree already"),
        ((NEW, "--user", "bobb"), 'there is no user "bobb": did you mean "bob"?'),
        ((NEW, "--user", "bob"), "it has not been seen, its address is one of Yealink: name it"),
        ((NEW, "--user", "bob", "--model", "yealink-t46"), 'did you mean "yealink-t46'),
        ((NEW, "--user", "bob", "--model", "yealink-t46s", "--site", "hp"), 'no site "hp"'),
        (("8:5", "--user", "bob"), "is not a MAC address"),
        (
            (NEW, "--user", "bob", "--user", "alice", "--model", "yealink-t19p"),
            "has 1 line, and 2 users were named",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_words(tree: Path, arguments: tuple[str, ...], words: str):
    head = git(tree, "rev-parse", "HEAD")
    done = approve(tree, *arguments)
    assert done.exit_code == 1
    assert words in done.output
    assert "Traceback" not in done.output
    assert git(tree, "rev-parse", "HEAD") == head


def test_unsaved_work_is_left_alone(tree: Path):
    (tree / "pbx.yaml").write_text("# half an idea\n")
    done = approve(tree, NEW, "--user", "bob", "--model", "yealink-t46s")
    assert done.exit_code == 1
    assert "uncommitted changes in pbx.yaml: commit or discard them first" in done.output
    assert (tree / "pbx.yaml").read_text() == "# half an idea\n"


def test_a_tree_that_would_have_errors_is_shown_with_its_place(tree: Path):
    done = approve(tree, NEW, "--user", "bob", "--user", "bob", "--model", "yealink-t46s")
    assert done.exit_code == 1
    assert "error[PBX1220]" in done.output
    assert "pbx.yaml:55:18" in done.output, done.output
    assert NEW not in git(tree, "show", "HEAD:pbx.yaml")
    (tree / "pbx.yaml").write_text("version: 1\n")
    git(tree, "commit", "--quiet", "-am", "Lose everything")
    done = approve(tree, NEW, "--user", "bob", "--model", "yealink-t46s")
    assert "error[PBX1102]" in done.output


async def test_the_model_is_the_one_that_the_phone_said(tree: Path, tmp_path: Path):
    """A node that has seen it and follows another place."""
    import asyncio

    state = tmp_path / "state"
    state.mkdir()

    async def pending(_):
        agent = "Yealink SIP-T46S 66.86.0.15 80:5e:c0:01:02:03"
        return {"pending": [{"mac": NEW, "model": None, "user_agent": agent}]}

    async def reconcile(_):
        return {"revision": "0" * 40, "outcome": "applied", "message": "nothing new"}

    node = control_server.ControlServer(
        state / "control.sock", {"/devices/pending": pending, "/reconcile": reconcile}
    )
    await node.start()
    try:
        done = await asyncio.to_thread(approve, tree, NEW, "--user", "bob", "--state", str(state))
    finally:
        await node.stop()
    assert done.exit_code == 0, done.output
    assert "model: yealink-t46s" in git(tree, "show", "HEAD:pbx.yaml")
    assert "follows another place (it stands at 0000000000)" in done.output
