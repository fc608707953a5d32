"""One running node: state, services, reconciler and follower put together, started and stopped.

`run_node` is `pbx run`. What a commit does is reconcile.py's, where commits come from sync's,
what is served the services'; here is only the wiring and the order of things.
"""

import asyncio
import contextlib
import gc
import signal
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from engine.checking import Checker
from engine.control.server import ControlServer
from engine.desired import Compiler, Desired
from engine.devices import DeviceCommands
from engine.drift.looking import Lookout
from engine.gates.probation import Probation
from engine.gates.publisher import Publisher
from engine.gates.waiting import CanaryGate
from engine.hooks import HOOKS, decide
from engine.identity import this_node
from engine.inquiries import Inquiries
from engine.log import Log
from engine.metrics import exposition
from engine.observers import Observers
from engine.reconcile import Reconciler
from engine.secrets import Secrets, load_or_create_master_key
from engine.services.emergency import EmergencyService
from engine.services.git_host import GitHostService
from engine.services.importing import ImportService, import_command
from engine.services.metrics import MetricsService
from engine.services.operations import OperationsService
from engine.services.pnp import PnpService
from engine.services.provisioning import ProvisioningService
from engine.services.resync import Resync
from engine.services.router import RouterService
from engine.services.webhook import WebhookService
from engine.sip import SipEvent
from engine.store import EventState, Store
from engine.taking import Taker
from engine.trust import Trust
from engine.welcome import welcome
from engine.workbench import Workbench
from schema.models import System
from schema.models.verify import Verify
from sync.errors import RepositoryError
from sync.follow import Follower
from sync.git import FULL_ID
from sync.origins import LocalOrigin, Origin, RemoteOrigin, SavedOrigin
from sync.snapshot import LastGood
from sync.standings import Word

COLLECT_AFTER = 10_000
"""New objects until the collector looks for circles. Python's 700 cost a twentieth of each call."""

HOOK_PATIENCE = 10.0
"""Seconds that a pusher waits to read whether the commit runs."""

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
            self.name, exposition(lambda: self.router.server, lambda: self.inquiries.healthy)
        )
        self.importing = ImportService(
            self.name,
            import_command(str(desk.directory), str(state.path), options.remote, options.branch),
            self.store.imports.results,
            self._imported,
            lambda: self.taker.suspender.current is not None,
        )
        self.resync = Resync(self._notify, self.log.resynced, self.router.users_in_calls)
        self.reconciler = self._reconciler()
        self.trust = Trust(self.store, lambda: self.reconciler.running.known, _first(options))
        self.devices = DeviceCommands(
            lambda: self.reconciler.running.desired,
            self.router, self.provisioning, self.resync, self.store,
        )  # fmt: skip
        self.lookout = Lookout(
            lambda: self.devices.macs, self.devices.profiles, self.store,
            self.router.registered, lambda: self.inquiries.on_disk(), self.log.crashed,
        )  # fmt: skip
        self.follower = Follower(
            origin_of(desk, options), interval=options.interval, on_trouble=self.log.trouble
        )
        self.publisher = Publisher(self.follower.origin.state, self._warn)
        self.taker = self._taker()
        self.inquiries = Inquiries(self)
        self.control = ControlServer(
            state.control_socket,
            {
                **self.devices.handlers,
                **self.taker.suspender.handlers,
                **self.inquiries.handlers,
                "/reconcile": self.taker.reconcile,
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
                self.importing,
            ),
            store=self.store,
            health=lambda: self.inquiries.health(),
            observer=Observers(
                self.log,
                self.operations,
                self.git_host,
                self._tell_nodes,
                lambda: self._watched,
                self._moved,
            ),
            probation=Probation(self.router.vitals, goes_first=self._goes_first),
        )

    def _taker(self) -> Taker:
        gate = CanaryGate(
            lambda: self.follower.origin,
            lambda: self.reconciler.running.known[1],
            self.name, self.reconciler.conditions, self.git_host.waits,
        )  # fmt: skip
        return Taker(
            self.follower, self.reconciler, self.store, self.trust, self.last_good, gate, self.log
        )

    def _tell_nodes(self, word: Word, commit: str) -> None:
        """Other nodes are told where one of them goes first."""
        running = self.reconciler.running
        if running.desired is None or running.desired.system.system.canary is None:
            return
        name = self.name(running.desired.system)
        for kind, revision in ((word, commit), ("applied", running.revision or "")):
            if FULL_ID.fullmatch(revision):
                self.publisher.tell(name, kind, revision)

    def _goes_first(self) -> bool:
        """Whether other nodes wait for this one."""
        desired = self.reconciler.running.desired
        return desired is not None and desired.system.system.canary == self.name(desired.system)

    def _warn(self, text: str) -> None:
        """From any thread."""
        self._loop.call_soon_threadsafe(self.log.write, "warning", text)

    def _imported(self, importer: str, message: str, failed: bool) -> None:
        self.log.write("warning" if failed else "config", f"import of {importer}: {message}")
        self.operations.imported(importer, message, failed=failed)

    def _sip(self, event: SipEvent) -> None:
        self.log.sip(event)
        self.emergency.heard(event)

    def name(self, system: System) -> str:
        """Which of the tree's nodes this is. Raises ApplyError when that is not clear."""
        return this_node(system, self.options.node)

    def known_name(self) -> str | None:
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
        self.taker.suspender.tell()
        try:
            await self.taker.start_from_last_good()
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

    async def _follow(self) -> int:
        writer = asyncio.create_task(self._write_behind(), name="write registrations behind")
        looking = asyncio.create_task(self.lookout.watch(), name="look for drift")
        stopping = asyncio.create_task(self._stopping.wait(), name="wait for a signal")
        following = asyncio.create_task(self.taker.follow(self._taken), name="take revisions")
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

    def _taken(self) -> None:
        """After each revision; the first that runs is the end of the start."""
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

    async def _moved(self, before: Desired, after: Desired) -> None:
        await self.resync.changed(before, after, self.secrets(after.system.system.domain))

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
        await self.taker.stop()
        await self.reconciler.stop()
        await self.publisher.stop()
        await self.resync.stop()
        await self._write_changes()
        await self.importing.stop()
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

    # Hooks

    async def _hook(self, name: str, question: Any) -> Any:
        """A verdict for a Git hook, with what validation remembers of the tree that runs."""
        loop = asyncio.get_running_loop()

        def nudge(commit: str) -> str:
            ran = asyncio.run_coroutine_threadsafe(self.taker.reconcile({}), loop)
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


def _first(options: Options) -> Verify | None:
    return Verify(signers=str(options.verify.absolute())) if options.verify is not None else None


def origin_of(desk: Workbench, options: Options) -> Origin:
    """Where revisions come from: a remote's branch, saved files, or the repository's commits."""
    if options.remote is not None:
        return RemoteOrigin(options.remote, desk.state.clone, options.branch)
    if options.worktree:
        return SavedOrigin(desk.directory, options.branch)
    return LocalOrigin(desk.directory, options.branch)


def told(answer: Mapping[str, str], commit: str) -> str:
    """What a pusher reads of a reconciliation."""
    if answer["outcome"] != "applied":
        return f"but it does not run: {answer['message']}"
    return f"it runs ({answer['message']})" if answer["revision"] == commit else ""
