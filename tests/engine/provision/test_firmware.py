"""Firmware from a folder: in pieces, slowly, and nothing beside it."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from engine.provision import firmware as module
from engine.provision.connections import Connections
from engine.provision.server import ProvisionServer


@pytest.fixture
def folder(site: Any, tmp_path: Path) -> Path:
    images = tmp_path / "images"
    images.mkdir()
    (images / "T46-66.86.0.15.rom").write_bytes(bytes(range(256)) * 4096)
    (images / ".hidden").write_text("x")
    (tmp_path / "beside").write_text("x")
    site.server.firmware.folder = images
    return images


async def curl(folder: Path, *words: str) -> tuple[int, bytes]:
    process = await asyncio.create_subprocess_exec(
        "curl", "-sS", "--max-time", "20", "--path-as-is", "-o", "-", "-w", "%{stderr}%{http_code}",
        *words, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    body, code = await process.communicate()
    return int(code[-3:]), body


async def test_an_image_is_loaded_whole_in_pieces_and_not_again(site: Any, folder: Path) -> None:
    url = f"{site.origin}/firmware/T46-66.86.0.15.rom"
    whole = (folder / "T46-66.86.0.15.rom").read_bytes()
    assert await curl(folder, url) == (200, whole)
    assert await curl(folder, "-r", "1000-1999", url) == (206, whole[1000:2000])
    assert await curl(folder, "-C", "1048000", url) == (206, whole[1048000:])
    status, _ = await curl(folder, "-r", "9999999-", url)
    assert status == 416
    status, body = await curl(folder, "-H", "If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT", url)
    assert (status, body) == (304, b"")


async def test_nothing_leads_out_of_the_folder(site: Any, folder: Path) -> None:
    (folder / "link").symlink_to("missing")
    for name in ("", "../beside", "..%2fbeside", ".hidden", "x.rom", "a/b", "link", "%00"):
        status, body = await curl(folder, f"{site.origin}/firmware/{name}")
        assert (status, body) == (404, b"not found\n"), name
    status, _ = await curl(folder, "-T", "T46-66.86.0.15.rom", f"{site.origin}/firmware/new.rom")
    assert status == 405
    site.server.firmware.folder = None
    status, _ = await curl(folder, f"{site.origin}/firmware/T46-66.86.0.15.rom")
    assert status == 404


async def test_an_image_may_take_longer_than_a_connection_may_be_silent(folder: Path) -> None:
    connections = Connections(asyncio.get_running_loop(), silence=0.3)
    server = ProvisionServer(lambda event: None, connections)
    server.firmware.folder = folder
    (folder / "large.rom").write_bytes(bytes(8_000_000))
    await server.start("127.0.0.1", 0)
    assert server.address is not None
    url = f"http://127.0.0.1:{server.address[1]}/firmware/large.rom"
    status, body = await curl(folder, "--limit-rate", "6M", url)
    assert (status, len(body)) == (200, 8_000_000)
    await server.stop()


async def test_few_images_are_on_their_way_at_a_time(
    site: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST", 0)
    url = f"{site.origin}/firmware/T46-66.86.0.15.rom"
    assert await curl(folder, url) == (503, b"busy\n")
