"""QR codes of softphones: what is scanned is the URL with its token."""

import subprocess
import sys
from pathlib import Path

import pytest

from engine.qrcode import UnknownPicture, as_text, write_picture
from engine.secrets import load_or_create_master_key

URL = "https://pbx.example.test:8443/d/ImKzb3X0bC3Qn6HxTqkTtA/"
TREE = """\
version: 1
system: {domain: example.test}
nodes: {pbx1: {address: 192.0.2.5}}
users:
  alice: {name: Alice, extension: "201"}
  bob: {name: Bob, extension: "202"}
  carol: {name: Carol, extension: "203"}
phones:
  "02a11ce00001": {model: linphone-app, lines: [alice]}
  "0015651234ab": {model: yealink-t46s, lines: [alice, bob]}
  "02a11ce00002": {model: linphone-app, lines: [carol]}
  "02a11ce00003": {model: linphone-app, lines: [carol]}
"""


def test_a_terminal_shows_a_square_of_blocks_with_a_quiet_zone() -> None:
    lines = as_text(URL).rstrip("\n").splitlines()
    modules = len(lines) * 2
    assert modules >= 25
    assert as_text(URL) != as_text(URL + "x")


@pytest.mark.parametrize(("name", "begins"), [("a.svg", b"<?xml"), ("A.PNG", b"\x89PNG")])
def test_a_picture_is_for_its_owner_alone(tmp_path: Path, name: str, begins: bytes) -> None:
    path = tmp_path / name
    path.touch(mode=0o644)
    write_picture(URL, path)
    assert path.read_bytes().startswith(begins)
    assert path.stat().st_mode & 0o077 == 0


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownPicture, match="svg"):
        write_picture(URL, tmp_path / "alice.jpg")
    assert not list(tmp_path.iterdir())


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "pbx.yaml").write_text(TREE)
    (tmp_path / "state").mkdir()
    load_or_create_master_key(tmp_path / "state" / "master.key")
    return tmp_path


def pbx(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    where = ("--dir", str(tree), "--state", str(tree / "state"))
    command = [sys.executable, "-m", "cli", "devices", *arguments, *where]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_command_shows_the_url_of_the_softphone(tree: Path) -> None:
    url = pbx(tree, "url", "02a11ce00001")
    shown = pbx(tree, "qr", "alice")
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout == as_text(url.stdout.strip()) + "\n"
    assert pbx(tree, "qr", "02:a1:1c:e0:00:01").stdout == shown.stdout
    assert pbx(tree, "qr", "alice", "-o", str(tree / "alice.svg")).returncode == 0
    assert (tree / "alice.svg").exists()


@pytest.mark.parametrize(
    ("user", "says"),
    [("bob", "linphone-app"), ("carol", "02a11ce00002 or 02a11ce00003"), ("alcie", "alice")],
)
def test_the_command_says_what_is_missing(tree: Path, user: str, says: str) -> None:
    done = pbx(tree, "qr", user)
    assert done.returncode != 0
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
