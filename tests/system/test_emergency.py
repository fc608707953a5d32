"""An emergency call on a whole node: the carrier, the people who are told, and the status."""

import asyncio
import contextlib
import json
import re
import threading
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from xml.etree import ElementTree

import pytest
from aiosmtpd.controller import Controller
from ports import free_port
from running import Site, eventually
from softphone import SoftPhone

FIRST, SECOND, HOOK, MAIL = (free_port() for _ in range(4))

TREE = f"""\
version: 1
system:
  domain: example.test
  emergency:
    webhooks: ["http://127.0.0.1:{HOOK}/T0KEN"]
    mail: {{to: [guard@example.test], sender: pbx@example.test, server: "127.0.0.1:{MAIL}"}}
nodes:
  pbx1: {{address: 127.0.0.1, sip: {{udp: 5060, tcp: 5060}}, http: {{port: 8090}}, roles: [router]}}
sites:
  hq: {{emergency_location: "1 Main St <Floor 2> & more", emergency_callback: "+12125550200"}}
users:
  alice: {{name: "Alice \\"A\\" Adams", extension: "201", site: hq}}
gateways:
  first: {{address: "127.0.0.1:{FIRST}", site: hq, probe: off, show: anonymous}}
  second: {{address: "127.0.0.1:{SECOND}", probe: off}}
dialplan:
  - {{rule: emergency, type: emergency, match: ["911"], via: [first]}}
"""


class Letters:
    """Keeps every mail as text."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.texts.append(envelope.content.decode())
        return "250 OK"


@pytest.fixture
def posts() -> Iterator[list[Any]]:
    """What the webhook gets."""
    taken: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_words: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", HOOK), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield taken
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def letters() -> Iterator[list[str]]:
    """What the mail server gets."""
    box = Letters()
    controller = Controller(box, hostname="127.0.0.1", port=MAIL, loop=asyncio.new_event_loop())
    controller.start()
    yield box.texts
    controller.stop()


def test_help_is_called(
    new_site: Callable[..., Site], posts: list[Any], letters: list[str]
) -> None:
    site = new_site(tree=TREE)
    site.start()
    server = ("127.0.0.1", site.sip)
    with contextlib.ExitStack() as stack:
        alice = stack.enter_context(SoftPhone("alice", site.derived("alice"), server))
        first = stack.enter_context(SoftPhone("911", "", server, port=FIRST))
        second = stack.enter_context(SoftPhone("911", "", server, port=SECOND))
        assert alice.register().status == 200
        call = alice.invite("911")

        invite = first.expect("INVITE")
        assert invite.one("P-Asserted-Identity") == "<sip:+12125550200@example.test>"
        assert invite.all("Privacy") == []
        eventually(lambda: posts and letters)  # told before anybody answered
        first.answer(invite, 503)
        invite = second.expect("INVITE")
        second.answer(invite, 200)
        call.expect(200)
        call.acknowledge()
        second.expect("ACK")

        [url] = re.findall(r"<(http[^>]*)>", invite.one("Geolocation"))
        assert url.startswith(f"http://127.0.0.1:{site.http}/location/")
        with urllib.request.urlopen(url, timeout=10) as answer:
            assert answer.headers["Content-Type"] == "application/pidf+xml"
            document = ElementTree.fromstring(answer.read())
        civic = "{urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr}"
        assert document.findtext(f".//{civic}LOC") == "1 Main St <Floor 2> & more"

        call.send_bye()
        second.answer(second.expect("BYE"), 200)
        call.expect_bye_answered()

    eventually(lambda: len(posts) == 3)
    assert {post["event"]: post["gateway"] for post in posts} == {
        "emergency.placed": "", "emergency.answered": "second", "emergency.ended": "second",
    }  # fmt: skip
    placed = next(post for post in posts if post["event"] == "emergency.placed")
    assert placed["name"] == 'Alice "A" Adams'
    assert placed["gateways"] == ["first", "second"]
    assert placed["location"] == "1 Main St <Floor 2> & more"
    assert placed["callback"] == "+12125550200"
    assert len(letters) == 1
    assert "1 Main St <Floor 2> & more" in letters[0]

    status = site.status()["emergency"]
    [shown] = status["calls"]
    assert (shown["user"], shown["site"], shown["gateway"]) == ("alice", "hq", "second")
    assert status["notices"]["sent"] == 4
    assert "(alice) at hq → 911: taken by second, over" in site.pbx("status").stdout

    log = site.output()
    assert re.search(
        r"warning +EMERGENCY CALL: alice at site hq dials 911 → first, then second", log
    )
    assert "fetched the emergency location of hq" in log
    assert "T0KEN" not in log
    assert url.rpartition("/")[2] not in log
