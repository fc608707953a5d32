"""Both who is told of emergencies and who is told of commits has to be reachable, in private."""

import pytest

from schema.validate import validate
from sync.snapshot import KeptFiles

TREE = """\
version: 1
system:
  domain: example.test
  region: US
  {section}:
    {told}
nodes: {{pbx1: {{address: 127.0.0.1}}}}
"""


@pytest.mark.parametrize("section", ["emergency", "notify"])
@pytest.mark.parametrize(
    ("told", "code", "column"),
    [
        ('webhooks: ["https://hooks.test:https/"]', "PBX1416", 16),
        ('webhooks: ["http://hooks.example.net"]', "PBX1417", 16),
        ('mail: {to: [a@b.test], sender: a@b.test, server: "m:m:m"}', "PBX1418", 54),
        ("mail: {to: [nobody], sender: a@b.test}", "PBX1419", 17),
        (
            'mail: {to: [a@b.test], sender: a@b.test, server: "m.test:25", user: u, '
            "password: !env PW}",
            "PBX1420", 86,
        ),
    ],
)  # fmt: skip
def test_whom_the_tree_names(section: str, told: str, code: str, column: int) -> None:
    text = TREE.format(section=section, told=told)
    found = validate(KeptFiles("t", {"pbx.yaml": text.encode()}))
    [(line, at)] = [
        (each.range.start.line, each.range.start.column)
        for each in found.diagnostics
        if each.code == code and each.range
    ]
    assert (line, at) == (6, column)
