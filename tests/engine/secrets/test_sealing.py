"""Sealing and opening, between us and the programs age and ssh-keygen."""

import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keys import KeyPair, age_key, run, ssh_key

from engine.secrets.errors import SecretsError
from engine.secrets.identities import link_identity, load_identities, make_identity
from engine.secrets.sealing import Opened, fingerprints, parsed, seal, unseal
from schema.models.secret import sealed_bytes
from schema.source import SecretReference

PATH = "directories/corp/bind/password"
VALUE = "correct horse: \N{POULTRY LEG}\n\n battery\n".encode()
KINDS: dict[str, Callable[[Path], KeyPair]] = {
    "age": age_key,
    "ed25519": ssh_key,
    "rsa": partial(ssh_key, kind="rsa"),
    "rsa in PEM": lambda path: ssh_key(path, "rsa", "-m", "PEM"),
}


@pytest.fixture(params=KINDS)
def key(request: pytest.FixtureRequest, tmp_path: Path) -> KeyPair:
    return KINDS[request.param](tmp_path / "key")


def opened(key: KeyPair, secret: SecretReference, path: str = PATH) -> Opened:
    return unseal(secret, path, load_identities(key.path))


def why(key: KeyPair, secret: SecretReference, path: str = PATH) -> str:
    with pytest.raises(SecretsError) as refused:
        opened(key, secret, path)
    said = str(refused.value)
    assert "correct horse" not in said
    return said


def by_age(key: KeyPair, text: bytes) -> SecretReference:
    """What `age` seals."""
    return SecretReference("age", run("age", "-a", "-r", key.public, stdin=text).decode())


# Each kind of key, with the real programs


def test_what_we_seal_we_open(key: KeyPair) -> None:
    found = opened(key, seal(VALUE, PATH, [key.public]))
    assert found == Opened(PATH, VALUE, fingerprints([key.public]))


def test_age_opens_what_we_seal(key: KeyPair) -> None:
    secret = seal(VALUE, PATH, [key.public])
    plain = run("age", "-d", "-i", key.path, stdin=secret.text.encode())
    assert plain.endswith(b"\n\n" + VALUE)
    assert parsed(plain, PATH).value == VALUE


def test_we_open_what_age_seals_with_the_path_inside(key: KeyPair) -> None:
    secret = by_age(key, b"path: " + PATH.encode() + b"\n\nhorse")
    assert opened(key, secret) == Opened(PATH, b"horse", frozenset())


def test_what_age_seals_without_a_path_is_refused(key: KeyPair) -> None:
    for text in (b"correct horse", b"correct horse\n\nbattery", b"", b"\n\n", b"path:x\n\ny"):
        said = why(key, by_age(key, text))
        assert "sealed without the path" in said
        assert f"pbx secrets encrypt {PATH}" in said


def test_the_recipient_that_a_private_key_tells_is_the_public_key(key: KeyPair) -> None:
    (public,) = load_identities(key.path).public
    assert fingerprints([public]) == fingerprints([key.public])


# Who can open, and where


def test_every_recipient_opens_it_and_nobody_else(tmp_path: Path) -> None:
    keys = [age_key(tmp_path / "a"), ssh_key(tmp_path / "b"), ssh_key(tmp_path / "c", "rsa")]
    other = age_key(tmp_path / "other")
    secret = seal(VALUE, PATH, [one.public for one in keys])
    for one in keys:
        assert opened(one, secret).value == VALUE
    assert "sealed for others" in why(other, secret)


def test_a_sealed_text_opens_at_its_path_only(tmp_path: Path) -> None:
    key = age_key(tmp_path / "key")
    said = why(key, seal(VALUE, PATH, [key.public]), "directories/evil/bind/password")
    assert f'was sealed for "{PATH}"' in said


def test_a_hostile_path_inside_moves_no_cursor(tmp_path: Path) -> None:
    key = age_key(tmp_path / "key")
    said = why(key, by_age(key, b"path: \x1b[2J\xff" + b"x" * 9999 + b"\n\nhorse"))
    assert said.isprintable()
    assert len(said) < 600


@pytest.fixture(scope="module")
def one_key(tmp_path_factory: pytest.TempPathFactory) -> KeyPair:
    return age_key(tmp_path_factory.mktemp("keys") / "key")


@settings(max_examples=40, deadline=None)
@given(
    value=st.binary(max_size=300),
    path=st.from_regex(r"[a-z_]{1,12}(/[A-Za-z0-9._-]{1,20}){1,4}", fullmatch=True),
)
def test_any_value_comes_back_as_it_was(one_key: KeyPair, value: bytes, path: str) -> None:
    assert opened(one_key, seal(value, path, [one_key.public]), path).value == value


@pytest.fixture(scope="module")
def one_text(one_key: KeyPair) -> str:
    return seal(VALUE, PATH, [one_key.public]).text


@settings(max_examples=60, deadline=None)
@given(at=st.integers(0, 350), other=st.sampled_from("ABab01+/=\n *"))
def test_a_changed_character_never_opens(
    one_key: KeyPair, one_text: str, at: int, other: str
) -> None:
    text = f"{one_text[: 36 + at]}{other}{one_text[37 + at :]}"
    try:
        same = sealed_bytes(text) == sealed_bytes(one_text)
    except ValueError:
        same = False
    if not same:
        why(one_key, SecretReference("age", text))


# Keys


def test_a_key_is_made_once_for_its_owner_only_and_age_takes_it(tmp_path: Path) -> None:
    path = tmp_path / "age.key"
    assert make_identity(path)
    before = path.read_bytes()
    assert not make_identity(path)
    assert path.read_bytes() == before
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_identities(path).public == (run("age-keygen", "-y", path).decode().strip(),)


def test_a_file_may_hold_an_old_and_a_new_key(tmp_path: Path) -> None:
    keys = [age_key(tmp_path / name) for name in "ab"]
    both = tmp_path / "both"
    both.touch(mode=0o600)
    both.write_bytes(b"".join(key.path.read_bytes() for key in keys))
    for key in keys:
        assert opened(KeyPair(both, ""), seal(VALUE, PATH, [key.public])).value == VALUE


def test_an_ssh_key_can_be_the_nodes_and_replaces_none(tmp_path: Path) -> None:
    key, path = ssh_key(tmp_path / "host"), tmp_path / "age.key"
    assert link_identity(path, key.path)
    assert opened(KeyPair(path, ""), seal(VALUE, PATH, [key.public])).value == VALUE
    assert not link_identity(path, ssh_key(tmp_path / "other").path)


@pytest.mark.parametrize(
    ("content", "mode", "reason"),
    [
        (None, 0o600, "pbx secrets init"),
        (b"", 0o600, "holds no key"),
        (b"AGE-SECRET-KEY-1QQQQ", 0o600, "holds no key"),
        (b"\xff\x00" * 100, 0o600, "holds no key"),
        (b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n", 0o600, "cannot be used"),
        (b"#" * 70_000, 0o600, "KiB"),
        (b"# x", 0o640, "chmod 600"),
    ],
    ids=range(7),
)
def test_a_key_that_cannot_be_used_says_why(
    tmp_path: Path, content: bytes | None, mode: int, reason: str
) -> None:
    path = tmp_path / "age.key"
    if content is not None:
        path.write_bytes(content)
        path.chmod(mode)
    with pytest.raises(SecretsError, match=reason) as refused:
        load_identities(path)
    assert str(path) in str(refused.value)
    assert "QQQQ" not in str(refused.value)


@pytest.mark.parametrize(("kind", "phrase"), [("ed25519", "let me in"), ("ecdsa", "")])
def test_ssh_keys_that_nobody_could_use_at_night_are_refused(
    tmp_path: Path, kind: str, phrase: str
) -> None:
    key = ssh_key(tmp_path / "key", kind, phrase=phrase)
    with pytest.raises(SecretsError, match="ed25519 or rsa, and without a passphrase"):
        load_identities(key.path)


def test_nobody_to_seal_for_is_said() -> None:
    with pytest.raises(SecretsError, match=r"system\.secrets\.recipients"):
        seal(VALUE, PATH, [])


def test_age_refuses_what_was_cut(tmp_path: Path) -> None:
    key = age_key(tmp_path / "key")
    text = seal(VALUE, PATH, [key.public]).text.encode()
    done = subprocess.run(["age", "-d", "-i", key.path], input=text[:-60], capture_output=True)
    assert done.returncode != 0
    assert "not a text that age has sealed" in why(key, SecretReference("age", text[:-60].decode()))
