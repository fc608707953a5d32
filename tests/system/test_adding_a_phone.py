"""The tutorial docs/adding-a-phone.md, done word for word."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "adding-a-phone.md").read_text()
BLOCKS = re.findall(r"```(\w+)(?: file=(\S+))?\n(.*?)```", PAGE, re.S)


def run(command: str, folder: Path) -> str:
    """What a command of the page prints; `pbx` is the one of this installation."""
    words = shlex.split(command)
    if words[0] == "pbx":
        words = [sys.executable, str(ROOT / "cli.py"), *words[1:]]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=60)
    assert "Traceback" not in done.stderr
    return done.stdout


def test_the_tutorial_does_what_it_says(tmp_path: Path) -> None:
    for language, file, text in BLOCKS:
        if file:
            path = tmp_path / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            continue
        assert language == "console"
        for command, expected in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", text, re.M):
            printed = run(command, tmp_path)
            if command.startswith("pbx devices models"):
                assert expected in printed
            elif not command.startswith("pbx render"):
                assert printed == expected


def test_the_tutorial_has_a_block_for_each_file_of_a_family() -> None:
    files = {file for _, file, _ in BLOCKS if file}
    assert {Path(file).name for file in files} == {
        "pbx.yaml", "model.yaml", "settings.yaml", "vocabulary.txt", "phone.j2",
    }  # fmt: skip
