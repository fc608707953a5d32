"""Phones out of the box ask the LAN by SIP PnP, and a whole node tells them where it is."""

from collections.abc import Callable, Iterator

import pytest
from new_phone import NewPhone
from pnp_lan import VENDORS
from running import Site, eventually
from softphone import SoftPhone

TREE = """\
version: 1
system: {domain: example.test}
nodes:
  pbx1:
    address: 127.0.0.1
    sip: {udp: 5060, tcp: 5060}
    http: {port: 8090}
    pnp: {port: 5060}
users:
  alice: {name: Alice Adams, extension: "201"}
phones:
  "0015651234ab": {model: yealink-t46g, lines: [alice]}
"""


@pytest.fixture(scope="module")
def site(module_site: Callable[..., Site]) -> Site:
    made = module_site(tree=TREE)
    made.edit("pnp: {port: 5060}", f"pnp: {{port: {made.sip}}}")
    made.commit("Hear phones on the router's port")
    made.start()
    return made


@pytest.fixture
def phone(site: Site) -> Iterator[NewPhone]:
    made = NewPhone(site.sip)
    yield made
    made.close()


def test_a_phone_is_sent_to_the_node_beside_the_router_on_the_same_port(
    site: Site, phone: NewPhone
) -> None:
    phone.ask(VENDORS["yealink"][0])
    assert phone.accepted().status == 200
    told = phone.told()
    assert told.body == f"http://127.0.0.1:{site.http}/"
    assert told.uri == f"sip:127.0.0.1:{phone.contact}"
    line = f"at 127.0.0.1 asked the LAN and was sent to http://127.0.0.1:{site.http}/"
    eventually(lambda: line in site.output())
    with SoftPhone("alice", "wrong", ("127.0.0.1", site.sip)) as other:
        assert other.register().status in (401, 403)


def test_a_phone_that_missed_it_is_told_again(site: Site, phone: NewPhone) -> None:
    phone.ask(VENDORS["yealink"][0])
    first = phone.told(answer=False)
    assert phone.told() == first
    phone.accepted()
    phone.hears_nothing()


def test_a_device_of_unknown_kind_is_left_to_others(site: Site, phone: NewPhone) -> None:
    phone.ask(VENDORS["planet"][0])
    line = "(PLANET VIP-2140PT) at 127.0.0.1 asked the LAN: of no family"
    eventually(lambda: line in site.output())
    phone.hears_nothing()
