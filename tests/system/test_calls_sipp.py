"""A hundred users and two gateways, played by sipp: they register and call each other."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from ports import free_port
from running import Site, eventually
from sipp import Sipp, users_file

USERS = [f"user{number:03}" for number in range(100)]
GATEWAYS = {"refusing": free_port(), "carrier": free_port()}

TREE = f"""\
version: 1
system: {{domain: example.test, region: US}}
nodes:
  pbx1: {{address: 127.0.0.1, sip: {{udp: 5060, tcp: 5060}}, http: {{port: 8090}}}}
sites:
  hq: {{emergency_location: "1 Main St"}}
gateways:
  refusing: {{address: "127.0.0.1:{GATEWAYS["refusing"]}", site: hq, probe: off}}
  carrier: {{address: "127.0.0.1:{GATEWAYS["carrier"]}", site: hq, probe: off}}
dialplan:
  - {{rule: emergency, type: emergency, match: ["911", "9911"], dial: "911",
     via: [carrier]}}
  - {{rule: local, type: local, match: "9NXXXXXX", strip: 1, prepend: "+1212",
     via: [refusing, carrier]}}
"""


def extension(index: int) -> str:
    return str(2000 + index % len(USERS))


def entry(index: int) -> str:
    return (
        f"  {USERS[index]}: {{name: Person {index}, extension: '{extension(index)}', "
        f"did: '+1212555{2000 + index}', permissions: [local], site: hq}}\n"
    )


@pytest.fixture(scope="module")
def site(module_site: Callable[..., Site]) -> Site:
    made = module_site(tree=TREE)
    (made.tree / "users").mkdir()
    people = "users:\n" + "".join(map(entry, range(len(USERS))))
    (made.tree / "users" / "people.yaml").write_text(people)
    made.commit("Hire a hundred people")
    made.start()
    return made


@pytest.fixture(scope="module")
def callee_port(site: Site, tmp_path_factory: pytest.TempPathFactory) -> int:
    """Where all hundred users are registered."""
    port, folder = free_port(), tmp_path_factory.mktemp("register")
    rows = [(user, credentials(site, user)) for user in USERS]
    with Sipp(
        "register", folder, free_port(), len(USERS), ("127.0.0.1", site.sip),
        users_file(folder / "users.csv", rows), {"callee_port": port}, rate=100,
    ) as registering:  # fmt: skip
        registering.succeed()
    return port


def credentials(site: Site, user: str) -> str:
    """What sipp answers a challenge of `user` from."""
    return f"[authentication username={user} password={site.derived(user)}]"


def caller(site: Site, folder: Path, rows: list[tuple[str, str]]) -> Sipp:
    """Places a call for each (user, number)."""
    users = [(user, credentials(site, user), number) for user, number in rows]
    return Sipp(
        "caller", folder, free_port(), len(rows), ("127.0.0.1", site.sip),
        users_file(folder / "calls.csv", users), rate=25,
    )  # fmt: skip


def request_uris(sipp: Sipp) -> list[str]:
    return [message.split(" ")[1] for message in sipp.requests("INVITE")]


@pytest.mark.usefixtures("callee_port")
def test_a_hundred_users_register_with_their_derived_passwords(site: Site) -> None:
    assert {each["user"] for each in site.status()["registrations"]} == set(USERS)
    assert site.password("user042") == site.derived("user042")


def test_everybody_calls_somebody_by_extension(
    site: Site, callee_port: int, tmp_path: Path
) -> None:
    rows = [(user, extension(index + 1)) for index, user in enumerate(USERS)]
    with Sipp("callee", tmp_path, callee_port, len(USERS)) as callee:
        with caller(site, tmp_path, rows) as calling:
            calling.succeed()
        callee.succeed()
    called = {f"sip:{user}@127.0.0.1:{callee_port}" for user in USERS}
    assert set(request_uris(callee)) == called
    eventually(lambda: site.status()["calls"] == [])


def test_what_a_gateway_refuses_the_next_one_gets(site: Site, tmp_path: Path) -> None:
    rows = [(user, f"9555{number}") for number, user in enumerate(USERS[:10], 1000)]
    refusing = Sipp("fail", tmp_path, GATEWAYS["refusing"], len(rows), status=503)
    carrier = Sipp("callee", tmp_path, GATEWAYS["carrier"], len(rows))
    with refusing, carrier:
        with caller(site, tmp_path, rows) as calling:
            calling.succeed()
        refusing.succeed()
        carrier.succeed()
    numbers = [f"+1212{number[1:]}" for _, number in rows]
    for gateway in refusing, carrier:
        wanted = {f"sip:{number}@127.0.0.1:{gateway.port}" for number in numbers}
        assert set(request_uris(gateway)) == wanted
    asserted = [
        re.findall(r"P-Asserted-Identity: (.*)", message) for message in carrier.requests("INVITE")
    ]
    assert {f"<sip:+1212555{2000 + index}@example.test>" for index in range(10)} == {
        value.strip() for [value] in asserted
    }
    assert not any("Proxy-Authorization" in text for text in carrier.requests("INVITE"))
    assert "gateway refusing: 503" in site.output()
