import os
import stat
from pathlib import Path

import pytest

from engine.secrets import Secrets, SecretsError, load_master_key, load_or_create_master_key
from schema import credentials

MASTER = bytes(range(32))


def test_the_key_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    key = load_or_create_master_key(path)
    assert len(key) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_or_create_master_key(path) == key
    assert [entry.name for entry in tmp_path.iterdir()] == ["master.key"]


def test_two_nodes_make_two_keys(tmp_path: Path) -> None:
    keys = {load_or_create_master_key(tmp_path / name) for name in "ab"}
    assert len(keys) == 2


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    load_or_create_master_key(path)
    path.chmod(0o640)
    with pytest.raises(SecretsError, match="chmod 600"):
        load_master_key(path)


@pytest.mark.parametrize("content", [b"", b"x" * 31, b"x" * 33])
def test_a_damaged_key_is_refused_and_not_replaced(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "master.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(SecretsError, match="not a master key"):
        load_or_create_master_key(path)
    assert path.read_bytes() == content


def test_a_missing_key_is_explained(tmp_path: Path) -> None:
    with pytest.raises(SecretsError, match="on its first `pbx run`"):
        load_master_key(tmp_path / "master.key")


def test_a_crash_while_writing_leaves_no_half_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", crash)
    with pytest.raises(SecretsError, match="No space left"):
        load_or_create_master_key(tmp_path / "master.key")
    assert list(tmp_path.iterdir()) == []


def test_passwords_depend_on_everything_they_are_for() -> None:
    base = credentials.sip_password(MASTER, "a.test", "alice", "", 1)
    others = {
        credentials.sip_password(bytes(32), "a.test", "alice", "", 1),
        credentials.sip_password(MASTER, "b.test", "alice", "", 1),
        credentials.sip_password(MASTER, "a.test", "bob", "", 1),
        credentials.sip_password(MASTER, "a.test", "alice", "0015651234ab", 1),
        credentials.sip_password(MASTER, "a.test", "alice", "", 2),
        credentials.sip_password(MASTER, "a.testa", "lice", "", 1),
        credentials.admin_password(MASTER, "a.test", "alice", 1),
    }
    assert len(others) == 7
    assert base not in others
    assert credentials.sip_password(MASTER, "a.test", "alice", "", 1) == base


def test_a_password_can_be_typed_on_a_phone() -> None:
    password = credentials.sip_password(MASTER, "a.test", "alice", "", 1)
    assert len(password) == 24
    assert password.isalnum()
    assert password.islower()


def test_secrets_are_the_derivations_of_one_domain() -> None:
    secrets = Secrets(MASTER, "a.test")
    assert secrets.sip_password("alice", "", 1) == credentials.sip_password(
        MASTER, "a.test", "alice", "", 1
    )
    assert secrets.provisioning_token("0015651234ab", 1) == credentials.provisioning_token(
        MASTER, "a.test", "0015651234ab", 1
    )
    assert MASTER.hex() not in repr(vars(secrets).keys())
