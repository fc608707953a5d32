"""What a secret of the tree is worth on a node: environment, file, sealed text."""

import os
from pathlib import Path

import pytest
from keys import age_key

from engine.secrets import SecretReader, SecretsError
from engine.secrets.sealing import seal
from schema.source import SecretReference

PATH = "directories/corp/bind/password"


def reader(tmp_path: Path, warned: list[str] | None = None, **environment: str) -> SecretReader:
    said: list[str] = [] if warned is None else warned
    return SecretReader(tmp_path / "age.key", environment, said.append)


def why(found: SecretReader, kind: str, text: str) -> str:
    with pytest.raises(SecretsError) as refused:
        found.read(SecretReference(kind, text), PATH)
    said = str(refused.value)
    assert PATH in said
    return said


def in_file(path: Path, content: bytes, mode: int = 0o600) -> SecretReference:
    path.write_bytes(content)
    path.chmod(mode)
    return SecretReference("file", str(path))


def test_a_variable_is_read_from_the_environment_of_the_node(tmp_path: Path) -> None:
    found = reader(tmp_path, KEY="corr\u00e9ct")
    assert found.text(SecretReference("env", "KEY"), PATH) == "corr\u00e9ct"
    assert "OTHER, which is not set" in why(found, "env", "OTHER")


def test_the_environment_is_that_of_the_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = SecretReader(tmp_path / "age.key")
    monkeypatch.setenv("PBX_TEST_KEY", "horse")
    assert found.read(SecretReference("env", "PBX_TEST_KEY"), PATH) == b"horse"
    assert "horse" not in repr(found)


@pytest.mark.parametrize(
    ("content", "value"),
    [(b"horse\n", b"horse"), (b"horse\r\n", b"horse"), (b"horse", b"horse"),
     (b" horse \n\n", b" horse \n"), (b"\xff\x00", b"\xff\x00")],
)  # fmt: skip
def test_a_file_loses_one_line_end_and_nothing_else(
    tmp_path: Path, content: bytes, value: bytes
) -> None:
    assert reader(tmp_path).read(in_file(tmp_path / "key", content), PATH) == value


def test_a_file_that_everybody_can_read_is_warned_of_and_read(tmp_path: Path) -> None:
    warned: list[str] = []
    found = reader(tmp_path, warned)
    assert found.read(in_file(tmp_path / "key", b"horse", 0o644), PATH) == b"horse"
    assert found.read(in_file(tmp_path / "group", b"horse", 0o640), PATH) == b"horse"
    (said,) = warned
    assert f"chmod 600 {tmp_path / 'key'}" in said
    assert "horse" not in said


def test_files_that_hold_no_secret_are_refused_at_once(tmp_path: Path) -> None:
    found = reader(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "long").write_bytes(b"x" * 70_000)
    (tmp_path / "nothing").write_bytes(b"\n")
    assert "No such file" in why(found, "file", str(tmp_path / "missing"))
    assert "is not a file" in why(found, "file", str(tmp_path / "pipe"))
    assert "Is a directory" in why(found, "file", str(tmp_path))
    assert "not a file" in why(found, "file", "/dev/zero")
    assert "KiB" in why(found, "file", str(tmp_path / "long"))
    assert "is empty" in why(found, "file", str(tmp_path / "nothing"))


def test_what_is_no_text_is_not_taken_for_one(tmp_path: Path) -> None:
    secret = in_file(tmp_path / "key", b"\xff\xfe")
    with pytest.raises(SecretsError, match="not UTF-8"):
        reader(tmp_path).text(secret, PATH)


def test_a_sealed_text_is_opened_with_the_nodes_key(tmp_path: Path) -> None:
    found, key = reader(tmp_path), age_key(tmp_path / "age.key")
    secret = seal(b"horse", PATH, [key.public])
    assert found.read(secret, PATH) == b"horse"
    key.path.unlink()
    with pytest.raises(SecretsError, match="pbx secrets init"):
        found.read(secret, PATH)
