"""Which files make a tree, and how a folder is read without being fooled."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from schema.tree import MAX_FILE_SIZE, DirectorySource, SourceEntry, SourceError, blob_id, select
from schema.validate import validate

Write = Callable[[dict[str, str | bytes]], Path]


def codes(path: Path) -> dict[str, str]:
    return {found.file: found.code for found in validate(DirectorySource(path)).diagnostics}


def test_blob_ids_are_gits(write: Write) -> None:
    path = write({"users/a.yaml": "users: {}\n", "empty.yaml": ""})
    for entry in DirectorySource(path).entries():
        if entry.blob:
            command = ["git", "hash-object", "--no-filters", str(path / entry.path)]
            assert subprocess.check_output(command, text=True).strip() == entry.blob
    assert blob_id(b"") == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"


def test_pbx_yaml_comes_first_and_the_rest_in_name_order() -> None:
    paths = ["users/b.yaml", "pbx.yaml", "dialplan/20-local.yaml", "dialplan/10-emergency.yaml",
             "users/a/z.yaml"]  # fmt: skip
    chosen = select([SourceEntry(path, "", 0) for path in paths]).read
    assert [entry.path for entry in chosen] == [
        "pbx.yaml", "dialplan/10-emergency.yaml", "dialplan/20-local.yaml", "users/a/z.yaml",
        "users/b.yaml",
    ]  # fmt: skip


def test_what_is_not_the_trees_is_left_alone() -> None:
    paths = [
        "README.md", ".github/ci.yaml", "tests/x.yaml", "devices/f/model.yaml", "users/.a.yaml",
        "users/notes.txt", "scripts/deep/down/x.yaml", ".pre-commit-config.yaml",
    ]  # fmt: skip
    chosen = select([SourceEntry(path, "", 0) for path in paths])
    assert (chosen.read, chosen.ignored) == ((), ())


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("users.yaml", "move it to the folder"),
        ("user/sales.yaml", 'did you mean "users/sales.yaml"?'),
        ("users/sales.yml", "users/sales.yaml"),
        ("config/users.yaml", "move it to the folder"),
        ("test/x.yaml", 'did you mean "tests/x.yaml"?'),
    ],
)
def test_yaml_that_looks_meant_is_warned_about(write: Write, path: str, hint: str) -> None:
    found = validate(DirectorySource(write({path: "users: {}\n"})))
    (diagnostic,) = found.diagnostics
    assert (diagnostic.code, diagnostic.severity, diagnostic.file) == ("PBX1023", "warning", path)
    assert diagnostic.hint is not None
    assert hint in diagnostic.hint
    assert found.ok


def test_without_pbx_yaml_nothing_is_a_tree(tmp_path: Path) -> None:
    assert codes(tmp_path) == {"pbx.yaml": "PBX1020"}


def test_pbx_yml_is_recognised(write: Write) -> None:
    path = write({})
    (path / "pbx.yaml").rename(path / "pbx.yml")
    first = validate(DirectorySource(path)).diagnostics[0]
    assert (first.code, first.hint) == ("PBX1020", "rename pbx.yml to pbx.yaml")


def test_a_folder_that_does_not_exist_is_a_diagnostic(tmp_path: Path) -> None:
    (diagnostic,) = validate(DirectorySource(tmp_path / "nowhere")).diagnostics
    assert diagnostic.code == "PBX1019"
    assert "no such file" in diagnostic.message


def test_links_to_files_folders_and_themselves_are_refused(write: Write) -> None:
    path = write({"sites/hq.yaml": "sites: {hq: {}}\n"})
    (path / "users").mkdir()
    (path / "users" / "loop").symlink_to("../users")
    (path / "users" / "self.yaml").symlink_to("self.yaml")
    (path / "groups").symlink_to("sites")
    (path / "users" / "outside.yaml").symlink_to("/etc/passwd")
    (path / "README.md").symlink_to("/etc/passwd")
    assert codes(path) == {
        "users/loop": "PBX1018", "users/self.yaml": "PBX1018", "users/outside.yaml": "PBX1018",
    }  # fmt: skip


def test_a_link_in_place_of_pbx_yaml_is_refused(write: Write) -> None:
    path = write({"real.yaml": "version: 1\n"})
    (path / "pbx.yaml").unlink()
    (path / "pbx.yaml").symlink_to("real.yaml")
    assert codes(path)["pbx.yaml"] == "PBX1018"


def test_a_pipe_is_not_waited_for(write: Write) -> None:
    path = write({"users/a.yaml": "users: {}\n"})
    os.mkfifo(path / "users" / "pipe.yaml")
    assert codes(path) == {"users/pipe.yaml": "PBX1019"}


def test_an_oversized_file_is_not_read(write: Write) -> None:
    path = write({})
    (path / "users").mkdir()
    with (path / "users" / "big.yaml").open("wb") as file:
        file.truncate(50 * 1024**2)
    source = DirectorySource(path)
    (big,) = (entry for entry in source.entries() if entry.path == "users/big.yaml")
    assert (big.size, big.blob) == (50 * 1024**2, "")
    with pytest.raises(SourceError):
        source.read(big)
    (diagnostic,) = validate(source).diagnostics
    assert (diagnostic.code, diagnostic.message) == (
        "PBX1016", "the file has 50 MiB, and 8 are possible",
    )  # fmt: skip


def test_a_file_of_just_the_limit_is_read(write: Write) -> None:
    path = write({"users/big.yaml": b"#" * MAX_FILE_SIZE})
    assert codes(path) == {}


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_without_permission_is_a_diagnostic(write: Write) -> None:
    path = write({"users/a.yaml": "users: {}\n"})
    (path / "users" / "a.yaml").chmod(0)
    assert codes(path) == {"users/a.yaml": "PBX1019"}


def test_a_source_answers_the_same_after_the_folder_changed(write: Write) -> None:
    path = write({"users/a.yaml": "users: {}\n"})
    source = DirectorySource(path)
    (entry,) = (entry for entry in source.entries() if entry.path == "users/a.yaml")
    (path / "users" / "a.yaml").write_text("sites: {}\n")
    assert source.read(entry) == b"users: {}\n"


def test_a_submodule_in_a_section_is_refused(write: Write) -> None:
    class WithSubmodule(DirectorySource):
        def entries(self) -> list[SourceEntry]:
            return [*super().entries(), SourceEntry("users/other", "0" * 40, 0, "other")]

    found = validate(WithSubmodule(write({})))
    assert [d.code for d in found.diagnostics] == ["PBX1019"]
