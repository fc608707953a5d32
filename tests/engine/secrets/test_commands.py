"""`pbx secrets` on real repositories, with the real programs age and git beside it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from keys import KeyPair, age_key, run, ssh_key

from engine.secrets.identities import load_identities
from engine.secrets.sealing import unseal
from engine.workbench import Workbench
from schema.reading import read
from schema.secret_places import secrets_in
from schema.source import SecretReference
from sync.git import Repository

Edit = Callable[[str, str], None]
Git = Callable[..., str]
Pbx = Callable[..., Result]

MAIL = "system/emergency/mail/password"
HOOK = "system/emergency/webhook_secret"
VALUE = "corr\u00e9ct horse"
ZONE = "  timezone: America/New_York\n"
NOTICE = f"""{ZONE}  emergency:
    webhooks: ["https://h.example/x"]
    mail:
      to: [desk@example.test]   # the desk
      sender: pbx@example.test
      tls: starttls
      user: pbx
"""


@pytest.fixture
def key(tmp_path: Path) -> KeyPair:
    """The node's."""
    (tmp_path / "state").mkdir()
    return age_key(tmp_path / "state" / "age.key")


@pytest.fixture
def recipients(tree: Path, git: Git) -> Callable[..., None]:
    """recipients(key, …): those of the tree from now on, committed."""

    def listed(*keys: KeyPair) -> None:
        path = tree / "pbx.yaml"
        lines = [line for line in path.read_text().splitlines() if "recipients:" not in line]
        shown = json.dumps([one.public for one in keys])
        at = lines.index("  domain: example.test          # people are sip:alice@example.test")
        lines.insert(at + 1, f"  secrets: {{recipients: {shown}}}")
        path.write_text("\n".join(lines) + "\n")
        git("commit", "--quiet", "-am", "Recipients")

    return listed


@pytest.fixture
def sealed(edit: Edit, recipients: Callable[..., None], key: KeyPair, pbx: Pbx) -> KeyPair:
    """Two sealed secrets for the node's key."""
    edit(ZONE, NOTICE)
    recipients(key)
    pbx("secrets", "encrypt", MAIL, stdin=f"{VALUE}\n")
    pbx("secrets", "encrypt", HOOK, stdin="battery")
    return key


def secrets_of(tree: Path) -> dict[str, SecretReference]:
    document = read("pbx.yaml", "", (tree / "pbx.yaml").read_bytes())
    return {one.where: one.secret for one in secrets_in([document])}


# init


def test_init_makes_both_keys_once_and_prints_what_the_tree_needs(pbx: Pbx, tmp_path: Path) -> None:
    said = pbx("secrets", "init").output
    files = [tmp_path / "state" / name for name in ("age.key", "master.key")]
    for path in files:
        assert path.stat().st_mode & 0o777 == 0o600
        assert f"made {path}" in said
    public = run("age-keygen", "-y", files[0]).decode().strip()
    assert f'system:\n  secrets:\n    recipients:\n      - "{public}"' in said
    assert "Back up both" in said
    assert "AGE-SECRET" not in said
    before = [path.read_bytes() for path in files]
    assert pbx("secrets", "init").output.count("there is already") == 2
    assert [path.read_bytes() for path in files] == before


def test_init_sees_that_the_tree_lists_the_key(
    pbx: Pbx, key: KeyPair, recipients: Callable[..., None]
) -> None:
    recipients(key)
    assert "The tree lists its recipient" in pbx("secrets", "init").output


def test_an_ssh_key_of_the_machine_can_be_the_nodes(
    pbx: Pbx, tmp_path: Path, edit: Edit, recipients: Callable[..., None]
) -> None:
    host = ssh_key(tmp_path / "ssh_host_ed25519_key")
    said = pbx("secrets", "init", "--ssh-key", str(host.path)).output
    assert host.public.removesuffix(" carol@desk") in said
    edit(ZONE, NOTICE)
    recipients(host)
    pbx("secrets", "encrypt", MAIL, stdin=VALUE)
    assert pbx("secrets", "show", MAIL).output == f"{VALUE}\n"


def test_init_does_not_take_a_key_that_needs_a_passphrase(pbx: Pbx, tmp_path: Path) -> None:
    locked = ssh_key(tmp_path / "locked", phrase="let me in")
    said = pbx("secrets", "init", "--ssh-key", str(locked.path), code=1).output
    assert "without a passphrase" in said
    assert not (tmp_path / "state" / "age.key").exists()


# encrypt


def test_a_secret_is_sealed_by_a_commit_that_touches_nothing_else(
    edit: Edit, recipients: Callable[..., None], tree: Path, git: Git, pbx: Pbx, tmp_path: Path
) -> None:
    other = age_key(tmp_path / "elsewhere")  # this machine has no key at all
    edit(ZONE, NOTICE)
    recipients(other)
    before = (tree / "pbx.yaml").read_text()
    said = pbx("secrets", "encrypt", MAIL, stdin=f"{VALUE}\n").output
    assert f"on main: Seal a secret: {MAIL}" in said
    assert "no node runs here" in said
    after = (tree / "pbx.yaml").read_text()
    secret = secrets_of(tree)[MAIL]
    block = "".join(f"        {line}\n" for line in secret.text.splitlines())
    assert after == before.replace(
        "      user: pbx\n", f"      user: pbx\n      password: !age |\n{block}"
    )
    assert (
        git("log", "-1", "--format=%an %(trailers:key=Dialtree-By,valueonly)")
        == "Carol secrets encrypt"
    )
    assert git("status", "--porcelain") == ""
    assert not (tmp_path / "state").exists()
    opened = run("age", "-d", "-i", other.path, stdin=secret.text.encode()).decode()
    assert opened.startswith(f"path: {MAIL}\n")
    assert opened.endswith(f"\n\n{VALUE}")


def test_a_readable_secret_is_sealed_in_its_place(
    edit: Edit, recipients: Callable[..., None], key: KeyPair, pbx: Pbx
) -> None:
    edit(ZONE, f"{NOTICE}      password: hunter2   # of the desk\n")
    recipients(key)
    assert "PBX1850" in pbx("validate", code=1).output
    said = pbx("secrets", "encrypt", MAIL, stdin=VALUE).output
    assert "password: !age |   # of the desk" in said
    assert "hunter2" not in said
    assert pbx("validate").exit_code == 0
    assert pbx("secrets", "show", MAIL).output == f"{VALUE}\n"


def test_the_scalar_can_be_printed_to_paste(
    edit: Edit, recipients: Callable[..., None], key: KeyPair, pbx: Pbx, tree: Path, git: Git
) -> None:
    edit(ZONE, NOTICE)
    recipients(key)
    head = git("rev-parse", "HEAD")
    (tree / "pbx.yaml").write_text((tree / "pbx.yaml").read_text() + "# not saved\n")
    assert "--print" in pbx("secrets", "encrypt", MAIL, stdin="x", code=1).output
    printed = pbx("secrets", "encrypt", "--print", MAIL, stdin=VALUE).output
    text = f"system:\n  emergency:\n    mail:\n      password: {printed}".replace(
        "\n  -", "\n        -"
    )
    lines = text.splitlines()
    body = [line if at < 4 else f"        {line.strip()}" for at, line in enumerate(lines)]
    document = read("x.yaml", "", "\n".join([*body, ""]).encode())
    (found,) = secrets_in([document])
    assert unseal(found.secret, MAIL, load_identities(key.path)).value == VALUE.encode()
    assert git("rev-parse", "HEAD") == head


@pytest.mark.parametrize(
    ("path", "stdin", "reason"),
    [
        ("system/emergency/mail/pasword", "x", f'did you mean "{MAIL}"?'),
        ("users/alice/name", "x", "not a key that takes a secret"),
        (MAIL, "", "nothing to seal"),
        (MAIL, "\n", "nothing to seal"),
        (MAIL, "x" * 20_000, "16 KiB"),
        ("directories/corp/bind/password", "x", "directories/corp/bind is not in the tree"),
    ],
)
def test_what_cannot_be_sealed_is_said_and_nothing_is_committed(
    edit: Edit, recipients: Callable[..., None], key: KeyPair, pbx: Pbx, git: Git,
    path: str, stdin: str, reason: str,
) -> None:  # fmt: skip
    edit(ZONE, NOTICE)
    recipients(key)
    head = git("rev-parse", "HEAD")
    assert reason in pbx("secrets", "encrypt", path, stdin=stdin, code=1).output
    assert git("rev-parse", "HEAD") == head


def test_without_recipients_it_is_said_how_to_come_by_one(pbx: Pbx, edit: Edit) -> None:
    edit(ZONE, NOTICE)
    said = pbx("secrets", "encrypt", MAIL, stdin="x", code=1).output
    assert "pbx secrets init" in said
    assert "system.secrets.recipients" in said


def test_a_tree_that_would_have_errors_is_not_committed(
    edit: Edit, recipients: Callable[..., None], key: KeyPair, pbx: Pbx, git: Git
) -> None:
    edit(ZONE, NOTICE.replace("mail:\n", "mail:\n      password_file: /etc/mail\n"))
    recipients(key)
    assert "PBX1855" in pbx("secrets", "encrypt", MAIL, stdin="x", code=1).output


# show


def test_a_secret_is_shown_where_the_key_is(sealed: KeyPair, pbx: Pbx, tmp_path: Path) -> None:
    assert pbx("secrets", "show", MAIL).output == f"{VALUE}\n"
    assert pbx("secrets", "show", f"/{HOOK}").output == "battery\n"
    sealed.path.rename(tmp_path / "mine")
    assert "pbx secrets init" in pbx("secrets", "show", MAIL, code=1).output
    shown = pbx("secrets", "show", MAIL, "--identity", str(tmp_path / "mine")).output
    assert shown == f"{VALUE}\n"


def test_a_path_without_a_secret_is_said(pbx: Pbx) -> None:
    assert f"no secret at {MAIL}" in pbx("secrets", "show", MAIL, code=1).output
    assert "takes a secret" in pbx("secrets", "show", "users/alice", code=1).output


# rotate --recipients


def test_secrets_are_sealed_anew_for_the_present_recipients(
    sealed: KeyPair, recipients: Callable[..., None], pbx: Pbx, tree: Path, tmp_path: Path, git: Git
) -> None:
    admin = ssh_key(tmp_path / "id")
    recipients(sealed, admin)
    old = secrets_of(tree)
    said = pbx("secrets", "rotate", "--recipients").output
    assert "Seal 2 secrets anew for 2 recipients" in said
    assert "have those secrets changed" in said
    for where, value in ((MAIL, VALUE.encode()), (HOOK, b"battery")):
        assert secrets_of(tree)[where] != old[where]
        for one in (sealed, admin):
            found = unseal(secrets_of(tree)[where], where, load_identities(one.path))
            assert found.value == value
    changed = {line[0] for line in git("diff", "-U0", "HEAD~1").splitlines() if line[:1] in "+-"}
    assert changed == {"+", "-"}
    assert "for the 2 recipients already" in pbx("secrets", "rotate", "--recipients").output


def test_whoever_seals_themselves_out_is_told(
    sealed: KeyPair, recipients: Callable[..., None], pbx: Pbx, tmp_path: Path
) -> None:
    recipients(age_key(tmp_path / "other"))
    said = pbx("secrets", "rotate", "--recipients").output
    assert f"{sealed.path} is not among the recipients" in said
    assert "sealed for others" in pbx("secrets", "show", MAIL, code=1).output


def test_a_secret_that_was_copied_to_another_key_stops_it(
    sealed: KeyPair, recipients: Callable[..., None], pbx: Pbx, tree: Path, git: Git, tmp_path: Path
) -> None:
    path = tree / "pbx.yaml"
    both = secrets_of(tree)
    text = path.read_text()
    mail, hook = (
        "\n".join(both[where].text.splitlines()).replace("\n", f"\n{' ' * pad}")
        for where, pad in ((MAIL, 8), (HOOK, 6))
    )
    assert hook in text
    path.write_text(text.replace(hook, mail.replace(" " * 8, " " * 6)))
    git("commit", "--quiet", "-am", "Copy")
    assert pbx("validate").exit_code == 0  # without a key nobody can tell
    for command in (("show", HOOK), ("rotate", "--recipients")):
        recipients(sealed, age_key(tmp_path / command[0]))
        said = pbx("secrets", *command, code=1).output
        assert f'{HOOK} was sealed for "{MAIL}"' in said
    assert "was sealed for" in pbx("secrets", "doctor", code=1).output


# rotate users/…, phones/…


def files(tree: Path, state: Path, revision: str) -> dict[str, bytes]:
    """All rendered files of a commit, with the real passwords."""
    desk = Workbench.at(tree, state)
    with Repository.open(tree) as repository:
        return dict(desk.render(repository.tree(revision)))


@pytest.mark.parametrize(
    ("entry", "kinds", "mac"),
    [
        ("users/alice", {"account", "profile"}, "0015651234ab"),
        ("phones/00:15:65:12:34:AB", {"profile"}, "0015651234ab"),
        ("phones/64167f5678cd", {"profile"}, "64167f5678cd"),
    ],
)
def test_rotating_changes_the_files_of_that_phone_and_nothing_else(
    pbx: Pbx, tree: Path, tmp_path: Path, git: Git, entry: str, kinds: set[str], mac: str
) -> None:
    pbx("secrets", "init")
    said = pbx("secrets", "rotate", entry).output
    plan = json.loads(pbx("diff", "--against", "HEAD~1", "--format", "json", code=2).output)
    assert {change["kind"] for change in plan["changes"]} == kinds
    assert plan["phones"] == [mac]
    assert not plan["refused"]
    assert "1 phone fetches" in said
    before, after = (files(tree, tmp_path / "state", rev) for rev in ("HEAD~1", "HEAD"))
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert changed
    assert {name.split("/")[1] for name in changed} == {mac}
    diff = [line for line in git("diff", "-U0", "HEAD~1").splitlines() if line[0] in "+-"]
    assert sum("credential_epoch: 2" in line for line in diff) == 1


def test_rotating_again_counts_on(pbx: Pbx, tree: Path) -> None:
    for epoch in (2, 3):
        pbx("secrets", "rotate", "users/bob")
        assert f"credential_epoch: {epoch}" in (tree / "pbx.yaml").read_text()


def test_the_next_steps_are_said(pbx: Pbx) -> None:
    said = pbx("secrets", "rotate", "users/alice").output
    assert "fetch their new passwords themselves: 0015651234ab" in said
    assert "pbx secrets show alice" in said
    said = pbx("secrets", "rotate", "phones/64167f5678cd").output
    assert "pbx devices url 64167f5678cd" in said


def test_a_gateway_that_is_a_device_is_rotated_and_a_trunk_is_not(pbx: Pbx, edit: Edit) -> None:
    edit("gateways:\n", DEVICE)
    said = pbx("secrets", "rotate", "gateways/fxo").output
    assert "credential_epoch: 2" in said
    assert "pbx devices url 00908f112233" in said
    assert "whoever runs it" in pbx("secrets", "rotate", "gateways/pstn", code=1).output


DEVICE = """gateways:
  fxo:
    address: 192.0.2.12
    device:
      model: mediapack-mp114-fxo
      mac: "00908f112233"
      ports: [{number: "+12125550210"}]
"""


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("users/alise",), 'did you mean "alice"?'),
        (("users",), "users/ID"),
        (("sites/hq",), "users/ID"),
        ((), "say --recipients"),
        (("users/alice", "--recipients"), "say --recipients"),
    ],
)
def test_what_has_no_secrets_is_not_rotated(
    pbx: Pbx, arguments: tuple[str, ...], reason: str
) -> None:
    code = 2 if "--recipients" in arguments or not arguments else 1
    assert reason in pbx("secrets", "rotate", *arguments, code=code).output


# doctor


def problems(done: Result) -> list[str]:
    return [line for line in done.output.splitlines() if line.startswith("problem")]


def test_all_is_well(sealed: KeyPair, pbx: Pbx) -> None:
    pbx("secrets", "init")
    lines = pbx("secrets", "doctor").output.splitlines()
    assert all(line.startswith("ok ") for line in lines)
    assert len(lines) == 6


def test_without_keys_it_says_how_to_make_them(pbx: Pbx) -> None:
    (problem,) = problems(pbx("secrets", "doctor", code=1))
    assert "no master key" in problem
    pbx("secrets", "init")
    (problem,) = problems(pbx("secrets", "doctor", code=1))
    assert "add age1" in problem


def broken(what: str, tree: Path, key: KeyPair, tmp_path: Path, recipients: Any) -> None:
    state = tmp_path / "state"
    match what:
        case "open master":
            (state / "master.key").chmod(0o644)
        case "short master":
            (state / "master.key").write_bytes(b"x")
        case "open key":
            key.path.chmod(0o640)
        case "no key":
            key.path.unlink()
        case "another key":
            key.path.unlink()
            age_key(key.path)
        case "more recipients":
            recipients(key, age_key(tmp_path / "more"))
        case "fewer recipients":
            recipients(age_key(tmp_path / "more"))


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("open master", "chmod 600"),
        ("short master", "restore it from your backup"),
        ("open key", "chmod 600"),
        ("no key", "restore it from your backup"),
        ("another key", "sealed for others"),
        ("more recipients", "not for 1 that it lists: run `pbx secrets rotate --recipients`"),
        ("fewer recipients", "the tree no longer lists"),
    ],
)
def test_each_problem_says_what_to_do(
    sealed: KeyPair, pbx: Pbx, tree: Path, tmp_path: Path, recipients: Callable[..., None],
    what: str, reason: str,
) -> None:  # fmt: skip
    pbx("secrets", "init")
    broken(what, tree, sealed, tmp_path, recipients)
    found = problems(pbx("secrets", "doctor", code=1))
    assert any(reason in line for line in found), found


def test_names_of_variables_and_files_are_checked(
    edit: Edit, pbx: Pbx, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "mail.password"
    edit(ZONE, f"{NOTICE}      password: !file {file}\n    webhook_secret: !env PBX_HOOK_KEY\n")
    (tmp_path / "state").mkdir()
    pbx("secrets", "doctor", code=1)
    said = problems(pbx("secrets", "doctor", code=1))
    assert any("No such file" in line for line in said)
    assert any("PBX_HOOK_KEY, which is not set" in line for line in said)
    file.write_text("horse")
    file.chmod(0o644)
    monkeypatch.setenv("PBX_HOOK_KEY", "battery")
    (tmp_path / "state" / "master.key").write_bytes(bytes(32))
    (tmp_path / "state" / "master.key").chmod(0o600)
    done = pbx("secrets", "doctor", code=1)
    (problem,) = problems(done)
    assert f"chmod 600 {file}" in problem
    assert "horse" not in done.output
    assert "battery" not in done.output
    file.chmod(0o600)
    pbx("secrets", "doctor")


def test_a_private_key_in_the_history_is_found_after_it_was_removed(
    sealed: KeyPair, pbx: Pbx, tree: Path, git: Git
) -> None:
    pbx("secrets", "init")
    (tree / "notes.txt").write_bytes(sealed.path.read_bytes())
    (tree / "backup").mkdir()
    (tree / "backup" / "master.key").write_bytes(bytes(range(32)))
    for name in ("notes.txt", "backup"):
        git("add", name)
        git("commit", "--quiet", "-m", f"Keep {name} \x1b[2J")
        git("rm", "--quiet", "-r", name)
        git("commit", "--quiet", "-m", "Clean up")
    done = pbx("secrets", "doctor", code=1)
    said = "\n".join(problems(done))
    assert "Keep notes.txt" in said
    assert "Keep backup" in said
    assert "\x1b" not in done.output
    assert "AGE-SECRET" not in done.output


def test_what_doctor_finds_can_be_read_by_programs(sealed: KeyPair, pbx: Pbx) -> None:
    pbx("secrets", "init")
    found = json.loads(pbx("secrets", "doctor", "--format", "json").output)
    assert found["checks"][0]["ok"] is True
    assert set(found["checks"][0]) == {"ok", "what", "advice"}
