"""TLS: whose certificates are believed, renewed files, handshakes that do not end."""

import asyncio
import contextlib
import os
import resource
import shutil
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from authority import Authority
from lines import EVERYWHERE, Line, StreamLine, listener_of

from engine.sip import (
    CertificateError,
    CertificateFiles,
    CertificateLoaded,
    CertificateRejected,
    GatewayFailed,
    Peer,
    PeerRefused,
    SipServer,
)
from engine.sip.transport import acceptor, admission, certificates
from engine.sip.transport.certificates import load
from engine.sip.transport.peer_identity import sip_identities
from schema.dialplan.decision import Step

Connect = Callable[..., Awaitable[Line]]
Make = Callable[..., Any]


class Gateway:
    """A TLS server that somebody else runs."""

    def __init__(self, phone: Make) -> None:
        self.lines: list[Line] = []
        self.phone = phone

    async def start(self, chain: Path, key: Path, client_authority: Path | None = None) -> int:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain, key)
        if client_authority is not None:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(client_authority)
        loop = asyncio.get_running_loop()
        self.server = await loop.create_server(self._accept, "127.0.0.1", 0, ssl=context)
        port: int = self.server.sockets[0].getsockname()[1]
        return port

    def _accept(self) -> StreamLine:
        line = Line(self.phone("gateway", 0))
        protocol = StreamLine(line)
        made = protocol.connection_made

        def connection_made(transport: Any) -> None:
            made(transport)
            line.send = transport.write
            line.phone.transport = "TLS"
            line.phone.contact = "sip:127.0.0.1:5061;transport=tls"
            line.certificate = transport.get_extra_info("peercert")
            self.lines.append(line)

        protocol.connection_made = connection_made  # type: ignore[method-assign]
        return protocol


@pytest.fixture
async def gateway(phone: Make) -> AsyncIterator[Gateway]:
    gateway = Gateway(phone)
    yield gateway
    gateway.server.close()


@pytest.fixture
async def call_out(
    everywhere: SipServer, dial: Connect, make_config: Make, authority: Authority
) -> Callable[..., Awaitable[Line]]:
    """Alice calls 5551234 through a gateway at that port, of that name."""

    async def call(port: int, host: str = "127.0.0.1", ca: str | None = None) -> Line:
        trusted = str(authority.file) if ca is None else ca
        peer = Peer("pstn", host, port, "tls", authority=trusted)
        config, plan = make_config(
            peers={"pstn": peer},
            certificate=everywhere.certificates.loaded.files,  # type: ignore[union-attr]
        )
        plan.steps["5551234"] = (Step("gateway", "pstn", "5551234"),)
        await everywhere.reconfigure(config, EVERYWHERE)
        alice = await dial("alice", "udp")
        await alice.invite("5551234")
        return alice

    return call


async def test_a_call_leaves_by_a_gateway_with_the_right_certificate(
    gateway: Gateway, call_out: Callable[..., Awaitable[Line]], authority: Authority
) -> None:
    port = await gateway.start(*authority.issue("127.0.0.1", file="gw"), authority.file)
    alice = await call_out(port)
    await alice.receive(100)
    async with asyncio.timeout(5):
        while not gateway.lines:
            await asyncio.sleep(0.01)
    [line] = gateway.lines
    invite = await line.receive("INVITE")
    assert invite.target.transport == b"tls"
    assert line.certificate["subjectAltName"] == (("DNS", "example.test"),)
    line.send(line.phone.answer(invite, 200))
    ok = await alice.receive(200)
    alice.send(alice.phone.within("ACK", ok))
    await line.receive("ACK")


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (("sip.example.net",), "its certificate is that of sip.example.net, not of 127.0.0.1"),
        (("127.0.0.1", "sip:example.net"), "its certificate is that of example.net, not of"),
    ],
)
async def test_a_gateway_with_anothers_certificate_is_refused(
    gateway: Gateway,
    call_out: Callable[..., Awaitable[Line]],
    authority: Authority,
    events: list[Any],
    names: tuple[str, ...],
    reason: str,
) -> None:
    port = await gateway.start(*authority.issue(*names, file="gw"))
    alice = await call_out(port)
    await alice.receive(500)
    [refused] = [each for each in events if isinstance(each, PeerRefused)]
    assert (refused.gateway, refused.address) == ("pstn", f"tls:127.0.0.1:{port}")
    assert refused.reason.startswith(reason)
    assert [each.status for each in events if isinstance(each, GatewayFailed)] == [503]
    assert all(line.raw == b"" for line in gateway.lines)


@pytest.mark.parametrize("ca", ["", "other"])
async def test_a_gateway_of_an_unknown_authority_is_refused(
    gateway: Gateway,
    call_out: Callable[..., Awaitable[Line]],
    authority: Authority,
    events: list[Any],
    tmp_path: Path,
    ca: str,
) -> None:
    other = ca and str(Authority(tmp_path, "Other Authority").file)
    port = await gateway.start(*authority.issue("127.0.0.1", file="gw"))
    alice = await call_out(port, ca=other)
    await alice.receive(500)
    [refused] = [each for each in events if isinstance(each, PeerRefused)]
    assert refused.reason.startswith("its certificate cannot be trusted: ")


def test_a_certificate_names_sip_domains_before_hosts() -> None:
    hosts = (("DNS", "Sip.Example.net"), ("IP Address", "192.0.2.1"))
    assert sip_identities(hosts) == {"sip.example.net", "192.0.2.1"}
    domain = (("URI", "sip:example.net"), ("URI", "sip:alice@example.org"), ("URI", "https://x"))
    assert sip_identities((*hosts, *domain)) == {"example.net"}
    assert sip_identities((*hosts, *domain[1:])) == {"sip.example.net", "192.0.2.1"}


async def test_a_renewed_certificate_is_served_to_the_next_connection(
    everywhere: SipServer,
    dial: Connect,
    authority: Authority,
    events: list[Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(certificates, "CHECK_EVERY", 0.01)
    first = await dial("alice", "tls")
    await first.register()
    authority.issue("example.test", "sip.example.test")
    async with asyncio.timeout(10):
        while not any(isinstance(each, CertificateLoaded) for each in events):
            await asyncio.sleep(0.05)
    second = await dial("alice", "tls")
    assert second.certificate["subjectAltName"] == (
        ("DNS", "example.test"),
        ("DNS", "sip.example.test"),
    )
    await first.register()


async def test_a_broken_certificate_changes_nothing_and_is_told(
    everywhere: SipServer,
    dial: Connect,
    authority: Authority,
    events: list[Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(certificates, "CHECK_EVERY", 0.01)
    _, other = authority.issue("example.test", file="other")
    loaded = everywhere.certificates.loaded
    assert loaded is not None
    shutil.copy(other, loaded.files.key)
    async with asyncio.timeout(10):
        while not any(isinstance(each, CertificateRejected) for each in events):
            await asyncio.sleep(0.05)
    [rejected] = [each for each in events if isinstance(each, CertificateRejected)]
    assert (rejected.path, rejected.reason) == (
        loaded.files.key,
        "it is not the key of the certificate",
    )
    assert everywhere.certificates.trouble == f"{rejected.path}: {rejected.reason}"
    await (await dial("alice", "tls")).register()


@pytest.mark.parametrize(
    ("spoil", "setting", "reason"),
    [
        (lambda chain, key: chain.unlink(), "chain", "No such file or directory"),
        (lambda chain, key: key.unlink(), "key", "No such file or directory"),
        (lambda chain, key: chain.write_text("x"), "chain", "it holds no certificate in PEM"),
        (lambda chain, key: shutil.copy(chain, key), "key", "it holds no private key in PEM"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(
    authority: Authority, spoil: Callable[[Path, Path], Any], setting: str, reason: str
) -> None:
    chain, key = authority.issue("example.test")
    spoil(chain, key)
    with pytest.raises(CertificateError) as caught:
        load(CertificateFiles(str(chain), str(key)))
    path = str(chain if setting == "chain" else key)
    assert (caught.value.setting, caught.value.path, caught.value.reason) == (
        setting,
        path,
        reason,
    )


def test_a_key_with_a_passphrase_is_refused_and_nobody_asked(authority: Authority) -> None:
    chain, key = authority.issue("example.test", passphrase=b"secret")
    with pytest.raises(CertificateError, match="it is encrypted with a passphrase"):
        load(CertificateFiles(str(chain), str(key)))


async def test_another_certificate_in_the_configuration_takes_the_place_of_the_first(
    everywhere: SipServer, dial: Connect, authority: Authority, make_config: Make
) -> None:
    line = await dial("alice", "tls")
    before = everywhere.listening
    chain, key = authority.issue("other.example.test", "example.test", file="other")
    config, _ = make_config(certificate=CertificateFiles(str(chain), str(key)))
    await everywhere.reconfigure(config, EVERYWHERE)
    assert everywhere.listening == before
    assert len((await dial("alice", "tls")).certificate["subjectAltName"]) == 2
    missing, _ = make_config(certificate=CertificateFiles(str(chain), "/nowhere/key.pem"))
    with pytest.raises(CertificateError, match=r"/nowhere/key\.pem: No such file"):
        await everywhere.reconfigure(missing, EVERYWHERE)
    await (await dial("alice", "tls")).register()
    await line.register()


async def test_a_handshake_that_does_not_end_is_ended(
    everywhere: SipServer, dial: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acceptor, "HANDSHAKE_TIMEOUT", 0.2)
    for transport in ("tls", "wss"):
        listener = listener_of(everywhere, transport)
        reader, writer = await asyncio.open_connection(listener.host, listener.port)
        writer.write(b"\x16\x03\x01")
        async with asyncio.timeout(5):
            assert await reader.read() == b""
        writer.close()
    assert everywhere.counts()["connections"] == 0


async def test_half_open_handshakes_of_one_address_are_limited(
    everywhere: SipServer, dial: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admission, "MAX_HANDSHAKES_PER_ADDRESS", 3)
    listener = listener_of(everywhere, "tls")
    idle = [socket.create_connection(listener[1:]) for _ in range(3)]
    reader, writer = await asyncio.open_connection(listener.host, listener.port)
    async with asyncio.timeout(5):
        assert await reader.read() == b""
    writer.close()
    for each in idle:
        each.close()
    async with asyncio.timeout(5):
        while everywhere.counts()["connections"]:
            await asyncio.sleep(0.01)
    await (await dial("alice", "tls")).register()


async def test_a_banned_address_gets_no_connection(everywhere: SipServer) -> None:
    guard = everywhere._core.guard
    guard.ban(guard.meet("127.0.0.1"), "flood")
    for transport in ("tcp", "tls", "wss"):
        listener = listener_of(everywhere, transport)
        reader, writer = await asyncio.open_connection(listener.host, listener.port)
        async with asyncio.timeout(5):
            assert await reader.read() == b""
        writer.close()


async def test_old_versions_of_tls_are_refused(everywhere: SipServer) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    listener = listener_of(everywhere, "tls")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await asyncio.open_connection(*listener[1:], ssl=context)


async def test_without_tls_the_certificate_is_forgotten(
    everywhere: SipServer, make_config: Make
) -> None:
    config, _ = make_config()
    await everywhere.reconfigure(config, EVERYWHERE[:2])
    assert [each.transport for each in everywhere.listening] == ["udp", "tcp"]
    assert everywhere.certificates.loaded is None


async def test_running_out_of_descriptors_is_survived(
    everywhere: SipServer, dial: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acceptor, "RECOVERY", 0.1)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    listener = listener_of(everywhere, "tcp")
    waiting = socket.socket()
    waiting.setblocking(False)
    resource.setrlimit(resource.RLIMIT_NOFILE, (waiting.fileno() + 1, hard))
    taken = []
    try:
        with contextlib.suppress(OSError):
            while True:
                taken.append(os.dup(0))
        with contextlib.suppress(BlockingIOError):
            waiting.connect(listener[1:])
        await asyncio.sleep(0.3)
        assert everywhere.counts()["connections"] == 0
    finally:
        for descriptor in taken:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    async with asyncio.timeout(5):
        while not everywhere.counts()["connections"]:
            await asyncio.sleep(0.01)
    waiting.close()
