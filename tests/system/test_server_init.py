"""`pbx server init`, and then real `git clone` and `git push` through a real sshd."""

import json
import re
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from ports import free_port
from running import PBX, eventually, run
from signing import SshKey
from small_machine import Machine, environment, possible, small_machine, sshd

pytestmark = pytest.mark.skipif(not possible(), reason="needs root and mount namespaces")


@dataclass(frozen=True)
class Place:
    """A machine with an SSH server, and somebody's computer."""

    machine: Machine
    port: int
    home: Path
    """Of whoever pushes."""

    def init(self, *words: object, user: str | None = None, check: bool = True):
        home = {"HOME": f"/home/{user}"} if user else {"HOME": "/srv"}
        return self.machine.run(PBX, "server", "init", *words, user=user, check=check, **home)

    def ssh(self, key: SshKey) -> str:
        return (
            f"ssh -F /dev/null -p {self.port} -i {key.path} -o IdentitiesOnly=yes -o BatchMode=yes "
            f"-o UserKnownHostsFile={self.home}/known -o StrictHostKeyChecking=accept-new"
        )

    def git(self, key: SshKey, *words: object, cwd: Path | None = None, check: bool = True):
        return run("git", *words, cwd=cwd or self.home, check=check, GIT_SSH_COMMAND=self.ssh(key))

    def login(self, key: SshKey, user: str, *words: str) -> subprocess.CompletedProcess[str]:
        command = [*self.ssh(key).split(), f"{user}@127.0.0.1", *words]
        return subprocess.run(
            command, capture_output=True, text=True, timeout=30, stdin=subprocess.DEVNULL,
            env=environment(HOME=str(self.home)), check=False,
        )  # fmt: skip

    def clone(self, key: SshKey, said: str, name: str = "clone") -> Path:
        """By the URL that the command printed."""
        url = re.search(r"git clone (ssh://\S+)", said)
        assert url is not None
        address = url[1].replace(f"@{socket.getfqdn()}", f"@127.0.0.1:{self.port}")
        self.git(key, "clone", "-q", address, name)
        return self.home / name


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    port = free_port()
    with small_machine(tmp_path) as machine, sshd(machine, tmp_path, port):
        home = tmp_path / "home"
        home.mkdir()
        eventually(lambda: "Server listening" in (tmp_path / "sshd.log").read_text())
        yield Place(machine, port, home)


@pytest.fixture
def alice(tmp_path: Path) -> SshKey:
    return SshKey.make(tmp_path / "alice")


@pytest.fixture
def bob(tmp_path: Path) -> SshKey:
    return SshKey.make(tmp_path / "bob")


def change(clone: Path, old: str, new: str) -> None:
    path = clone / "pbx.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    run("git", "commit", "-qam", f"{new}", cwd=clone)


def refused_logins(place: Place, key: SshKey, user: str) -> None:
    for words in ((), ("id",), ("sh", "-c", "id"), ("git-upload-pack /etc; id",)):
        done = place.login(key, user, *words)
        assert done.returncode != 0, done.stdout
        assert "uid=" not in done.stdout


def test_an_account_that_can_do_nothing_but_git(place: Place, alice: SshKey, bob: SshKey) -> None:
    said = place.init("/srv/pbx.git", "--key", f"{alice.path}.pub").stdout
    assert "account     git: Git by SSH, no logins" in said
    assert "repository  /srv/pbx.git, of git: made" in said
    clone = place.clone(alice, said)
    change(clone, "Bob Brown", "Bob Braun")
    pushed = place.git(alice, "push", cwd=clone)
    assert "is accepted" in pushed.stderr

    change(clone, 'extension: "203"', 'extension: "201"')
    bad = place.git(alice, "push", cwd=clone, check=False)
    assert bad.returncode != 0
    assert "error[PBX1203]" in bad.stderr
    assert "The push was refused" in bad.stderr

    refused_logins(place, alice, "git")
    assert place.login(bob, "git").returncode != 0
    stranger = place.git(bob, "ls-remote", "origin", cwd=clone, check=False)
    assert "Permission denied (publickey)" in stranger.stderr
    keys = place.machine.run("cat", "/var/lib/git/.ssh/authorized_keys").stdout
    assert keys == f"restrict {alice.public}\n"
    owner = place.machine.run("find", "/srv/pbx.git", "!", "-user", "git").stdout
    assert owner == ""


def test_again_it_adds_keys_and_keeps_what_is_there(
    place: Place, alice: SshKey, bob: SshKey
) -> None:
    said = place.init("/srv/pbx.git", "--key", f"{alice.path}.pub").stdout
    clone = place.clone(alice, said)
    change(clone, "Bob Brown", "Bob Braun")
    place.git(alice, "push", "-q", cwd=clone)
    again = place.init("/srv/pbx.git", "--key", f"{alice.path}.pub", "--key", f"{bob.path}.pub")
    assert "repository  /srv/pbx.git, of git: was there, kept" in again.stdout
    assert re.search("alice: may push already", again.stdout)
    assert re.search("bob: may push now", again.stdout)
    keys = place.machine.run("cat", "/var/lib/git/.ssh/authorized_keys").stdout
    assert keys == f"restrict {alice.public}\nrestrict {bob.public}\n"
    other = place.clone(bob, again.stdout, "other")
    assert "Bob Braun" in (other / "pbx.yaml").read_text()

    hook = "/srv/pbx.git/hooks/pre-receive"
    place.machine.run("sh", "-c", f"printf '#!/bin/sh\\n# mine\\n' > {hook}")
    kept = place.init("/srv/pbx.git", check=False)
    assert kept.returncode == 1
    assert "is a hook of your own" in kept.stderr
    assert "# mine" in place.machine.run("cat", hook).stdout


def test_what_is_somebody_else_s_is_left_alone(place: Place, alice: SshKey) -> None:
    place.machine.run("sh", "-c", "mkdir /srv/pbx.git && echo x > /srv/pbx.git/notes")
    done = place.init("/srv/pbx.git", check=False)
    assert done.returncode == 1
    assert "is there and does not belong to git" in done.stderr
    private = place.init("/srv/other.git", "--key", alice.path, check=False)
    assert private.returncode == 1
    assert "is a private key" in private.stderr
    assert place.machine.run("ls", "/srv").stdout == "pbx.git\n"


def test_a_node_runs_as_an_account_of_its_own(place: Place, alice: SshKey) -> None:
    unit = Path("/etc/dialtree.service")
    said = place.init("/srv/pbx.git", "--key", f"{alice.path}.pub", "--systemd", unit).stdout
    assert "account     dialtree runs the node, and is a member of git" in said
    text = place.machine.run("cat", unit).stdout
    assert "User=dialtree\nSupplementaryGroups=git\n" in text
    words = re.search(r"ExecStart=(.*)", text)
    assert words is not None
    clone = place.clone(alice, said)
    sip, http = free_port(), free_port()
    change(clone, "udp: 5060, tcp: 5060", f"udp: {sip}, tcp: {sip}")
    change(clone, "port: 8090", f"port: {http}")
    place.git(alice, "push", "-q", cwd=clone)
    account = {"HOME": "/var/lib/dialtree"}
    node = subprocess.Popen(
        place.machine.command(*words[1].split(), user="dialtree"),
        env=environment(**account), cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip

    def applied() -> str | None:
        asked = place.machine.run(
            PBX, "status", "/srv/pbx.git", "--format", "json",
            user="dialtree", check=False, **account,
        )  # fmt: skip
        return json.loads(asked.stdout)["applied_revision"] if asked.stdout else None

    try:
        eventually(applied)
        change(clone, "Bob Brown", "Bob Braun")
        pushed = place.git(alice, "push", cwd=clone)
        assert "is accepted: the node will apply it" in pushed.stderr
        head = run("git", "rev-parse", "HEAD", cwd=clone).stdout.strip()
        eventually(lambda: applied() == head)
        approve = ("devices", "approve", "805ec0010203", "--user", "bob", "--model", "yealink-t46s")
        place.machine.run(PBX, *approve, "--dir", "/srv/pbx.git", user="dialtree", **account)
        place.git(alice, "pull", "-q", "--rebase", cwd=clone)
        change(clone, "Bob Braun", "Bob Bloom")
        place.git(alice, "push", "-q", cwd=clone)
    finally:
        node.terminate()
        node.wait(15)
    again = place.init("/srv/pbx.git", "--systemd", unit).stdout
    assert f"unit        {unit} was there, as it should be" in again


def test_in_an_account_of_one_s_own(place: Place, alice: SshKey) -> None:
    place.machine.run("mkdir", "/var/lib/home")
    place.machine.run("useradd", "--create-home", "--base-dir", "/var/lib/home", "carl")
    place.machine.run("usermod", "--password", "*", "--shell", "/bin/sh", "carl")
    key = place.machine.run("cat", f"{alice.path}.pub").stdout
    done = place.machine.run(
        PBX, "server", "init", "/var/lib/home/carl/pbx.git", "--key", "-",
        user="carl", text=key, HOME="/var/lib/home/carl",
    )  # fmt: skip
    assert "account" not in done.stdout
    clone = place.clone(alice, done.stdout)
    change(clone, "Bob Brown", "Bob Braun")
    assert "is accepted" in place.git(alice, "push", cwd=clone).stderr
    refused_logins(place, alice, "carl")


def test_root_writes_nothing_where_an_account_leads_it(place: Place, alice: SshKey) -> None:
    unit = Path("/etc/dialtree.service")
    words = ("/srv/pbx.git", "--key", f"{alice.path}.pub", "--systemd", unit)
    place.init(*words)
    settings = "/var/lib/dialtree/.gitconfig"
    assert "/srv/pbx.git" in place.machine.run("cat", settings, user="dialtree").stdout
    trap = f"rm {settings} && ln -s /etc/elsewhere {settings}"
    place.machine.run("sh", "-c", trap, user="dialtree")
    done = place.init(*words, check=False)
    assert done.returncode == 1
    assert "cannot be told to trust" in done.stderr
    assert place.machine.run("ls", "-d", "/etc/elsewhere", check=False).returncode != 0


def test_a_file_that_holds_no_text_is_no_key(place: Place) -> None:
    place.machine.run("sh", "-c", r"printf '\377\376' > /srv/odd.pub")
    for name in ("/srv/odd.pub", "/dev/zero"):
        done = place.init("/srv/pbx.git", "--key", name, check=False)
        assert done.returncode == 1
        assert f"{name} has a line that is no public key" in done.stderr
