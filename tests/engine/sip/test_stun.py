"""STUN binding requests on the SIP port (RFC 5389), beside SIP and of no use to an attacker."""

import asyncio
import struct
from collections.abc import Awaitable, Callable
from socket import AF_INET, AF_INET6, inet_ntop

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lines import Line

from engine.sip.transport.stun import answer

MAGIC = 0x2112A442
TRANSACTION = bytes(range(12))


def request(attributes: bytes = b"", kind: int = 1, magic: int = MAGIC) -> bytes:
    return struct.pack("!HHI12s", kind, len(attributes), magic, TRANSACTION) + attributes


def mapped(data: bytes) -> tuple[str, int]:
    """Address in an answer, read as section 15.2 says."""
    kind, length, magic, transaction, attribute, size, family, port = struct.unpack_from(
        "!HHI12sHHHH", data
    )
    assert (kind, magic, transaction, attribute) == (0x0101, MAGIC, TRANSACTION, 0x0020)
    assert (length, size) == (len(data) - 20, len(data) - 24)
    mask = struct.pack("!I12s", MAGIC, TRANSACTION)
    address = bytes(a ^ b for a, b in zip(data[28:], mask, strict=False))
    return inet_ntop({1: AF_INET, 2: AF_INET6}[family], address), port ^ (MAGIC >> 16)


def test_a_neighbour_on_the_link_is_answered_too() -> None:
    found = answer(request(), "fe80::1%eth0", 5060)
    assert found is not None
    assert mapped(found) == ("fe80::1", 5060)


@pytest.mark.parametrize(("host", "port"), [("192.0.2.1", 32853), ("2001:db8::1:2", 65535)])
def test_the_answer_says_where_the_request_came_from(host: str, port: int) -> None:
    found = answer(request(), host, port)
    assert found is not None
    assert mapped(found) == (host, port)


def test_the_known_answer_of_rfc_5769_section_2_2() -> None:
    transaction = bytes.fromhex("b7e7a701bc34d686fa87dfae")
    data = struct.pack("!HHI12s", 1, 0, MAGIC, transaction)
    found = answer(data, "192.0.2.1", 32853)
    assert found is not None
    assert found[20:] == bytes.fromhex("002000080001a147e112a643")


def test_optional_attributes_are_ignored_and_others_named() -> None:
    software = struct.pack("!HH", 0x8022, 5) + b"phone\0\0\0"
    assert mapped(answer(request(software), "192.0.2.1", 1) or b"") == ("192.0.2.1", 1)
    username = struct.pack("!HH", 0x0006, 4) + b"evil"
    found = answer(request(software + username), "192.0.2.1", 1)
    assert found is not None
    assert found[:2] == b"\x01\x11"
    assert b"\0\x09\0\x04\0\0\x04\x14" in found
    assert found.endswith(b"\0\x0a\0\x02\0\x06\0\0")


@pytest.mark.parametrize(
    "data",
    [
        request(magic=1),
        request(kind=0x0101),
        request(kind=0x0003),
        request()[:-1],
        request() + b"\0",
        request(b"\0\x06"),
        request(b"\x80\x22\0\x08abcd"),
        request(b"\x80\x22\x02\0" + b"x" * 600),
    ],
)
def test_anything_else_is_not_answered(data: bytes) -> None:
    assert answer(data, "192.0.2.1", 5060) is None


@given(st.binary(max_size=600))
def test_whatever_comes_in_little_goes_out(attributes: bytes) -> None:
    found = answer(request(attributes), "2001:db8::1", 5060)
    assert found is None or len(found) <= len(attributes) + 44


@pytest.mark.parametrize("six", [False, True])
async def test_stun_and_sip_share_a_port(dial: Callable[..., Awaitable[Line]], six: bool) -> None:
    line = await dial("alice", "udp", six=six)
    line.send(request())
    async with asyncio.timeout(5):
        while not line.raw:
            await asyncio.sleep(0.01)
    assert mapped(line.raw) == ("::1" if six else "127.0.0.1", line.phone.port)
    await line.register()
