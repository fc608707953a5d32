"""Documentation is kept true: generated pages, links, commands, the shapes scripts read."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest

import cli

ROOT = Path(__file__).parent.parent
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "examples" / "README.md"]
TEMPLATES = [*(ROOT / "sync" / "templates").iterdir()]
PBX = Path(sys.executable).with_name("pbx")


def commands(group: click.Group, path: str = "pbx") -> dict[str, click.Command]:
    found: dict[str, click.Command] = {}
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            found |= commands(command, f"{path} {name}")
        elif not command.hidden:
            found[f"{path} {name}"] = command
    return found


COMMANDS = commands(cli.main)


@pytest.mark.parametrize("script", ["generate.py", "error_pages.py"])
def test_generated_pages_are_up_to_date(script: str) -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "docs" / script, "--check"],
        cwd=ROOT, capture_output=True, text=True, timeout=100,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page}: {target}"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_has_a_text(name: str) -> None:
    command = COMMANDS[name]
    assert command.help
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help or parameter.name == "output", f"{name} {parameter.name}"


def test_pages_name_only_commands_that_exist() -> None:
    known = {name.removeprefix("pbx ") for name in COMMANDS}
    words = {name.split()[0] for name in known}
    for page in [*PAGES, *TEMPLATES]:
        text = page.read_text()
        for name in re.findall(r"`pbx ([a-z]+)", text) + re.findall(
            r"^[ -]+(?:\$ |run: )?pbx ([a-z]+)", text, re.M
        ):
            assert name in words or name == "hook", f"{page.name}: pbx {name}"


def test_the_embedded_tree_and_the_readme_are_one_story() -> None:
    readme, tree = (ROOT / "README.md").read_text(), (ROOT / "pbx.yaml").read_text()
    for line in re.findall(r"```yaml\n(.*?)```", readme, re.S)[0].splitlines():
        if "{rule:" in line:
            assert line in tree


def test_the_readmes_taste_is_what_the_commands_print(tmp_path: Path) -> None:
    readme = (ROOT / "README.md").read_text()
    taste = re.findall(r"```console\n(.*?)```", readme, re.S)[0]
    environment = {**os.environ, "PATH": f"{PBX.parent}:{os.environ['PATH']}"}
    for shown in taste.removeprefix("$ ").split("\n$ "):
        command, _, output = shown.partition("\n")
        done = subprocess.run(
            command, shell=True, cwd=tmp_path, env=environment, timeout=60,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        assert done.stdout.strip() == output.strip(), command


def test_the_page_about_tests_shows_what_the_commands_print(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "testing-dialplans.md").read_text()
    tree = tmp_path / "tree"
    subprocess.run([PBX, "init", tree], check=True, capture_output=True, timeout=60)
    shown = re.findall(r"```console\n\$ pbx test\n(.*?)```", page, re.S)[0]
    done = subprocess.run([PBX, "test", tree], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    for line in shown.splitlines():
        assert f"\n{line.removesuffix('…')}" in f"\n{done.stdout}"
    example, failing = re.findall(r"```yaml\n(.*?)```|```text\n(.*?)```", page, re.S)
    (tree / "tests" / "lobby.yaml").write_text(f"{failing[1].splitlines()[2].split('| ')[1]}\n")
    done = subprocess.run([PBX, "test", tree], capture_output=True, text=True, timeout=60)
    assert failing[1] in done.stdout
    (tree / "tests" / "lobby.yaml").write_text(example[0])
    (tree / "pbx.yaml").write_text(
        (tree / "pbx.yaml")
        .read_text()
        .replace('extension: "203"', 'extension: "203", anonymous: false')
    )
    done = subprocess.run([PBX, "test", tree], capture_output=True, text=True, timeout=60)
    assert "\n21 tests, 0 failed" in done.stdout


def shape(section: str) -> set[str]:
    """The keys that docs/json.md names first in a section."""
    text = (ROOT / "docs" / "json.md").read_text()
    body = text.split(f"## {section}\n", 1)[1].split("\n## ", 1)[0]
    return set(re.findall(r'"(\w+)"', re.findall(r"`(\{.*?)`", body, re.S)[0]))


def printed(tmp_path: Path, *words: str) -> Any:
    tree = tmp_path / "tree"
    if not tree.exists():
        subprocess.run([PBX, "init", tree], check=True, capture_output=True, timeout=60)
    done = subprocess.run(
        [PBX, *words, "--format", "json"], cwd=tree, capture_output=True, text=True, timeout=60
    )
    return json.loads(done.stdout)


def test_offline_commands_print_the_documented_json(tmp_path: Path) -> None:
    assert set(printed(tmp_path, "explain", "users/alice")) == shape("pbx explain")
    assert set(printed(tmp_path, "blame", "users/alice")) == shape("pbx blame")
    assert set(printed(tmp_path, "route", "911", "--from", "lobby")) == shape("pbx route")
    assert set(printed(tmp_path, "diff")) == shape("pbx diff")
    tested = printed(tmp_path, "test")
    assert set(tested) == shape("pbx test")
    page = (ROOT / "docs" / "json.md").read_text()
    for part in (tested["tests"][0], tested["coverage"], tested["coverage"]["rules"][0]):
        keys = ", ".join(f'"{key}"' for key in part)
        assert f"{{{keys}}}" in " ".join(page.split())
    assert set(printed(tmp_path, "codes")) <= shape("pbx codes")
    examined = printed(tmp_path, "secrets", "doctor")
    assert {*examined, *examined["checks"][0]} == shape("pbx secrets doctor")
    listed = printed(tmp_path, "devices", "models")
    assert {*listed, *listed["families"][0]} == shape("pbx devices models")
    (tmp_path / "tree" / "users").mkdir()
    (tmp_path / "tree" / "users" / "new.yaml").write_text(
        'users:\n  eve: {name: Eve, extension: "201"}\n'
    )
    found = printed(tmp_path, "validate")
    assert set(found) | set(found["diagnostics"][0]) >= shape("pbx validate")
