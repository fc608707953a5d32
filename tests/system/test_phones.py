"""What a phone lives through: it fetches its profile, registers with it, hears that it changed."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from running import Site, run
from softphone import SoftPhone

DESK, RECEPTION, POLY = "0015651234aa", "0015651234bb", "64167f5678cc"
NOBODY = "0015651234ff"

TREE = f"""\
version: 1
system: {{domain: example.test, region: US}}
nodes:
  pbx1: {{address: 127.0.0.1, sip: {{udp: 5060, tcp: 5060}}, http: {{port: 8090}}}}
sites:
  hq: {{emergency_location: "1 Main St"}}
users:
  alice: {{name: Alice Adams, extension: "201", site: hq}}
  bob: {{name: Bob Brown, extension: "202", site: hq}}
  lobby: {{name: Lobby, extension: "203", site: hq}}
phones:
  "{DESK}": {{model: yealink-t46g, lines: [alice]}}
  "{RECEPTION}": {{model: yealink-t46g, lines: [lobby], keys: [{{blf: alice}}]}}
  "{POLY}": {{model: poly-vvx400, lines: [bob]}}
gateways:
  pstn: {{address: "192.0.2.10:5060", site: hq}}
dialplan:
  - {{rule: emergency, type: emergency, match: "911", via: [pstn]}}
"""


@pytest.fixture(scope="module")
def site(module_site: Callable[..., Site]) -> Site:
    made = module_site(bare=True, tree=TREE)
    made.start()
    return made


@dataclass(frozen=True)
class Answer:
    """What curl got."""

    status: int
    headers: dict[str, str]
    body: str


def fetch(folder: Path, url: str, *headers: str) -> Answer:
    """GET by curl, which leaves the path as it is."""
    words = [word for header in headers for word in ("-H", header)]
    run(
        "curl", "-sS", "--max-time", "20", "--path-as-is", "-D", "headers", "-o", "body",
        *words, url, cwd=folder,
    )  # fmt: skip
    first, *lines = (folder / "headers").read_text().strip().splitlines()
    pairs = (line.partition(":") for line in lines)
    fields = {name.strip().lower(): value.strip() for name, _, value in pairs}
    body = (folder / "body").read_text() if int(fields.get("content-length", 0)) else ""
    return Answer(int(first.split()[1]), fields, body)


def urls(site: Site) -> dict[str, str]:
    """The file with the settings of each phone: a Poly's first file only names it."""
    found = {mac: site.url(mac) for mac in (DESK, RECEPTION, POLY)}
    return found | {POLY: f"{found[POLY]}{POLY}-user.cfg"}


def rename(site: Site, old: str, new: str) -> None:
    """Change a name and push; it runs when this returns."""
    site.edit(old, new)
    commit = site.commit(f"{old} is {new} now")
    site.git("push", "-q")
    site.runs(commit)


def phone(site: Site, user: str, password: str) -> SoftPhone:
    made = SoftPhone(user, password, ("127.0.0.1", site.sip))
    assert made.register().status == 200
    return made


def line_password(profile: str) -> str:
    """The password of the first line, in a profile as it is served."""
    pattern = r'(?m)^account\.1\.password = (\w+)$|reg\.1\.auth\.password="(\w+)"'
    [found] = re.findall(pattern, profile)
    return found[0] or found[1]


def test_a_pushed_name_changes_the_profiles_that_show_it(site: Site, tmp_path: Path) -> None:
    where = urls(site)
    before = {mac: fetch(tmp_path, url) for mac, url in where.items()}
    assert {answer.status for answer in before.values()} == {200}
    assert "Alice Adams" in before[DESK].body
    tags = {mac: f"If-None-Match: {answer.headers['etag']}" for mac, answer in before.items()}
    again = {mac: fetch(tmp_path, url, tags[mac]) for mac, url in where.items()}
    assert {(answer.status, answer.body) for answer in again.values()} == {(304, "")}

    rename(site, "Alice Adams", "Alice Abbot")
    after = {mac: fetch(tmp_path, url, tags[mac]) for mac, url in where.items()}
    assert {mac: answer.status for mac, answer in after.items()} == {
        DESK: 200, RECEPTION: 200, POLY: 304,
    }  # fmt: skip
    for mac in (DESK, RECEPTION):
        assert after[mac].headers["etag"] != before[mac].headers["etag"]
        assert after[mac].body == before[mac].body.replace("Alice Adams", "Alice Abbot")


def test_phones_that_show_a_changed_name_are_told_to_fetch(site: Site, tmp_path: Path) -> None:
    where = urls(site)
    passwords = {mac: line_password(fetch(tmp_path, url).body) for mac, url in where.items()}
    assert passwords[DESK] == site.derived("alice", DESK) != site.derived("alice")
    with (
        phone(site, "alice", passwords[DESK]) as desk,
        phone(site, "alice", site.derived("alice")) as softphone,
        phone(site, "lobby", passwords[RECEPTION]) as reception,
        phone(site, "bob", passwords[POLY]) as poly,
    ):
        rename(site, "Alice", "Alicia")
        for told in (desk, reception):
            notify = told.expect("NOTIFY")
            assert notify.one("Event") == "check-sync;reboot=false"
            assert notify.uri == told.contact
            told.answer(notify, 200)
        seen = desk.repeats, reception.repeats
        assert poly.silent("NOTIFY")
        assert desk.silent("NOTIFY")
        assert reception.silent("NOTIFY", 0.1)
        assert softphone.silent("NOTIFY", 0.1)
        assert seen == (desk.repeats, reception.repeats)  # the answer was heard
        registered = {each["device"] for each in site.status()["registrations"]}
        assert registered == {DESK, RECEPTION, POLY, ""}


def test_each_family_hears_the_event_that_its_folder_names(site: Site, tmp_path: Path) -> None:
    passwords = {mac: line_password(fetch(tmp_path, url).body) for mac, url in urls(site).items()}
    with (
        phone(site, "lobby", passwords[RECEPTION]) as yealink,
        phone(site, "bob", passwords[POLY]) as poly,
    ):
        for mac, told, event in (
            (RECEPTION, yealink, "check-sync;reboot=false"),
            (POLY, poly, "check-sync"),
        ):
            site.pbx("devices", "resync", mac, "--state", site.state, check=True)
            notify = told.expect("NOTIFY")
            assert notify.one("Event") == event
            told.answer(notify, 200)


def test_a_phones_password_is_no_other_phones(site: Site) -> None:
    stranger = SoftPhone("bob", site.derived("bob", DESK), ("127.0.0.1", site.sip))
    with stranger:
        assert stranger.register().status == 401


def test_who_has_no_token_finds_nothing(site: Site, tmp_path: Path) -> None:
    desk, reception = site.url(DESK), site.url(RECEPTION)
    base = f"http://127.0.0.1:{site.http}"
    paths = [
        "/", f"/{DESK}.cfg", f"/d/{'A' * 22}/", f"/d/{'A' * 22}/{DESK}.cfg", f"/d/{DESK}/",
        "/d/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd",
    ]  # fmt: skip
    wanted = [f"{base}{path}" for path in paths]
    wanted += [f"{desk}{RECEPTION}.cfg", f"{desk}../{reception.split('/')[-2]}x/", f"{desk}y0.cfg"]
    answers = [fetch(tmp_path, url) for url in wanted]
    assert [answer.status for answer in answers] == [404] * len(wanted)
    assert len({answer.body for answer in answers}) == 1
    assert fetch(tmp_path, desk).status == 200


def test_an_unknown_phone_has_no_address(site: Site) -> None:
    done = site.pbx("devices", "url", NOBODY, "--state", site.state)
    assert done.returncode == 1
    assert NOBODY in done.stderr
