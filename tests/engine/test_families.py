"""Device families of a tree's own: they are read, used, replaced by a commit, and explained."""

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.checking import Checked, validate_tree
from engine.desired import Compiler
from renderers.devices import Families, Placeholders, render
from schema.tree import DirectorySource

MAC = "0015651234ab"
TREE = f"""\
version: 1
system: {{domain: example.test}}
nodes: {{pbx1: {{address: 192.0.2.5}}}}
users: {{alice: {{name: Alice}}}}
phones: {{"{MAC}": {{model: acme-one, lines: [alice]}}}}
"""
FOLDER = {
    "model.yaml": """\
family: acme
vendor: ACME
mac: lower
primary: "{mac}.cfg"
files:
  - request: "{mac}.cfg"
    template: phone.j2
    secret: true
    format: ini
    content_type: text/plain
resync: {event: check-sync, reboot: false}
limits: {text: 32, interval: 60}
unset: ""
recognise: {user_agent: '^ACME (?P<model>[A-Z0-9]+)'}
models: {acme-one: {name: One, lines: 2, keys: 4, user_agent: ONE}}
""",
    "settings.yaml": 'lines: {user: {type: text, native: "line{n} user"}}\n',
    "vocabulary.txt": "line{n} user\n",
    "templates/phone.j2": """\
{% for name, value in device.parameters %}
{{ name }}: {{ value }}
{% endfor %}
""",
}
Check = Callable[..., Checked]


@pytest.fixture
def check(tmp_path: Path, families: Families) -> Check:
    """Write a tree with the folder, some of its files instead, and validate it."""

    def written(**instead: str) -> Checked:
        (tmp_path / "pbx.yaml").write_text(TREE)
        for name, text in {**FOLDER, **instead}.items():
            path = tmp_path / "devices" / "acme" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return validate_tree(DirectorySource(tmp_path), families)

    return written


def errors(found: Checked) -> list[tuple[str, str]]:
    return [(error.place, error.message) for error in found.errors]


def test_a_family_of_the_tree_is_used_like_any_other(check: Check, families: Families) -> None:
    found = check()
    assert found.system is not None, errors(found)
    compiler = Compiler(families)
    (file,) = compiler.compile(found.system, found.origins, found.families).devices[MAC].values()
    assert render(file, Placeholders()) == b"line1 user: alice\n"
    assert check().families is found.families


def test_another_template_makes_other_files(check: Check, families: Families) -> None:
    compiler = Compiler(families)
    first, again = check(), check()
    second = check(**{"templates/phone.j2": "user={{ device.lines[0].user }}\n"})
    made = [
        compiler.compile(found.system, found.origins, found.families)
        for found in (first, again, second)
        if found.system is not None
    ]
    assert made[0].resources["profile"] is made[1].resources["profile"]
    assert render(made[2].devices[MAC][f"{MAC}.cfg"], Placeholders()) == b"user=alice\n"
    assert made[2].resources["profile"] != made[1].resources["profile"]


@pytest.mark.parametrize(
    ("file", "text", "place", "says"),
    [
        ("model.yaml", "family: [", "devices/acme/model.yaml:1:1", "bracket"),
        ("model.yaml", FOLDER["model.yaml"].replace("keys: 4", "kyes: 4"),
         "devices/acme/model.yaml:15:1", "kyes"),
        ("settings.yaml", 'lines: {user: {type: text, native: "line{n} name"}}',
         "devices/acme/settings.yaml", "line{n} name is not in vocabulary.txt"),
        ("templates/phone.j2", "\n\n{% for %}", "devices/acme/templates/phone.j2:3:1", "Expected"),
        ("templates/phone.j2", "\n{{ device.nothing }}", "devices/acme/templates/phone.j2:2:1",
         "nothing"),
        ("templates/phone.j2", "{{ 'x' * 10 ** 9 }}", "devices/acme/templates/phone.j2:1:1",
         "not possible here"),
        ("templates/phone.j2", "{{ 'x' * 999999 * 9 }}", "devices/acme/templates/phone.j2:1:1",
         "longer than"),
        ("templates/phone.j2", "{% for n in range(99999) %}{{ 'x' * 99 }}{% endfor %}",
         "devices/acme/templates/phone.j2", "more than 4 MiB"),
        ("templates/phone.j2", "{{ device.__class__ }}", "devices/acme/templates/phone.j2:1:1",
         "__class__"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place(
    check: Check, file: str, text: str, place: str, says: str
) -> None:
    found = check(**{file: text})
    ((where, message),) = errors(found)
    assert where.startswith(place)
    assert says in message


def test_a_folder_is_not_followed_out_of_the_tree(check: Check, tmp_path: Path) -> None:
    check()
    (tmp_path / "devices" / "acme" / "vocabulary.txt").unlink()
    (tmp_path / "devices" / "acme" / "vocabulary.txt").symlink_to("/etc/passwd")
    found = validate_tree(DirectorySource(tmp_path), Families(()))
    assert errors(found) == [
        ("devices/acme/vocabulary.txt", "it is a link or the like, not a file")
    ]


def test_a_folder_has_a_bounded_size(check: Check) -> None:
    found = check(**{"native.txt": "parameter\n" * 500_000})
    assert [place for place, _ in errors(found)] == ["devices/acme/native.txt"]
    assert "4 MiB" in errors(found)[0][1]
