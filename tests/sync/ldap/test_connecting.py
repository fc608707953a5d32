"""Servers are reached in their order, and only where their certificates hold."""

import random
import socket
import ssl
import threading
import time

import pytest
from asking import BIND, CLEAR, source
from authority import Authority
from directory import ACCOUNT, ACCOUNT_PASSWORD, PEOPLE, Cutter, Member, Proxy

from schema.source import SecretReference
from sync.ldap import BindRefused, DirectoryError, SearchRefused, Unreachable

NOBODY = "ldap://127.0.0.1:1"
SECRET = SecretReference("env", "DIRECTORY_PASSWORD")


def trusting(authority, **words):
    return {"tls": {"ca_file": str(authority.file)}, **words}


def test_people_come_by_ldaps(slapd, authority):
    batch = source(slapd.secure_url, **trusting(authority)).read()
    assert batch.complete
    assert len(batch.people) == 250


def test_people_come_by_starttls(slapd, authority):
    assert len(source(slapd.url, **trusting(authority)).read().people) == 250


def test_the_next_server_is_asked_when_one_does_not_run(slapd, authority):
    words = trusting(authority)
    assert len(source(NOBODY, slapd.secure_url, **words).read().people) == 250


def test_when_no_server_runs_each_is_named_with_its_reason():
    with pytest.raises(Unreachable) as refused:
        source(NOBODY, "ldap://no-such-host.invalid", "ldap://[::1]:1").read()
    message = str(refused.value)
    assert "ldap://127.0.0.1:1 refuses the connection" in message
    assert "ldap://no-such-host.invalid is unknown to DNS" in message
    assert "ldap://[::1]:1 refuses the connection" in message


@pytest.mark.parametrize("way", ["url", "secure_url"])
def test_an_unknown_authority_is_not_believed(slapd, tmp_path, way):
    other = Authority(tmp_path, "Somebody Else")
    with pytest.raises(Unreachable, match=r"authority that is not trusted.*ca_file"):
        source(getattr(slapd, way), **trusting(other)).read()


def test_without_an_authority_those_of_the_machine_count(slapd):
    with pytest.raises(Unreachable, match="not trusted"):
        source(slapd.secure_url, tls={}).read()


@pytest.mark.parametrize("name", ["ldap.corp.test", "127.0.0.2"])
def test_the_name_in_the_certificate_has_to_be_the_one_that_was_asked(authority, name):
    chain, key = authority.issue(name, file="other")
    with listening_with(chain, key) as port, pytest.raises(Unreachable, match="another name"):
        source(f"ldaps://127.0.0.1:{port}", **trusting(authority)).read()


def test_a_certificate_that_has_expired_is_not_believed(authority, tmp_path):
    chain, key = authority.issue("127.0.0.1", file="expired", days=-1)
    with listening_with(chain, key) as port, pytest.raises(Unreachable, match="has expired"):
        source(f"ldaps://127.0.0.1:{port}", **trusting(authority)).read()


def test_a_wrong_password_is_said_and_never_shown(slapd, authority):
    with pytest.raises(BindRefused, match="refuses the account") as refused:
        source(slapd.secure_url, password="not-this-one", **trusting(authority)).read()
    assert "not-this-one" not in str(refused.value)
    assert slapd.secure_url in str(refused.value)


def test_a_password_is_in_no_description_of_a_source(slapd):
    assert "hidden-one" not in repr(source(slapd.url, password="hidden-one"))


def test_nobody_is_let_in_without_tls_where_a_server_has_none(small):
    with pytest.raises(Unreachable):
        source(small.url, tls={}).read()
    assert source(small.url, tls=CLEAR).read().complete


def test_a_certificate_binds_by_sasl_external(slapd, authority):
    chain, key = authority.issue("pbx", file="pbx")
    tls = {"ca_file": str(authority.file), "certificate": {"chain": str(chain), "key": str(key)}}
    asked = source(slapd.secure_url, tls=tls, bind={"sasl": "external"}, password=None)
    assert len(asked.read().people) == 250


def test_a_certificate_of_nobody_sees_nothing(slapd, authority):
    chain, key = authority.issue("stranger", file="stranger")
    tls = {"ca_file": str(authority.file), "certificate": {"chain": str(chain), "key": str(key)}}
    with pytest.raises(SearchRefused, match="does not let the account read"):
        source(slapd.secure_url, tls=tls, bind={"sasl": "external"}, password=None).read()


@pytest.mark.parametrize(("password", "accepted"), [(ACCOUNT_PASSWORD, True), ("wrong", False)])
def test_digest_md5_binds_by_user_and_password(slapd, authority, password, accepted):
    bind = {"sasl": "digest-md5", "user": "pbx", "password": SECRET}
    asked = source(slapd.url, bind=bind, password=password, **trusting(authority))
    if accepted:
        assert len(asked.read().people) == 250
        return
    with pytest.raises(BindRefused):
        asked.read()


@pytest.mark.parametrize("missing", ["ca_file", "certificate"])
def test_a_file_that_is_not_there_is_named(slapd, authority, missing):
    tls = {"ca_file": str(authority.file)}
    tls |= {"ca_file": "/nowhere/ca.pem"} if missing == "ca_file" else {
        "certificate": {"chain": "/nowhere/ca.pem", "key": "/nowhere/key.pem"}
    }  # fmt: skip
    with pytest.raises(DirectoryError, match=r"/nowhere/ca.pem cannot be used"):
        source(slapd.secure_url, tls=tls).read()


def test_a_base_that_is_not_there_is_named(slapd):
    with pytest.raises(SearchRefused, match=r"ou=nobody,dc=corp,dc=test.*nothing there"):
        source(slapd.url, bases=["ou=nobody,dc=corp,dc=test"]).read()


@pytest.mark.parametrize("way", ["ldap", "ldaps"])
def test_a_silent_server_is_given_up(way):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"{way}://127.0.0.1:{silent.getsockname()[1]}"
        before = time.monotonic()
        with pytest.raises(Unreachable, match="in time"):
            source(url, timeout="1s").read()
        assert time.monotonic() - before < 5


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x30\x00", b"\xff" * 99])
def test_a_server_that_speaks_something_else_is_given_up(answer):
    with talking(answer) as port, pytest.raises(Unreachable, match=f"127.0.0.1:{port}"):
        source(f"ldap://127.0.0.1:{port}", timeout="1s").read()


def test_a_server_that_breaks_off_in_the_middle_is_no_answer(slapd):
    cutter = Cutter(slapd.port, after=20_000)
    try:
        with pytest.raises(Unreachable, match="closed the connection"):
            source(f"ldap://127.0.0.1:{cutter.port}", page_size=50).read()
    finally:
        cutter.close()


@pytest.mark.parametrize("after", [0, 10, 100, 5_000, 20_000, 40_000])
def test_when_a_server_breaks_off_the_next_one_is_asked_for_everybody(slapd, after):
    cutter = Cutter(slapd.port, after)
    try:
        asked = source(f"ldap://127.0.0.1:{cutter.port}", slapd.url, page_size=50)
        batch = asked.read()
    finally:
        cutter.close()
    assert batch.complete
    assert len(batch.people) == 250


def test_whatever_comes_instead_of_an_answer_is_said_in_words(small):
    small.add(*(Member(f"u{number}", groups=("sales",)) for number in range(20)))
    answered = set()
    for seed in range(30):
        proxy = Proxy(small.port, altering(random.Random(seed)))
        try:
            source(f"ldap://127.0.0.1:{proxy.port}", page_size=7, timeout="1s").read()
        except DirectoryError as said:
            answered.add(str(said).partition(f"{proxy.port} ")[2])
        finally:
            proxy.close()
    assert "answers something that is not LDAP: check the port" in answered


def altering(chance):
    """Changes some bytes of some answers."""

    def alter(data: bytes) -> bytes:
        altered = bytearray(data)
        for _ in range(chance.choice([0, 0, 0, 1, 4]) if altered else 0):
            altered[chance.randrange(min(len(altered), 200))] = chance.randrange(256)
        return bytes(altered)

    return alter


def test_kerberos_says_what_it_lacks(slapd):
    with pytest.raises(Unreachable, match="install gssapi"):
        source(slapd.url, bind={"sasl": "gssapi"}, password=None).read()


def test_without_a_bind_nobody_in_particular_asks(slapd):
    with pytest.raises(SearchRefused, match=PEOPLE):
        source(slapd.url, bind=None, password=None).read()
    assert BIND["dn"] == ACCOUNT


class talking:  # noqa: N801 - used as a function
    """Answers whatever comes with the same bytes."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0))

    def __enter__(self) -> int:
        threading.Thread(target=self._serve, daemon=True).start()
        return self._listener.getsockname()[1]

    def _serve(self) -> None:
        try:
            client, _ = self._listener.accept()
        except OSError:
            return
        with client:
            client.recv(1000)
            client.sendall(self._answer)
            time.sleep(3)

    def __exit__(self, *_: object) -> None:
        self._listener.close()


class listening_with:  # noqa: N801 - used as a function
    """Shakes hands by TLS with a certificate, once."""

    def __init__(self, chain, key) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(chain, key)
        self._listener = socket.create_server(("127.0.0.1", 0))

    def __enter__(self) -> int:
        threading.Thread(target=self._serve, daemon=True).start()
        return self._listener.getsockname()[1]

    def _serve(self) -> None:
        try:
            client, _ = self._listener.accept()
            self._context.wrap_socket(client, server_side=True).close()
        except OSError:
            return

    def __exit__(self, *_: object) -> None:
        self._listener.close()
