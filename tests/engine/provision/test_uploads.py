"""What phones send: by curl with PUT and POST, by lftp; bounded, and only from whom it may come."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from engine.provision import ProfileRefused, Uploaded
from engine.provision.ftp import FtpServer
from engine.provision.uploads import BURST, MOST_BYTES, MOST_WAITING, Permit, Sent, Uploads

HOME, ELSEWHERE = "127.0.0.1", "127.0.0.2"
UNKNOWN = "0004f2999999"


@pytest.fixture
async def lan(site: Any) -> Any:
    site.server.access.trust((f"{HOME}/32",))
    return site


@pytest.fixture
async def ftp(lan: Any) -> AsyncIterator[tuple[Any, int]]:
    server = FtpServer(lan.server.access, lan.server.web)
    await server.start(HOME, 0)
    assert server.address is not None
    yield lan, server.address[1]
    await server.stop()


def sent(site: Any) -> list[Sent]:
    found: list[Sent] = site.server.web.uploads.take_changes()
    return found


async def put(url: str, content: bytes, *words: str, source: str = HOME) -> int:
    command = ["curl", "-sS", "--max-time", "10", "--interface", source, "-o", "/dev/null"]
    process = await asyncio.create_subprocess_exec(
        *command, "-w", "%{http_code}", *words, "-T", "-", url,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    said, _ = await process.communicate(content)
    return int(said)


async def lftp(port: int, folder: Path, commands: str, user: str = "PlcmSpIp,PlcmSpIp") -> str:
    settings = (
        "set net:max-retries 1; set net:timeout 5; set ftp:ssl-allow no; set xfer:clobber yes"
    )
    process = await asyncio.create_subprocess_exec(
        "lftp", "-u", user, "-p", str(port), HOME, "-e", f"{settings}; {commands}; bye",
        cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await asyncio.wait_for(process.communicate(), 30)
    return said.decode()


async def test_a_phone_sends_its_log_and_what_was_set_on_it_below_its_url(lan: Any) -> None:
    for method in ("PUT", "POST"):
        url = lan.url(lan.poly, f"{lan.poly}-phone.cfg")
        assert await put(url, b"<x/>" + method.encode(), "-X", method) == 201
        (kept,) = sent(lan)
        assert (kept.mac, kept.name, kept.kind) == (lan.poly, f"{lan.poly}-phone.cfg", "override")
        assert kept.content == b"<x/>" + method.encode()
    assert lan.events[-1] == Uploaded(lan.poly, f"{lan.poly}-phone.cfg", 8, HOME)
    # It is not given back: the tree says what a phone is set to.
    assert lan.server.access.listing.phone(lan.poly).file(f"{lan.poly}-phone.cfg") is None


async def test_a_yealink_sends_its_log_and_what_was_set_on_it(lan: Any) -> None:
    for name in ("local.cfg", "sys.log"):
        assert await put(lan.url(lan.yealink, f"{lan.yealink}-{name}"), b"lang.gui = German") == 201
    assert {kept.kind for kept in sent(lan)} == {"override", "log"}
    assert await put(f"{lan.origin}/{lan.yealink}-local.cfg", b"x") == 405


async def test_a_phone_sends_only_what_its_family_names(lan: Any) -> None:
    for mac, name in (
        (lan.poly, f"{lan.poly}.cfg"), (lan.poly, f"{lan.yealink}-app.log"), (lan.poly, ""),
        (lan.yealink, f"{lan.yealink}-app.log"), (lan.poly, "a/b/c.log"),
    ):  # fmt: skip
        assert await put(lan.url(mac, name or "x"), b"x") == 405
    assert sent(lan) == []


async def test_logs_are_taken_from_ones_own_networks_and_overrides_are_not(lan: Any) -> None:
    assert await put(f"{lan.origin}/{lan.poly}-app.log", b"log") == 201
    assert await put(f"{lan.origin}/logs/{lan.poly}-boot.log", b"log") == 201
    assert [kept.name for kept in sent(lan)] == [f"{lan.poly}-app.log", f"{lan.poly}-boot.log"]
    assert await put(f"{lan.origin}/{lan.poly}-phone.cfg", b"x") == 405
    assert await put(f"{lan.origin}/{lan.poly}-app.log", b"x", source=ELSEWHERE) == 405
    assert any(isinstance(event, ProfileRefused) for event in lan.events)
    assert sent(lan) == []


async def test_a_log_of_an_unknown_phone_is_taken_like_any_and_thrown_away(lan: Any) -> None:
    assert await put(f"{lan.origin}/{UNKNOWN}-app.log", b"log") == 201
    assert sent(lan) == []


async def test_what_is_too_large_is_not_read_to_its_end(lan: Any) -> None:
    url = lan.url(lan.poly, f"{lan.poly}-web.cfg")
    assert await put(url, b"x" * MOST_BYTES["override"]) == 201
    assert await put(url, b"x" * (MOST_BYTES["override"] + 1)) == 413
    assert await put(url, b"x" * 50_000_000) in (0, 413)
    assert [len(kept.content) for kept in sent(lan)] == [MOST_BYTES["override"]]


def test_a_phone_sends_so_often_and_what_waits_is_bounded() -> None:
    uploads = Uploads()
    permit = Permit("0004f2aabbcc", "0004f2aabbcc-app.log", "log", MOST_BYTES["log"])
    kept = [uploads.keep(permit, b"x", HOME) for _ in range(BURST + 5)]
    assert kept == [True] * BURST + [False] * 5
    assert len(uploads.take_changes()) == 1
    other = [
        uploads.keep(permit._replace(mac=str(number)), b"x" * MOST_BYTES["log"], HOME)
        for number in range(20)
    ]
    assert sum(other) == MOST_WAITING // MOST_BYTES["log"]
    uploads.take_changes()
    assert uploads.keep(permit._replace(mac="9"), b"x", HOME)


async def test_lftp_drops_a_log_actively_and_passively(
    ftp: tuple[Any, int], tmp_path: Path
) -> None:
    site, port = ftp
    (tmp_path / "log").write_bytes(b"line\n" * 1000)
    for passive in ("no", "yes"):
        said = await lftp(
            port, tmp_path,
            f"set ftp:passive-mode {passive}; set ftp:prefer-epsv yes; "
            f"put log -o {site.poly}-app.log",
        )  # fmt: skip
        (kept,) = sent(site)
        assert (kept.mac, kept.name, len(kept.content)) == (
            site.poly,
            f"{site.poly}-app.log",
            5000,
        ), said
    assert site.events[-1] == Uploaded(site.poly, f"{site.poly}-app.log", 5000, HOME)


async def test_the_drop_box_gives_nothing_away(ftp: tuple[Any, int], tmp_path: Path) -> None:
    site, port = ftp
    site.server.access.enrolments.open(site.yealink, 60, time.time())
    (tmp_path / "log").write_bytes(b"x")
    for command in (
        f"get {site.yealink}.cfg", f"get {site.poly}-user.cfg", f"get {site.poly}-app.log",
        "get /etc/passwd", "get ../../etc/passwd", f"put log -o {site.poly}-phone.cfg",
        f"put log -o {site.poly}.cfg", "put log -o /tmp/evil", "put log", "mkdir x",
        f"rm {site.poly}-app.log", "mv a b", "chmod 777 a",
        f"get {site.url(site.yealink).removeprefix(site.origin)}",
    ):  # fmt: skip
        said = await lftp(port, tmp_path, command)
        assert "550" in said or "not found" in said.lower() or "50" in said, (command, said)
    assert await lftp(port, tmp_path, "cls") == ""
    assert sent(site) == []
    assert [path.name for path in tmp_path.iterdir()] == ["log"]
    assert not Path("/tmp/evil").exists()


async def test_wrong_logins_and_strangers_are_turned_away(
    ftp: tuple[Any, int], tmp_path: Path
) -> None:
    site, port = ftp
    assert "530" in await lftp(port, tmp_path, "get x.cfg", user="PlcmSpIp,wrong")
    assert "530" in await lftp(port, tmp_path, "get x.cfg", user="root,PlcmSpIp")
    site.server.access.trust(("192.0.2.0/24",))
    _, writer = stream = await asyncio.open_connection(HOME, port)
    assert await asyncio.wait_for(stream[0].read(), 5) == b""
    writer.close()


async def test_a_log_that_is_too_large_is_broken_off(ftp: tuple[Any, int]) -> None:
    """By curl: lftp would begin again and again."""
    site, port = ftp
    url = f"ftp://PlcmSpIp:PlcmSpIp@{HOME}:{port}/{site.poly}-app.log"
    assert await put(url, b"x" * MOST_BYTES["log"]) == 226
    assert len(sent(site)) == 1
    assert await put(url, b"x" * (MOST_BYTES["log"] + 1)) >= 400
    assert sent(site) == []


async def talk(port: int, *lines: bytes) -> bytes:
    """Speak FTP by hand."""
    reader, writer = await asyncio.open_connection(HOME, port)
    writer.write(b"".join(line + b"\r\n" for line in lines))
    answer = b""
    try:
        while chunk := await asyncio.wait_for(reader.read(65536), 1):
            answer += chunk
    except (TimeoutError, ConnectionError):
        pass
    writer.close()
    return answer


async def test_hostile_commands_harm_nobody(ftp: tuple[Any, int]) -> None:
    _, port = ftp
    login = (b"USER PlcmSpIp", b"PASS PlcmSpIp")
    for line in (
        b"STOU", b"SITE CHMOD 777 /etc/passwd", b"APPE /etc/passwd", b"PORT 192,0,2,1,0,80",
        b"EPRT |1|192.0.2.1|80|", b"RETR " + b"A" * 5000, b"\xff\xfe\xfd", b"REST 5", b"DELE x",
        b"MKD /tmp/evil", b"RNFR a", b"STAT /etc", b"MLSD /",
    ):  # fmt: skip
        answer = await talk(port, *login, line, b"NOOP", b"QUIT")
        assert b"Traceback" not in answer
        assert not re.search(rb"^(150|257 \"/tmp)", answer, re.M), (line, answer)
    assert b"\r\n200 " in await talk(port, *login, b"NOOP", b"QUIT")


async def test_size_and_date_are_told_of_files_that_may_be_read(
    ftp: tuple[Any, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    site, port = ftp
    file = site.server.access.listing.phone(site.poly).primary
    shared = type(
        "Shared",
        (),
        {"file": file, "modified": site.server.access.listing.phone(site.poly).modified},
    )
    monkeypatch.setattr(type(site.server.access.listing), "shared", lambda self, path: shared)
    login = (b"USER PlcmSpIp", b"PASS PlcmSpIp")
    answer = await talk(
        port, *login, b"TYPE I", b"SIZE firmware.ver", b"MDTM firmware.ver", b"QUIT"
    )
    size = len(site.server.access.listing.body(file).content)
    assert f"\r\n213 {size}\r\n".encode() in answer
    assert b"\r\n213 20260101000000\r\n" in answer
