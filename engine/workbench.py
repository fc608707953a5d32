"""What the command line does with a tree: load, check, compare, render, derive passwords.

The same functions that the node and the Git hooks call, put together for one directory.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from engine.checking import Checked, InvalidTree, ValidTree, require_valid, validate_tree
from engine.client import NodeClient
from engine.desired import Compiler, Desired
from engine.families import BrokenFamily, families_of
from engine.plan import Plan, diff
from engine.secrets import SecretReader, Secrets, load_master_key
from engine.state import StateDirectory
from renderers.devices import Families, load_families, provisioning_url, render_all
from renderers.dhcp import render_dhcp
from renderers.dns import render_dns
from schema.dialplan.classes import number_classes
from schema.managed import provisioned
from schema.meaning.meaning import Meaning, meaning_of
from schema.suggest import did_you_mean
from schema.tree import DirectorySource, TreeSource
from schema.validate import Cache
from sync.errors import RepositoryError
from sync.git import FULL_ID, Repository
from sync.snapshot import LastGood

if TYPE_CHECKING:
    from engine.login import Login


class UsageError(Exception):
    """What was asked for cannot be had; the text says why."""


@dataclass
class Workbench:
    """One configuration directory and the state of the node that runs it, if there is one."""

    directory: Path
    state: StateDirectory

    @classmethod
    def at(cls, directory: Path, state: Path | None = None) -> "Workbench":
        """The state directory is `state`, or else the one that belongs to the directory."""
        return cls(directory, StateDirectory.of(directory, state))

    # Trees

    @cached_property
    def families(self) -> Families:
        """The device families that come with the installation; a tree may have more."""
        return load_families()

    @property
    def families_there(self) -> Families:
        """Those of the saved tree as well; where there is no tree, those of the installation.

        Raises InvalidTree.
        """
        try:
            source = self.source()
        except RepositoryError:
            return self.families
        try:
            return families_of(source, self.families)
        except BrokenFamily as broken:
            raise InvalidTree(source.name, (broken.diagnostic,)) from None

    @cached_property
    def cache(self) -> Cache:
        """Two trees that share files are read once."""
        return Cache()

    @cached_property
    def repository(self) -> Repository:
        """The Git repository. Raises sync.errors.NotARepository."""
        return Repository.open(self.directory)

    @property
    def bare(self) -> bool:
        """Whether the directory is a bare repository: then its files are in commits only."""
        return (self.directory / "HEAD").is_file() and (self.directory / "objects").is_dir()

    def source(self, revision: str | None = None) -> TreeSource:
        """A commit's tree; without one the saved files, or the newest commit of a bare one."""
        if revision is not None:
            return self.repository.tree(revision)
        if self.bare:
            return self.repository.tree(self.repository.head(self.repository.followed_branch()))
        return DirectorySource(self.directory)

    def baseline(self, against: str) -> TreeSource | None:
        """What to compare with: a commit, or for "running" the last tree that ran here.

        None when nothing has run yet. Raises RepositoryError.
        """
        if against != "running":
            return self.repository.tree(against)
        runs = self._running_tree()
        if runs is not None:
            return runs
        kept = LastGood(self.state.last_good).load()
        return kept.source if kept is not None else None

    def _running_tree(self) -> TreeSource | None:
        """What the node says it runs, be it the last good tree already or not.

        None where no node runs, or what it runs is no commit of the repository here.
        """
        runs = NodeClient(self.state).revision()
        if runs is None or FULL_ID.fullmatch(runs) is None:
            return None
        try:
            return self.repository.tree(runs)
        except RepositoryError:
            return None

    def validate(self, source: TreeSource) -> Checked:
        """All diagnostics of a tree."""
        return validate_tree(source, self.families, self.cache)

    def valid(self, source: TreeSource) -> ValidTree:
        """A tree without errors. Raises InvalidTree."""
        return require_valid(self.validate(source), source.name)

    def plan(self, new: TreeSource, old: TreeSource | None) -> Plan:
        """What going from `old` to `new` does, and what it means. Raises InvalidTree."""
        compiler = Compiler(self.families)
        before: Desired | None = None
        known: ValidTree | None = None
        if old is not None:
            known = self.valid(old)
            before = compiler.compile(known.system, known.origins, known.families)
        wanted = self.valid(new)
        after = compiler.compile(wanted.system, wanted.origins, wanted.families)
        plan = diff(
            before,
            after,
            old_origins=known.origins if known else None,
            new_origins=wanted.origins,
        )
        return replace(plan, meaning=meaning_between(before, after)) if before is not None else plan

    def render(self, source: TreeSource) -> Mapping[str, bytes]:
        """Every file that would be served, and what DHCP and DNS servers are to say.

        Without a master key, placeholders for secrets.
        """
        tree = self.valid(source)
        system = tree.system
        key = self.state.master_key
        secrets = self.secrets(system.system.domain) if key.exists() else None
        files = render_all(system, tree.families, secrets)
        return {**files, **render_dhcp(system, tree.families), **render_dns(system)}

    # Secrets, where the key is

    @property
    def secret_reader(self) -> SecretReader:
        """Opens the secrets of the tree that somebody imposed, with this node's key."""
        return SecretReader(self.state.identity)

    def secrets(self, domain: str) -> Secrets:
        """The secrets of this node. Raises SecretsError where there is no key."""
        return Secrets(load_master_key(self.state.master_key), domain)

    def _current(self) -> ValidTree:
        """The tree that runs, or the newest there is."""
        return self.valid(self.baseline("running") or self.source())

    def sip_password(self, user: str, device: str) -> str:
        """The password of `user` on `device` ("" for a softphone). Raises UsageError."""
        system = self._current().system
        entry = system.users.get(user)
        if entry is None:
            raise UsageError(_unknown("user", user, system.users))
        mac = _mac(device)
        if mac and mac not in system.phones:
            raise UsageError(_unknown("phone", device, system.phones))
        secrets = self.secrets(system.system.domain)
        return secrets.sip_password(user, mac, entry.credential_epoch)

    def login_password(self, user: str) -> str:
        """The local password of `user` for pages. Raises UsageError."""
        system = self._current().system
        if user not in system.users:
            raise UsageError(_unknown("user", user, system.users))
        epoch = system.users[user].credential_epoch
        return self.secrets(system.system.domain).login_password(user, epoch)

    def login(self) -> "Login":
        """Who people are, by their passwords."""
        # Loaded here: it brings ldap3 along.
        from engine.login import Attempts, Login

        system = self._current().system
        return Login(system, self.secrets(system.system.domain), self.secret_reader, Attempts())

    def provisioning_url(self, device: str) -> str:
        """The URL that the phone is given. Raises UsageError."""
        system = self._current().system
        mac = _mac(device)
        known = provisioned(system)
        if mac not in known:
            raise UsageError(_unknown("phone", device, known))
        return provisioning_url(system, mac, self.secrets(system.system.domain))

    def softphone_url(self, name: str) -> str:
        """The URL of a user's softphone, or of the device of that MAC address.

        Raises UsageError, also where a user has none, or has several.
        """
        tree = self._current()
        if _mac(name) in provisioned(tree.system):
            return self.provisioning_url(name)
        if name not in tree.system.users:
            raise UsageError(_unknown("user", name, tree.system.users))
        found = [
            mac
            for mac, phone in tree.system.phones.items()
            if name in phone.lines and "softphone" in tree.families.models[phone.model][1].features
        ]
        if len(found) != 1:
            raise UsageError(_which_softphone(name, found))
        return self.provisioning_url(found[0])


def meaning_between(old: Desired, new: Desired) -> Meaning:
    """What becomes of calls between two states."""
    classes = (number_classes(desired.system.system) for desired in (old, new))
    return meaning_of(old.table, new.table, *classes)


def _mac(text: str) -> str:
    """A MAC address as the tree writes it."""
    return text.replace(":", "").replace("-", "").replace(".", "").lower()


def _which_softphone(user: str, found: list[str]) -> str:
    if found:
        return f'"{user}" has several: name the address of one, {" or ".join(found)}'
    made_up = f"02{sha256(user.encode()).hexdigest()[:10]}"
    return (
        f'"{user}" has no softphone: give the tree one under `phones`, with an address made up, '
        f'such as "{made_up}": {{model: linphone-app, lines: [{user}]}}'
    )


def _unknown(kind: str, name: str, known: Mapping[str, object]) -> str:
    hint = did_you_mean(name, known)
    return f'there is no {kind} "{name}"' + (f": {hint}" if hint else "")
