"""A node with TLS, as its operator sees it: applying, refusing, renewing, asking."""

import re
import socket
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
from authority import Authority
from ports import free_port
from running import Site, eventually


def served(port: int, authority: Authority) -> tuple[tuple[str, str], ...]:
    """Names in the certificate that a client is shown; nothing when nobody is there."""
    context = ssl.create_default_context(cafile=authority.file)
    try:
        with (
            socket.create_connection(("127.0.0.1", port), 5) as plain,
            context.wrap_socket(plain, server_hostname="example.test") as session,
        ):
            found: tuple[tuple[str, str], ...] = session.getpeercert()["subjectAltName"]  # type: ignore[index, assignment]
            return found
    except ConnectionError:
        return ()


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def test_a_node_takes_up_tls_says_so_and_follows_the_files(
    new_site: Callable[..., Site], authority: Authority
) -> None:
    site = new_site()
    site.start()
    before, tls, wss = site.head(), free_port(), free_port()
    chain, key = authority.issue("example.test")
    certificate = f"certificate: {{chain: {chain}, key: /nowhere/privkey.pem}}"
    ports = f"udp: {site.sip}, tcp: {site.sip}"
    site.edit(ports, f"{ports}, tls: {tls}, wss: {wss}, {certificate}")
    site.commit("Speak TLS")
    eventually(lambda: site.says("Stalled"))
    stalled = next(c for c in site.status()["conditions"] if c["type"] == "Stalled")
    assert (
        "nodes.pbx1.sip.certificate.key: /nowhere/privkey.pem cannot be used: "
        "No such file or directory" in stalled["message"]
    )
    assert site.status()["applied_revision"] == before
    assert served(tls, authority) == ()

    site.edit("/nowhere/privkey.pem", str(key))
    site.runs(site.commit("The right key"))
    assert served(tls, authority) == (("DNS", "example.test"),)
    assert served(wss, authority) == (("DNS", "example.test"),)
    text = site.pbx("status", "--state", site.state).stdout
    assert f"sip/tls     127.0.0.1:{tls}" in text
    assert f"sip/wss     127.0.0.1:{wss}" in text
    assert re.search(rf"certificate {chain} until 20.* for example.test\n", text)

    authority.issue("example.test", "sip.example.test")
    eventually(lambda: len(served(tls, authority)) == 2)
    line = f"new certificate {chain} for example.test, sip.example.test"
    eventually(lambda: line in site.output())
    key.write_text("")
    eventually(lambda: site.status()["certificate"]["trouble"])
    assert (
        f"{key}: it holds no private key in PEM" in site.pbx("status", "--state", site.state).stdout
    )
    assert len(served(tls, authority)) == 2
