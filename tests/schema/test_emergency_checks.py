"""Emergency calls in the tree: who cannot be called back, and who could not be told."""

from collections.abc import Callable

import pytest

from schema.validate import Validation

Check = Callable[..., Validation]

PLAN = """\
dialplan:
  - {{rule: emergency, type: emergency, match: ["911"], via: [one]}}
gateways:
  one: {{address: 192.0.2.10{one}}}
  two: {{address: 192.0.2.11{two}}}
sites:
  hq: {{emergency_location: "1 Main St"{site}}}
users:
  alice: {{name: Alice, extension: "201"{user}}}
"""
SHOWS = ", caller_id: '+12125550200'"


def codes(found: Validation) -> list[str]:
    return [diagnostic.code for diagnostic in found.diagnostics]


SITE, RULE = "pbx.yaml:10:3", "pbx.yaml:5:5"
"""Of the site, and of the rule, below the three lines that `check` puts first."""


@pytest.mark.parametrize(
    ("parts", "places"),
    [
        ({"user": ", site: hq"}, [SITE]),
        ({"user": ", site: hq", "one": SHOWS}, [SITE]),  # the other may have to carry it
        ({"user": ", site: hq", "one": SHOWS, "two": ", emergency: false"}, []),
        ({"user": ", site: hq", "one": SHOWS, "two": ", enabled: false"}, []),
        ({"user": ", site: hq", "one": SHOWS, "two": SHOWS}, []),
        ({"user": ", site: hq", "two": SHOWS, "one": ", emergency: false"}, [SITE]),
        ({"user": ", site: hq", "site": ", emergency_callback: '+12125550200'"}, []),
        ({"user": ", site: hq, did: '+12125550201'"}, []),
        ({"user": ", site: hq, caller_id: '+12125550201'"}, []),
        ({"user": ", site: hq, enabled: false"}, []),
        ({"user": ""}, [RULE]),
    ],
)
def test_every_caller_can_be_called_back(
    check: Check, parts: dict[str, str], places: list[str]
) -> None:
    found = check(PLAN.format(**{"one": "", "two": "", "site": "", "user": ""} | parts))
    assert [each.place for each in found.diagnostics if each.code == "PBX1415"] == places


def test_without_sites_nobody_is_told_to_make_one(check: Check) -> None:
    text = PLAN.format(one="", two="", site="", user="").split("sites:")[0]
    found = check(text + "users:\n  alice: {name: Alice, extension: '201'}\n")
    assert codes(found) == []


SYSTEM = """\
version: 1
system:
  domain: example.test
  emergency: {{{what}}}
nodes: {{pbx1: {{address: 192.0.2.5}}}}
"""
MAIL = "mail: {{to: [{to}], sender: {sender}, server: '{server}'{more}}}"


def mail(
    to: str = "a@example.net", sender: str = "b@example.net", server: str = "mail.test",
    more: str = "",
) -> str:  # fmt: skip
    return MAIL.format(to=to, sender=sender, server=server, more=more)


PASSWORD = ", user: pbx, password_file: /etc/password"


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        (
            "webhooks: ['https://hooks.example.net/x?y=z', 'http://[::1]:80', 'http://localhost/']",
            [],
        ),
        ("webhooks: ['http://192.0.2.1/x']", ["PBX1417"]),
        ("webhooks: ['http://127.0.0.1.example.net/x', 'http://localhost.test']", ["PBX1417"] * 2),
        ("webhooks: ['http://127.0.0.1@evil.test/']", ["PBX1417"]),
        ("webhooks: ['https://[::1/x', 'https:///x', 'https://x:99999/']", ["PBX1416"] * 3),
        ("webhooks: [\"https://a.test/\\r\\nHost:x\", 'https://ä.test/']", ["PBX1416"] * 2),
        (mail(), []),
        (mail(server="mail.test:587"), []),
        (mail(server="[2001:db8::1]:25"), []),
        (mail(server="mail.test:0"), ["PBX1418"]),
        (mail(server="mail test"), ["PBX1418"]),
        (mail(to="x, a@b@c, 'a@b c'"), ["PBX1419"] * 3),
        (mail(sender='"a@b.test\\r\\nBcc: c@d.test"'), ["PBX1419"]),
        (mail(more=PASSWORD), ["PBX1420"]),
        (mail(more=PASSWORD + ", tls: starttls"), []),
        (mail(more=PASSWORD, server="127.0.0.1"), []),
    ],
)
def test_whoever_is_to_be_told_can_be_and_safely(
    check: Check, what: str, expected: list[str]
) -> None:
    assert codes(check(files={"pbx.yaml": SYSTEM.format(what=what)})) == expected
