"""TFTP: tftp-hpa reads what it may, packets by hand do what no client should, and harm nobody."""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.provision import PhoneEnrolled
from engine.provision.access import Access
from engine.provision.tftp import TftpServer
from engine.provision.tftp.packet import MalformedError, parse_ack, parse_request
from engine.provision.tftp.server import MOST_OF_A_SOURCE
from engine.provision.tftp.transfer import LARGEST_BLOCK, TRIES, Transfer, agree, netascii

HOME = "127.0.0.1"


def read_request(name: str, *options: str, mode: str = "octet") -> bytes:
    return b"\0\1" + b"".join(word.encode() + b"\0" for word in (name, mode, *options))


@pytest.fixture
async def tftp(site: Any) -> AsyncIterator[tuple[Any, TftpServer]]:
    site.server.access.trust((f"{HOME}/32",))
    server = TftpServer(site.server.access)
    await server.start(HOME, 0)
    yield site, server
    await server.stop()


def port_of(server: TftpServer) -> int:
    assert server.address is not None
    return server.address[1]


def enrol(site: Any, mac: str) -> None:
    site.server.access.enrolments.open(mac, 60, time.time())


async def hpa(server: TftpServer, folder: Path, *words: str) -> str:
    """What tftp-hpa says; it writes to `got` in `folder`."""
    process = await asyncio.create_subprocess_exec(
        "tftp", "-m", "binary", HOME, str(port_of(server)), "-c", *words,
        cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await asyncio.wait_for(process.communicate(), 20)
    return said.decode()


class Client:
    """A socket that speaks TFTP by hand."""

    def __init__(self, server: TftpServer, source: str = HOME) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((source, 0))
        self.socket.setblocking(False)
        self.server = (HOME, port_of(server))
        self.other: Any = None

    async def ask(self, data: bytes, patience: float = 2.0) -> bytes:
        """Send to the server's port; the answer's port is remembered."""
        self.socket.sendto(data, self.server)
        return await self.hear(patience)

    async def hear(self, patience: float = 2.0) -> bytes:
        loop = asyncio.get_running_loop()
        try:
            data, self.other = await asyncio.wait_for(
                loop.sock_recvfrom(self.socket, 2000), patience
            )
        except TimeoutError:
            return b""
        return data

    async def acknowledge(self, block: int, patience: float = 2.0) -> bytes:
        self.socket.sendto(b"\0\4" + (block & 0xFFFF).to_bytes(2, "big"), self.other)
        return await self.hear(patience)


async def test_a_new_phone_reads_the_way_to_its_url_and_no_password(
    tftp: tuple[Any, TftpServer], tmp_path: Path
) -> None:
    site, server = tftp
    enrol(site, site.yealink)
    await hpa(server, tmp_path, "get", f"{site.yealink}.cfg", "got")
    got = (tmp_path / "got").read_text()
    assert (
        f"server.url = http://127.0.0.1:8090{site.url(site.yealink).removeprefix(site.origin)}\n"
        in got
    )
    assert "password" not in got
    assert PhoneEnrolled(site.yealink, HOME) in site.events


async def test_without_a_window_known_and_unknown_phones_read_the_same(
    tftp: tuple[Any, TftpServer], tmp_path: Path
) -> None:
    site, server = tftp
    said = [
        await hpa(server, tmp_path, "get", name, "got")
        for name in (
            f"{site.yealink}.cfg",
            "001565999999.cfg",
            f"/{site.poly}-directory.xml",
            "../../etc/passwd",
            "/etc/passwd",
            "y000000000099.cfg",
            site.url(site.yealink).removeprefix(site.origin),
        )
    ]
    assert set(said) == {"Error code 1: not found\n"}
    assert (tmp_path / "got").read_bytes() == b""


async def test_nothing_can_be_written(tftp: tuple[Any, TftpServer], tmp_path: Path) -> None:
    _, server = tftp
    (tmp_path / "file").write_text("x")
    said = await hpa(server, tmp_path, "put", "file", "0015651234ab.cfg")
    assert said == "Error code 2: nothing can be written here\n"


async def test_strangers_get_no_answer(tftp: tuple[Any, TftpServer]) -> None:
    site, server = tftp
    enrol(site, site.yealink)
    stranger = Client(server, "127.0.0.2")
    assert await stranger.ask(read_request(f"{site.yealink}.cfg"), 0.3) == b""
    assert len(server) == 0


async def test_options_are_agreed_to_as_the_rfcs_say(tftp: tuple[Any, TftpServer]) -> None:
    site, server = tftp
    enrol(site, site.yealink)
    client = Client(server)
    request = read_request(
        f"{site.yealink}.cfg", "BlkSize", "1400", "tsize", "0", "x", "1", "timeout", "3"
    )
    oack = await client.ask(request)
    assert oack[:2] == b"\0\6"
    words = oack[2:-1].split(b"\0")
    agreed = dict(zip(words[::2], words[1::2], strict=True))
    first = await client.acknowledge(0)
    assert agreed == {b"blksize": b"1400", b"tsize": str(len(first) - 4).encode(), b"timeout": b"3"}
    assert first[:4] == b"\0\3\0\1"
    assert client.other[1] != port_of(server)
    assert await client.acknowledge(1, 0.2) == b""
    assert len(server) == 0


async def test_a_lost_packet_is_sent_again_and_a_silent_client_given_up(
    tftp: tuple[Any, TftpServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.provision.tftp.transfer.PATIENCE", 0.05)
    site, server = tftp
    enrol(site, site.yealink)
    client = Client(server)
    first = await client.ask(read_request(f"{site.yealink}.cfg"))
    again = [await client.hear() for _ in range(TRIES - 1)]
    assert again == [first] * (TRIES - 1)
    assert await client.hear(0.3) == b""
    assert len(server) == 0


async def test_a_request_that_is_repeated_begins_one_transfer(
    tftp: tuple[Any, TftpServer],
) -> None:
    site, server = tftp
    enrol(site, site.yealink)
    client = Client(server)
    assert await client.ask(read_request(f"{site.yealink}.cfg")) != b""
    assert await client.ask(read_request(f"{site.yealink}.cfg"), 0.2) == b""
    assert len(server) == 1


async def test_a_source_has_so_many_transfers_and_no_more(
    tftp: tuple[Any, TftpServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, server = tftp
    monkeypatch.setattr(TftpServer, "_read", lambda *_: b"x" * 2000)
    clients = [Client(server) for _ in range(MOST_OF_A_SOURCE + 3)]
    answers = [await client.ask(read_request("x.cfg"), 0.2) for client in clients]
    assert [bool(answer) for answer in answers] == [True] * MOST_OF_A_SOURCE + [False] * 3
    for client in clients[:MOST_OF_A_SOURCE]:
        client.socket.sendto(b"\0\5\0\0stop\0", client.other)
    await asyncio.sleep(0.1)
    assert len(server) == 0
    assert await clients[-1].ask(read_request("x.cfg")) != b""
    await server.stop()
    assert len(server) == 0


def transferred(transfer: Transfer) -> tuple[bytes, int]:
    """All that a client gets, and in how many blocks."""
    packet: bytes | None = transfer.start()
    content, blocks = b"", 0
    while packet is not None:
        if packet[1] == 6:
            packet = transfer.acknowledged(0)
            continue
        content, blocks = content + packet[4:], blocks + 1
        packet = transfer.acknowledged(int.from_bytes(packet[2:4], "big"))
    assert transfer.done
    return content, blocks


@given(st.integers(0, 5000), st.integers(8, 600))
def test_a_file_of_any_size_arrives_whole(size: int, block: int) -> None:
    content = bytes(number % 251 for number in range(size))
    got, blocks = transferred(Transfer(content, "octet", {"blksize": str(block)}))
    assert got == content
    assert blocks == size // block + 1


def test_block_numbers_start_again_behind_65535() -> None:
    content = bytes(8 * 66_000 + 3)
    got, blocks = transferred(Transfer(content, "octet", {"blksize": "8"}))
    assert (len(got), blocks) == (len(content), 66_001)


def test_an_acknowledgement_that_comes_twice_makes_nothing_be_sent_twice() -> None:
    transfer = Transfer(b"x" * 2000, "octet", {})
    transfer.start()
    assert transfer.acknowledged(1) is not None
    assert transfer.acknowledged(1) is None
    assert transfer.acknowledged(0) is None
    assert transfer.acknowledged(7) is None
    second = transfer.acknowledged(2)
    assert second is not None
    assert second[:4] == b"\0\3\0\3"


@pytest.mark.parametrize(
    ("options", "agreed"),
    [
        ({"blksize": "65464"}, {"blksize": LARGEST_BLOCK}), ({"blksize": "7"}, {}),
        ({"tsize": "0"}, {"tsize": 99}), ({"timeout": "0"}, {}), ({"timeout": "256"}, {}),
        ({"blksize": "-1"}, {}), ({"blksize": "²"}, {}), ({"blksize": "9" * 400}, {}),
        ({"windowsize": "16"}, {}), ({"multicast": ""}, {}),
    ],
)  # fmt: skip
def test_options_out_of_their_range_are_left_out(
    options: dict[str, str], agreed: dict[str, int]
) -> None:
    assert agree(options, 99) == agreed


def test_netascii_has_the_ends_of_lines_of_the_network() -> None:
    assert netascii(b"a\nb\r\nc\rd") == b"a\r\nb\r\nc\r\0d"
    got, _ = transferred(Transfer(b"a\n" * 600, "netascii", {"tsize": "0"}))
    assert got == b"a\r\n" * 600


@given(st.binary(max_size=600))
def test_any_bytes_are_a_packet_or_malformed(data: bytes) -> None:
    for parse in (parse_request, parse_ack):
        with contextlib.suppress(MalformedError):
            parse(data)


@given(
    st.lists(st.tuples(st.sampled_from([b"\0\1", b"\0\2", b"\0\4", b""]), st.binary(max_size=80)))
)
def test_any_datagrams_leave_the_server_working(packets: list[tuple[bytes, bytes]]) -> None:
    async def attempt() -> None:
        server = TftpServer(access := Access(lambda event: None))
        access.trust(("127.0.0.0/8",))
        await server.start(HOME, 0)
        client = Client(server)
        for opcode, data in packets:
            client.socket.sendto(opcode + data, client.server)
            client.socket.sendto(opcode + data + b"\0octet\0", client.server)
        assert await client.ask(read_request("x.cfg")) != b""
        await server.stop()

    asyncio.run(attempt())
