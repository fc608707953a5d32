"""What strangers send: the node stays up, says no where an answer is due, and keeps calling."""

import contextlib
import os
import random
import socket
import time
from collections.abc import Callable, Iterator

import pytest
from running import Site, eventually
from softphone import Message, SoftPhone


@pytest.fixture(scope="module")
def site(module_site: Callable[..., Site]) -> Site:
    made = module_site()
    made.start()
    return made


@pytest.fixture(scope="module", autouse=True)
def trickling(site: Site) -> Iterator[list[socket.socket]]:
    """Eighty connections that begin a message and never end it, all the time."""
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(stream(site)) for _ in range(80)]
        for connection in connections:
            connection.sendall(b"REGISTER sip:example.test SIP/2.0\r\nVia: ")
        yield connections


@pytest.fixture(autouse=True)
def works_afterwards(site: Site) -> Iterator[None]:
    """After each attack: nothing was thrown, and two users can call each other."""
    yield
    assert not site.ended()
    status = site.status()
    assert status["healthy"] is True
    assert "defects" not in status["counts"]
    called = site.pbx("selftest", "--state", site.state)
    assert called.returncode == 0, called.stdout + called.stderr
    assert "Traceback" not in site.output()
    assert "internal error" not in site.output()


@pytest.fixture
def alice(site: Site) -> Iterator[SoftPhone]:
    with SoftPhone("alice", site.derived("alice"), ("127.0.0.1", site.sip)) as phone:
        yield phone


def register(phone: SoftPhone, sequence: int, *headers: str, call_id: str = "attack") -> str:
    """A REGISTER as text."""
    return phone.request(
        "REGISTER", f"sip:{phone.domain}", to=f"<sip:{phone.user}@{phone.domain}>",
        call_id=call_id, tag="r", sequence=sequence, headers=headers,
    )  # fmt: skip


def stream(site: Site) -> socket.socket:
    return socket.create_connection(("127.0.0.1", site.sip), timeout=10)


def closed_by_peer(connection: socket.socket, within: float) -> bool:
    """Whether the other side hangs up; what it says before is read and dropped."""
    connection.settimeout(within)
    with contextlib.suppress(ConnectionResetError):
        try:
            while connection.recv(65535):
                pass
        except TimeoutError:
            return False
    return True


def test_garbage_datagrams(site: Site, alice: SoftPhone) -> None:
    dice = random.Random(20_26)
    noise = [dice.randbytes(dice.randrange(1, 1400)) for _ in range(500)]
    lines = [b"\0" * 64, b"\r\n\r\n", b" ", b"INVITE", b"INVITE sip:\xff SIP/2.0\r\n\r\n"]
    lines += [b"SIP/2.0 200 OK\r\n\r\n", b"SIP/2.0 \xb2\xb2\xb2 OK\r\nVia: x\r\n\r\n"]
    for data in (*noise, *lines):
        alice.send(data)
    assert alice.register().status == 200
    eventually(lambda: "dropped" in site.output())


def test_a_message_cut_short_anywhere(alice: SoftPhone) -> None:
    challenge = alice.challenge()
    whole = register(alice, 7, alice.credentials("REGISTER", "sip:example.test", challenge))
    for length in range(0, len(whole) - 4, 3):
        alice.send(whole[:length])
    assert alice.register().status == 200


def test_one_byte_wrong_anywhere(alice: SoftPhone) -> None:
    dice = random.Random(5060)
    call_ids = (f"mutant-{number}" for number in range(600))
    for call_id in call_ids:
        data = bytearray(register(alice, 1, call_id=call_id).encode())
        data[dice.randrange(len(data))] = dice.randrange(256)
        alice.send(bytes(data))
    alice.inbox.clear()
    with SoftPhone(alice.user, alice.password, alice.server) as fresh:
        assert fresh.register().status == 200


def test_a_wrong_password(site: Site, alice: SoftPhone) -> None:
    alice.password = "wrong"
    assert alice.register().status == 401
    eventually(lambda: "wrong password for alice" in site.output())
    alice.invite("202").expect(407)
    assert not registered(site, alice)


def test_credentials_heard_on_the_wire_serve_once(site: Site, alice: SoftPhone) -> None:
    heard = alice.credentials("REGISTER", "sip:example.test", alice.challenge())
    with SoftPhone("alice", "unknown", alice.server) as thief:
        alice.send(register(alice, 2, heard, call_id="owner"))
        assert alice.response("owner", "REGISTER").status == 200
        thief.send(register(thief, 1, heard, call_id="thief"))
        refused = thief.response("thief", "REGISTER")
        assert refused.status == 401
        assert "stale=true" in refused.all("WWW-Authenticate")[0]
        assert registered(site, alice)
        assert not registered(site, thief)


def test_credentials_for_one_number_do_not_serve_for_another(alice: SoftPhone) -> None:
    alice.register()
    call = alice.invite("202", authenticate=False)
    challenge = alice.response(call.call_id, "INVITE", 407)
    alice.invite_with(call, alice.credentials("INVITE", "sip:203@example.test", challenge))
    call.expect(407)


def registered(site: Site, phone: SoftPhone) -> bool:
    return phone.contact in {each["contact"] for each in site.status()["registrations"]}


def test_datagrams_as_large_as_they_get(alice: SoftPhone) -> None:
    largest = 65507  # bytes of payload in IPv4
    alice.send(os.urandom(largest))
    alice.send(b"A" * largest)
    head = register(alice, 1, call_id="large").removesuffix("\r\n")
    alice.send(head + "X: " + "x" * (largest - len(head) - 7) + "\r\n\r\n")
    alice.send((head + "A: b\r\n" * 20_000)[: largest - 4] + "\r\n\r\n")
    via = "Via: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK-v\r\n"
    alice.send((head + via * 2_000)[: largest - 4] + "\r\n\r\n")
    alice.send((head + "Contact: " + "<sip:a@b>," * 9_000)[: largest - 4] + "\r\n\r\n")
    alice.inbox.clear()
    assert alice.register().status == 200


def test_a_stream_of_garbage_is_hung_up_on(site: Site) -> None:
    with stream(site) as connection:
        with contextlib.suppress(ConnectionError):
            connection.sendall(random.Random(1).randbytes(300_000))
        assert closed_by_peer(connection, within=10)


def test_a_stream_without_an_end_is_hung_up_on(site: Site) -> None:
    with stream(site) as connection:
        with contextlib.suppress(ConnectionError):
            for _ in range(64):
                connection.sendall(b"X-Endless: " + b"x" * 65_525)
        assert closed_by_peer(connection, within=10)


def test_a_message_that_comes_byte_by_byte_is_a_message(site: Site, alice: SoftPhone) -> None:
    with SoftPhone("bob", site.derived("bob"), alice.server, "tcp") as slow:
        for byte in register(slow, 1, call_id="slow").encode():
            slow.send(bytes([byte]))
            time.sleep(0.001)
        assert slow.response("slow", "REGISTER").status == 401


def test_a_flood_of_strangers_leaves_nothing_behind(site: Site, alice: SoftPhone) -> None:
    for number in range(2000):
        alice.send(register(alice, 1, call_id=f"flood-{number}"))
        if number % 50 == 0:
            time.sleep(0.01)
    alice.inbox.clear()
    with SoftPhone(alice.user, alice.password, alice.server) as fresh:
        assert fresh.register().status == 200


def test_answers_to_nothing(alice: SoftPhone) -> None:
    """Responses that nobody asked for, and requests in dialogs that there are not."""
    challenge: Message = alice.challenge()
    lines = [f"{name}: {value}" for name, value in challenge.headers]
    for status in (100, 180, 200, 404, 699):
        alice.send("\r\n".join([f"SIP/2.0 {status} What", *lines, "", ""]))
    route = f"Route: <sip:AAAA@127.0.0.1:{alice.server[1]};lr>"
    to = "<sip:bob@example.test>;tag=none"
    for method in ("ACK", "BYE", "CANCEL", "PRACK", "UPDATE", "NONSENSE"):
        request = alice.request(
            method, "sip:bob@example.test", to=to, call_id=f"no-{method}", tag="x", sequence=1,
            headers=(route,),
        )  # fmt: skip
        alice.send(request)
    alice.response("no-CANCEL", "CANCEL", 481)
    assert alice.register().status == 200


def test_whoever_does_not_end_a_message_is_hung_up_on(trickling: list[socket.socket]) -> None:
    """After 15 s, counted from the beginning of this module."""
    assert all(closed_by_peer(connection, within=30) for connection in trickling)
