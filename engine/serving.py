"""`pbx server init`: a repository that people push to by SSH, its account, and what runs the node.

As root it makes an account that can do nothing but Git, and does the rest as that account, in a
process of its own: root never runs git in a repository of somebody else. Otherwise everything is
set up in one's own account. Again is harmless: what is there is kept. May know: accounts, keys,
repositories. May not: what the tree says.
"""

import grp
import os
import pwd
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISGID

from engine.bootstrap import new_repository
from engine.state import POINTER, default_state_directory
from sync.accounts import NOLOGIN, ensure_account, join
from sync.errors import InitRefused
from sync.git import Repository
from sync.hooks import install_hooks, this_installation
from sync.init import is_repository
from sync.keys import PublicKey, authorize, git_shell, options_for, read_keys

NODE = "dialtree"
"""The account that a unit made here runs the node as, when root makes it."""

HOMES = Path("/var/lib")

LONGEST_KEYS = 1024 * 1024
"""Characters of a file of public keys."""

HIDDEN = ("/home/", "/root/", "/run/user/")
"""What ProtectHome hides from a service."""

UNIT = """\
# Written by pbx server init.
[Unit]
Description=Dialtree PBX
After=network-online.target
Wants=network-online.target

[Service]
User={user}
{groups}UMask=0007
ExecStart={command}
Restart=on-failure
{state}AmbientCapabilities=CAP_NET_BIND_SERVICE
CapabilityBoundingSet=CAP_NET_BIND_SERVICE
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome={home}
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectControlGroups=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
ReadWritePaths={writable}

[Install]
WantedBy=multi-user.target
"""
"""After systemd.exec(5). Ports below 1024 are for TFTP and FTP."""


@dataclass(frozen=True)
class Wanted:
    """What is to be set up. `unit` is a file to write, `shared` that the group may write too."""

    directory: Path
    keys: tuple[PublicKey, ...] = ()
    user: str = "git"
    unit: Path | None = None
    shared: bool = False
    state: Path | None = None


def set_up(wanted: Wanted) -> Iterator[str]:
    """Set everything up; what to tell the user, line by line. Raises InitRefused."""
    if os.geteuid() == 0:
        yield from _as_root(wanted)
    else:
        yield from in_own_account(wanted)
        me = pwd.getpwuid(os.getuid())
        yield from _ending(wanted, me, wanted.state or default_state_directory(wanted.directory))


def keys_of(files: Sequence[Path]) -> tuple[PublicKey, ...]:
    """The keys in files, "-" being standard input. Raises InitRefused, OSError."""
    return tuple(key for path in files for key in read_keys(path, _text_of(path)))


def _text_of(path: Path) -> str:
    """The beginning of a file, whatever it holds: keys are short."""
    if str(path) == "-":
        return sys.stdin.read(LONGEST_KEYS)
    with path.open(errors="replace") as file:
        return file.read(LONGEST_KEYS)


# In one's own account


def in_own_account(wanted: Wanted) -> Iterator[str]:
    """The repository with its hooks, and who may push."""
    me = pwd.getpwuid(os.getuid())
    yield from _repository(wanted, me)
    options = options_for(me.pw_shell)
    new = authorize(Path(me.pw_dir), wanted.keys, options) if wanted.keys else []
    for key in wanted.keys:
        said = "may push now" if key in new else "may push already"
        yield f"key         {key.fingerprint} {key.comment}".rstrip() + f": {said}"


def _repository(wanted: Wanted, me: pwd.struct_passwd) -> Iterator[str]:
    directory = wanted.directory
    made = not is_repository(directory)
    if made:
        new_repository(directory, bare=True)
    with Repository.open(directory) as repository:
        if not repository.bare:
            raise InitRefused(directory, "has a working tree: nobody can push to its branch")
        install_hooks(repository)
        if wanted.shared and repository.setting("core.sharedRepository") != "group":
            repository.git.run("config", "core.sharedRepository", "group")
            _share(directory)
    pointer = directory / POINTER
    if wanted.state is not None and not pointer.exists():
        pointer.write_text(f"{wanted.state}\n")
        pointer.chmod(0o664)
    yield f"repository  {directory}, of {me.pw_name}: {'made' if made else 'was there, kept'}"


def _share(directory: Path) -> None:
    """Let the group read and write; what is made below is its own too (git-init(1), --shared)."""
    for path in (directory, *directory.rglob("*")):
        mode = path.stat().st_mode
        more = 0o070 | S_ISGID if path.is_dir() else 0o060 if mode & 0o200 else 0o040
        path.chmod(mode & 0o7777 | more | (0o010 if mode & 0o100 else 0))


# As root


def _as_root(wanted: Wanted) -> Iterator[str]:
    git = ensure_account(wanted.user, git_shell(), HOMES / wanted.user)
    if Path(git.pw_shell).name != "git-shell":
        yield f"account     {git.pw_name} was there, with {git.pw_shell}: its new keys do Git only"
    else:
        yield f"account     {git.pw_name}: Git by SSH, no logins"
    _hand_over(wanted.directory, git)
    state = HOMES / NODE if wanted.unit is not None else wanted.state
    yield from _as_account(wanted, git, state)
    if wanted.unit is None:
        yield from _ending(wanted, git, state)
        return
    node = ensure_account(NODE, NOLOGIN, HOMES / NODE)
    group = grp.getgrgid(git.pw_gid).gr_name
    join(NODE, group)
    _trust(node, wanted.directory)
    yield f"account     {NODE} runs the node, and is a member of {group}"
    yield from _ending(wanted, node, state, (group,), git)


def _hand_over(directory: Path, git: pwd.struct_passwd) -> None:
    """Make the directory, empty, for the account. What is there already has to be its own."""
    if not directory.exists():
        directory.parent.mkdir(parents=True, exist_ok=True)
        directory.mkdir(mode=0o750)
        os.lchown(directory, git.pw_uid, git.pw_gid)
        return
    if directory.stat().st_uid != git.pw_uid:
        raise InitRefused(directory, f"is there and does not belong to {git.pw_name}")


def _as_account(wanted: Wanted, git: pwd.struct_passwd, state: Path | None) -> Iterator[str]:
    """The same command as the account. Its output; raises InitRefused with its complaint."""
    command = [*this_installation(), "server", "init", str(wanted.directory.absolute()), "--shared"]
    command += ["--key", "-"] if wanted.keys else []
    command += ["--state", str(state)] if state is not None else []
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "LANG") if name in os.environ}
    environment = {**kept, "HOME": git.pw_dir, "USER": git.pw_name, "LOGNAME": git.pw_name}
    try:
        done = subprocess.run(  # noqa: S603 - our own program
            command, user=git.pw_uid, group=git.pw_gid, extra_groups=[], umask=0o007, cwd="/",
            env=environment, capture_output=True, text=True, check=False,
            input="".join(f"{key.kind} {key.key} {key.comment}\n" for key in wanted.keys),
        )  # fmt: skip
    except PermissionError:
        done = None
    if done is None or "Permission denied" in done.stderr or "Could not find" in done.stderr:
        reason = f"cannot be run by {git.pw_name}, so the hooks could not either"
        advice = "install Dialtree where every account may run it, such as in /opt/dialtree"
        raise InitRefused(Path(command[0]), f"{reason}: {advice}")
    if done.returncode != 0:
        raise InitRefused(wanted.directory, done.stderr.strip().removeprefix("pbx: "))
    lines = done.stdout.splitlines()
    yield from (line for line in lines if line.startswith(("repository", "key")))


def _trust(node: pwd.struct_passwd, directory: Path) -> None:
    """Let git of the node's account read a repository of another one (git-config(1),
    safe.directory). As that account: root would follow a link that lies in its home."""
    where = str(directory.absolute())
    if where in _git_as(node, "--get-all", "safe.directory").stdout.splitlines():
        return
    done = _git_as(node, "--add", "safe.directory", where)
    if done.returncode != 0:
        reason = f"cannot be told to trust {where}: {done.stderr.strip()}"
        raise InitRefused(Path(node.pw_dir), reason)


def _git_as(node: pwd.struct_passwd, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - fixed program
        ["git", "config", "--global", *words],  # noqa: S607
        user=node.pw_uid, group=node.pw_gid, extra_groups=[], umask=0o077, cwd="/",
        env={"HOME": node.pw_dir, "PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


# What comes next


def _ending(
    wanted: Wanted,
    runs: pwd.struct_passwd,
    state: Path | None,
    groups: tuple[str, ...] = (),
    git: pwd.struct_passwd | None = None,
) -> Iterator[str]:
    directory = wanted.directory.absolute()
    user = (git or runs).pw_name
    yield f"clone       git clone ssh://{user}@{socket.getfqdn()}{directory}"
    if not wanted.keys:
        yield f"            nobody's key was named: pbx server init {directory} --key FILE adds one"
    words = [*this_installation(), "run", str(directory)]
    words += ["--state", str(state)] if state is not None else []
    yield f"node        {shlex.join(words)}   as {runs.pw_name}"
    if wanted.unit is not None:
        yield _write_unit(wanted, runs, words, groups, state)


def _write_unit(
    wanted: Wanted,
    runs: pwd.struct_passwd,
    words: list[str],
    groups: tuple[str, ...],
    state: Path | None,
) -> str:
    unit = wanted.unit
    assert unit is not None  # noqa: S101 (asked by the caller)
    ours = state is not None and state.parent == HOMES
    directory = wanted.directory.absolute()
    writable = [str(directory)] + ([str(state)] if state is not None and not ours else [])
    text = UNIT.format(
        user=runs.pw_name,
        groups=f"SupplementaryGroups={' '.join(groups)}\n" if groups else "",
        command=shlex.join(words),
        state=f"StateDirectory={state.name}\nStateDirectoryMode=0700\n" if ours and state else "",
        home="no" if any(path.startswith(HIDDEN) for path in (*writable, words[0])) else "yes",
        writable=" ".join(writable),
    )
    if unit.exists():
        same = unit.read_text() == text
        return f"unit        {unit} was there, " + ("as it should be" if same else "and is kept")
    unit.write_text(text)
    return f"unit        {unit}: systemctl enable --now {unit.stem}"
