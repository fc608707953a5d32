"""One running node: state, services, reconciler and follower put together, started and stopped.

`run_node` is `pbx run`. What a commit does is reconcile.py's, where commits come from sync's,
what is served the services'; here is only the wiring and the order of things.
"""

import asyncio
import contextlib
import gc
import signal
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from engine.checking import Checker
from engine.control import ControlError
from engine.control.server import ControlServer
from engine.desired import Compiler, Desired
from engine.devices import DeviceCommands
from engine.drift.looking import Lookout
from engine.gates.probation import Probation
from engine.hooks import HOOKS, decide
from engine.identity import this_node
from engine.log import Log
from engine.metrics import exposition
from engine.observers import Observers
from engine.reconcile import Candidate, Reconciler, Result
from engine.secrets import Secrets, load_or_create_master_key
from engine.selftest import Report, selftest
from engine.services.emergency import EmergencyService
from engine.services.git_host import GitHostService
from engine.services.metrics import MetricsService
from engine.services.operations import OperationsService
from engine.services.pnp import PnpService
from engine.services.provisioning import ProvisioningService
from engine.services.resync import Resync
from engine.services.router import RouterService
from engine.services.webhook import WebhookService
from engine.sip import SipEvent
from engine.state import StateDirectory
from engine.status import bans_status, node_status
from engine.store import EventState, Store
from engine.suspension import Suspender
from engine.trust import Trust
from engine.welcome import welcome
from engine.workbench import Workbench
from schema.models import System
from schema.models.verify import Verify
from schema.tree import TreeSource
from sync.errors import RepositoryError, SnapshotDamaged
from sync.follow import Follower
from sync.git import FULL_ID
from sync.origins import LocalOrigin, Origin, RemoteOrigin, Revision, SavedOrigin
from sync.snapshot import LastGood

COLLECT_AFTER = 10_000
"""New objects until the collector looks for circles. Python's 700 cost a twentieth of each call."""

HOOK_PATIENCE = 10.0
"""Seconds that a pusher waits to read whether the commit runs."""

STATUS_HISTORY = 5
"""Attempts that the status tells; `pbx history` has more."""

WRITE_BEHIND = 1.0
"""Seconds between two writes of changed registrations and subscriptions."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says of this node."""

    node: str | None = None
    remote: str | None = None
    branch: str | None = None
    interval: float = 30.0
    worktree: bool = False
    welcome: bool = False
    verify: Path | None = None


def run_node(desk: Workbench, options: Options) -> int:
    """Run until a signal; the exit code. Raises the errors of engine.errors before it runs."""
    with desk.state.lock():
        if options.remote is None and not desk.state.last_good.exists():
            _ = desk.repository  # without a tree from before there must be one to follow
        return asyncio.run(Node(desk, options).run())


class Node:
    """The parts of a node and how they hang together."""

    def __init__(self, desk: Workbench, options: Options) -> None:
        self.desk = desk
        self.options = options
        self.log = Log()
        state = desk.state
        master = load_or_create_master_key(state.master_key)
        self.secrets = lru_cache(maxsize=4)(lambda domain: Secrets(master, domain))
        self.store = Store(state.database)
        self.last_good = LastGood(state.last_good)
        reader = replace(desk.secret_reader, warn=self._warn)
        self.emergency = EmergencyService(self.log.write, reader)
        self.operations = OperationsService(self.name, self.log.write, reader)
        self.git_host = GitHostService(self.name, reader, self._warn)
        self.router = RouterService(self.name, self.secrets, self._sip, self._remembered)
        self.provisioning = ProvisioningService(self.name, self.secrets, self.log.provisioning)
        self.webhook = WebhookService(
            self.name, self.provisioning.server, reader,
            lambda: self.follower.current.branch if self.follower.current else options.branch,
            lambda: self.follower.nudge(), self.log.write,
        )  # fmt: skip
        sightings = self.provisioning.server.access.sightings
        self.pnp = PnpService(self.name, sightings, self.log.pnp)
        self.metrics = MetricsService(
            self.name, exposition(lambda: self.router.server, lambda: self._healthy)
        )
        self.resync = Resync(self._notify, self.log.resynced, self.router.users_in_calls)
        self.reconciler = self._reconciler()
        self.trust = Trust(self.store, lambda: self.reconciler.running.known, _first(options))
        self.suspender = Suspender(
            self.store, self.reconciler.conditions, self.log.write, self._resumed
        )
        self.devices = DeviceCommands(
            lambda: self.reconciler.running.desired,
            self.router, self.provisioning, self.resync, self.store,
        )  # fmt: skip
        self.lookout = Lookout(
            lambda: self.devices.macs, self.devices.profiles, self.store,
            self.router.registered, self._on_disk, self.log.crashed,
        )  # fmt: skip
        self.follower = Follower(
            origin_of(desk, options), interval=options.interval, on_trouble=self.log.trouble
        )
        self.control = ControlServer(
            state.control_socket,
            {
                "/status": self._status,
                **self.devices.handlers,
                **self.suspender.handlers,
                "/bans": self._bans,
                "/bans/lift": self._lift_ban,
                "/reconcile": self._reconcile,
                "/history": self._history,
                "/drift": self._drift,
                "/revision": self._revision,
                "/selftest": self._selftest,
                **{f"/{name}": partial(self._hook, name) for name in HOOKS},
            },
        )
        self._stopping = asyncio.Event()
        self._welcomed = self._settled = False

    def _reconciler(self) -> Reconciler:
        return Reconciler(
            validate=Checker(self.desk.families),
            compiler=Compiler(self.desk.families),
            services=(
                self.emergency,
                self.operations,
                self.git_host,
                self.router,
                self.provisioning,
                self.webhook,
                self.pnp,
                self.metrics,
            ),
            store=self.store,
            health=self._health,
            observer=Observers(
                self.log, self.operations, self.git_host, lambda: self._watched, self._moved
            ),
            probation=Probation(self.router.vitals),
        )

    def _warn(self, text: str) -> None:
        """From any thread."""
        self._loop.call_soon_threadsafe(self.log.write, "warning", text)

    def _sip(self, event: SipEvent) -> None:
        self.log.sip(event)
        self.emergency.heard(event)

    def name(self, system: System) -> str:
        """Which of the tree's nodes this is. Raises ApplyError when that is not clear."""
        return this_node(system, self.options.node)

    def _known_name(self) -> str | None:
        """The same once something runs; what the command line said before."""
        desired = self.reconciler.running.desired
        return self.name(desired.system) if desired is not None else self.options.node

    # Life

    async def run(self) -> int:
        """Start, follow until stopped, stop. 1 when nothing could be started at all."""
        self._loop = asyncio.get_running_loop()
        self._listen_for_signals()
        await asyncio.to_thread(self._remember_state)
        await asyncio.to_thread(self.store.close_interrupted)
        self.provisioning.restore(await asyncio.to_thread(self.store.phones.load))
        await self.control.start()
        self.log.started(self.follower.origin.shown, self.desk.state.path)
        self.suspender.tell()
        try:
            await self._start_from_last_good()
            return await self._follow()
        finally:
            await self._stop()

    def _remember_state(self) -> None:
        """Whoever has DIR finds the node; a directory that is no repository yet has no place."""
        with contextlib.suppress(RepositoryError, OSError):
            self.desk.state.remember(self.desk.repository.git_dir)

    def _listen_for_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stopping.set)

    async def _start_from_last_good(self) -> None:
        """Phones need not wait for Git, and a bad newest commit does not keep the node down."""
        try:
            kept = await asyncio.to_thread(self.last_good.load)
        except SnapshotDamaged as error:
            self.log.trouble(error)
            return
        if kept is not None:
            await self.reconciler.reconcile(
                Candidate(kept.revision, "Start with the last good tree", "", kept.source),
                force=True,
            )

    async def _follow(self) -> int:
        writer = asyncio.create_task(self._write_behind(), name="write registrations behind")
        looking = asyncio.create_task(self.lookout.watch(), name="look for drift")
        stopping = asyncio.create_task(self._stopping.wait(), name="wait for a signal")
        following = asyncio.create_task(self._take_revisions(), name="take revisions")
        await asyncio.wait({stopping, following}, return_when=asyncio.FIRST_COMPLETED)
        tasks = (writer, looking, stopping, following)
        for task in tasks:
            if not task.done():
                task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        for outcome in results:
            if isinstance(outcome, Exception):
                raise outcome
        return 0 if self._stopping.is_set() else 1

    async def _take_revisions(self) -> None:
        """Each new commit in turn; returns only when nothing runs and nothing can."""
        async with self.follower:
            async for revision in self.follower:
                result = await self._take(revision)
                if result is not None and result.outcome == "failed" and self._nothing_runs:
                    return
                if not (self._settled or self._nothing_runs):
                    self._settle()
                if self.options.welcome and not (self._welcomed or self._nothing_runs):
                    self._welcome()

    def _settle(self) -> None:
        """What was loaded for the start stays: the collector need not look at it ever again.

        Otherwise a full collection would visit all users and phones and hold up calls meanwhile.
        A finished call leaves nothing to collect, so the collector need not look often either.
        """
        self._settled = True
        gc.collect()
        gc.freeze()
        gc.set_threshold(COLLECT_AFTER)

    async def _take(self, revision: Revision) -> Result | None:
        """Reconcile a new revision, unless it runs already or has proved bad before."""
        if revision.name == self.reconciler.running.revision or self.suspender.current:
            return None
        outcome = await asyncio.to_thread(self.store.last_outcome, revision.name)
        if outcome == "unhealthy" and not self._nothing_runs:
            self.log.skipped(revision.name)
            return None
        return await self._run(revision, force=False)

    async def _run(self, revision: Revision, *, force: bool) -> Result:
        candidate = await asyncio.to_thread(self._candidate, revision)
        return await self.reconciler.reconcile(candidate, force=force)

    async def _moved(self, before: Desired, after: Desired) -> None:
        await self.resync.changed(before, after, self.secrets(after.system.system.domain))

    def _candidate(self, revision: Revision) -> Candidate:
        """A revision with its files and with who wrote it. Blocks; raises RepositoryError."""
        source = self.follower.origin.source(revision)
        doubt = partial(self.trust.doubt, self.follower.origin, revision)
        if revision.saved is not None:
            return Candidate(revision.name, "saved files", "", source, doubt=doubt)
        info = self.follower.origin.commit_info(revision)
        keep = partial(self._keep, source, revision.name)
        return Candidate(revision.name, info.subject, info.author, source, keep, doubt)

    def _keep(self, source: TreeSource, revision: str) -> None:
        """Make what runs the last good tree. Blocks; raises OSError, SourceError."""
        self.trust.remember()
        self.last_good.save(source, revision)

    @property
    def _watched(self) -> bool:
        return self.reconciler.watched is not None

    @property
    def _nothing_runs(self) -> bool:
        return self.reconciler.running.desired is None

    def _welcome(self) -> None:
        desired = self.reconciler.running.desired
        if desired is not None:
            node = self.name(desired.system)
            secrets = self.secrets(desired.system.system.domain)
            self.log.plain(welcome(desired.system, node, secrets, self.desk.directory))
            self._welcomed = True

    async def _stop(self) -> None:
        await self.control.stop()
        await self.reconciler.stop()
        await self.resync.stop()
        await self._write_changes()
        await self.metrics.stop()
        await self.webhook.stop()
        await self.pnp.stop()
        await self.provisioning.stop()
        await self.router.stop()
        await self.emergency.stop()
        await self.operations.stop()
        await self.git_host.stop()
        self.store.close()
        self.log.close()

    # Registrations and subscriptions

    async def _write_behind(self) -> None:
        while True:
            await asyncio.sleep(WRITE_BEHIND)
            try:
                await self._write_changes()
            except Exception as error:  # a full disk: phones register again, and it may have room
                self.log.crashed(error)

    async def _write_changes(self) -> None:
        kept, gone = self.router.take_changes()
        if kept or gone:
            await asyncio.to_thread(self.store.save_bindings, kept, gone)
        states = self.router.take_event_changes()
        if states:
            await asyncio.to_thread(self.store.save_event_states, states)
        phones = self.provisioning.take_changes()
        if phones is not None:
            await asyncio.to_thread(self.store.phones.save, phones)

    def _remembered(self) -> tuple[list[dict[str, Any]], list[EventState]]:
        return self.store.load_bindings(), self.store.load_event_states()

    def _notify(self, user: str, device: str, event: str) -> int:
        server = self.router.server
        return server.notify_device(user, device, event) if server is not None else 0

    # Health and control

    async def _health(self) -> Report:
        """A call through the router; a node without one over UDP has nothing to call through."""
        server, desired = self.router.server, self.reconciler.running.desired
        if server is None or desired is None:
            return Report()
        node = desired.system.nodes[self.name(desired.system)]
        if node.sip.udp is None:
            return Report()
        return await selftest(server, desired.system.system.domain, (node.address, node.sip.udp))

    @property
    def _healthy(self) -> bool:
        return self.reconciler.conditions.healthy and self.follower.trouble is None

    async def _selftest(self, _question: Any) -> Any:
        if self.router.server is None:
            raise ControlError("this node runs no router")
        report = await self._health()
        if not report.steps and report.ok:
            raise ControlError("the self-test calls over UDP, which this node does not serve")
        return report.as_json()

    async def _status(self, _question: Any) -> Any:
        history = await asyncio.to_thread(self.store.history, STATUS_HISTORY)
        name = self._known_name()
        status = node_status(name, self.reconciler, self.follower, self.router, history)
        return status | {
            "emergency": self.emergency.status(),
            "suspended": self.suspender.as_json(),
            "notices": self.operations.status(),
            "git_host": self.git_host.status(),
            "pending": self.devices.pending,
            "drift": self.lookout.latest.as_json() if self.lookout.latest else None,
        }

    async def _bans(self, _question: Any) -> Any:
        return {"bans": bans_status(self.router)}

    async def _lift_ban(self, question: Any) -> Any:
        address = str(question.get("address"))
        server = self.router.server
        if server is None or not server.lift_ban(address):
            raise ControlError(f"{address} is not banned")
        return {}

    async def _revision(self, _question: Any) -> Any:
        return {"revision": self.reconciler.running.revision}

    async def _drift(self, _question: Any) -> Any:
        return (await self.lookout.look()).as_json()

    def _on_disk(self) -> tuple[StateDirectory, str | None, Path | None]:
        """What the disk has to hold: the last good tree while commits run, and our hooks."""
        watched = self.reconciler.watched
        good = watched.good.revision if watched else self.reconciler.running.revision
        is_commit = good is not None and FULL_ID.fullmatch(good)
        local = self.desk.directory if self.options.remote is None else None
        return self.desk.state, good if is_commit else None, local

    async def _history(self, question: Any) -> Any:
        limit = question.get("limit", 20)
        attempts = await asyncio.to_thread(self.store.history, int(limit))
        return {"history": [asdict(attempt) for attempt in attempts]}

    async def _hook(self, name: str, question: Any) -> Any:
        """A verdict for a Git hook, with what validation remembers of the tree that runs."""
        loop = asyncio.get_running_loop()

        def nudge(commit: str) -> str:
            ran = asyncio.run_coroutine_threadsafe(self._reconcile({}), loop)
            return told(ran.result(HOOK_PATIENCE), commit)

        code, text = await asyncio.to_thread(
            decide,
            name,
            self.desk.directory,
            question["lines"],
            question["environment"],
            self.reconciler.validate,
            self.trust.doubt_pushed,
            nudge,
        )
        return {"code": code, "text": text}

    async def _resumed(self) -> Mapping[str, str]:
        """Take the newest commit, unless it has proved bad before."""
        revision = await self._look()
        result = await self._take(revision)
        if result is not None:
            return answer_of(result)
        runs = revision.name == self.reconciler.running.revision
        outcome, message = ("applied", "as before") if runs else ("unhealthy", "it was bad before")
        return {"revision": revision.name, "outcome": outcome, "message": message}

    async def _look(self) -> Revision:
        """What stands in the repository now. Raises ControlError."""
        try:
            return await asyncio.to_thread(self.follower.origin.look, self.follower.current)
        except RepositoryError as error:
            raise ControlError(str(error)) from error

    async def _reconcile(self, question: Any) -> Any:
        """Look at the repository now and run what stands there, as `pbx apply` asks."""
        revision = await self._look()
        force = bool(question.get("force"))
        if self.suspender.current is not None and not force:
            return self.suspender.answer(revision.name)
        result = await self._run(revision, force=force)
        return answer_of(result)


def _first(options: Options) -> Verify | None:
    return Verify(signers=str(options.verify.absolute())) if options.verify is not None else None


def origin_of(desk: Workbench, options: Options) -> Origin:
    """Where revisions come from: a remote's branch, saved files, or the repository's commits."""
    if options.remote is not None:
        return RemoteOrigin(options.remote, desk.state.clone, options.branch)
    if options.worktree:
        return SavedOrigin(desk.directory, options.branch)
    return LocalOrigin(desk.directory, options.branch)


def answer_of(result: Result) -> dict[str, str]:
    """What whoever asked for a reconciliation is told."""
    return {"revision": result.revision, "outcome": result.outcome, "message": result.message}


def told(answer: Mapping[str, str], commit: str) -> str:
    """What a pusher reads of a reconciliation."""
    if answer["outcome"] != "applied":
        return f"but it does not run: {answer['message']}"
    return f"it runs ({answer['message']})" if answer["revision"] == commit else ""
