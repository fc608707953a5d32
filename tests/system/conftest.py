"""Sites to test with: configuration repositories on free ports, and the nodes that run them."""

import re
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from capture import Capture
from ports import free_port
from running import PBX, Site, run

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with what takes longest, so that no process is left alone with it in the end."""
    items.sort(key=lambda item: not item.path.is_relative_to(HERE))


@pytest.fixture(scope="session")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Capture]:
    """What nodes say on the wire. In the end, tshark finds nothing malformed in it."""
    capture = Capture(tmp_path_factory.mktemp("wire") / "sip.pcapng")
    capture.start()
    try:
        yield capture
    finally:
        capture.stop()
    faults = capture.faults()
    assert not faults, f"not well formed (see {capture.file}):\n{faults}"


@pytest.fixture
def new_site(tmp_path: Path, wire: Capture) -> Iterator[Callable[..., Site]]:
    """Makes sites with `pbx init`, on free ports; stops their nodes in the end."""
    yield from _sites(tmp_path, wire)


@pytest.fixture(scope="module")
def module_site(
    tmp_path_factory: pytest.TempPathFactory, wire: Capture
) -> Iterator[Callable[..., Site]]:
    """The same, for all tests of a module."""
    yield from _sites(tmp_path_factory.mktemp("site"), wire)


def _sites(folder: Path, wire: Capture) -> Iterator[Callable[..., Site]]:
    made: list[Site] = []

    def make(name: str = "pbx", *, bare: bool = False, tree: str | Path | None = None) -> Site:
        here = folder / name
        directory = here / ("pbx.git" if bare else "tree")
        run(PBX, "init", directory, *(["--bare"] if bare else []), cwd=folder)
        site = Site(
            directory, here / "tree", here / "state", free_port(), free_port(), here / "log"
        )
        if bare:
            run("git", "clone", "-q", directory, site.tree, cwd=folder)
        _on_free_ports(site, tree)
        if bare:
            site.git("push", "-q")
        wire.ports.add(site.sip)
        made.append(site)
        return site

    try:
        yield make
    finally:
        for site in made:
            site.stop(signal.SIGKILL)


def _on_free_ports(site: Site, tree: str | Path | None) -> None:
    """`tree` is the text of its only file, or a folder with all of them."""
    path = site.tree / "pbx.yaml"
    if tree is not None:
        shutil.rmtree(site.tree / "tests")  # they are about the tree that pbx init makes
    if isinstance(tree, Path):
        shutil.copytree(tree, site.tree, dirs_exist_ok=True)
    elif tree is not None:
        path.write_text(tree)
    text = path.read_text()
    text = re.sub(r"udp: \d+, tcp: \d+", f"udp: {site.sip}, tcp: {site.sip}", text)
    text = re.sub(r"port: 8090", f"port: {site.http}", text)
    path.write_text(text)
    site.commit("Use free ports")
