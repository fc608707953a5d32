"""Sealed texts are written as blocks, and what is beside them stays."""

import pytest

from schema.reading import read
from schema.source import SecretReference
from sync.writeback import Put, Remove
from sync.writeback.edits import wanted_of
from sync.writeback.rewrite import rewritten

ARMOUR = "-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\nLS0t\n-----END AGE ENCRYPTED FILE-----\n"
OTHER = SecretReference("age", ARMOUR.replace("YWdl", "b3Ro"))
SEALED = SecretReference("age", ARMOUR)
PATH = ("system", "emergency", "mail", "password")
LINES = "".join(f"        {line}\n" for line in ARMOUR.splitlines())
TREE = f"""\
system:
  domain: example.test
  emergency:
    mail:
      to: [desk@example.test]   # the desk
      # of the mail server
      password: !age |   # sealed in 2024
{LINES}
      tls: starttls

users: {{}}
"""


def edit(text: str, *edits: Put | Remove) -> str:
    document = read("pbx.yaml", "", text.encode())
    wanted = wanted_of({"pbx.yaml": document}, edits)
    assert not wanted.conflicts
    return rewritten(document, wanted.roots["pbx.yaml"])


def test_a_sealed_text_takes_the_place_of_another():
    assert edit(TREE, Put(PATH, OTHER)) == TREE.replace("YWdl", "b3Ro")


@pytest.mark.parametrize(
    "before",
    ["hunter2", "!env MAIL", '"hunter2"', '"hun\n        ter2"', "", "!file /etc/mail.password"],
)
def test_a_sealed_text_takes_the_place_of_anything(before):
    value = before and f" {before}"
    text = TREE.replace(f" !age |   # sealed in 2024\n{LINES}", f"{value}   # sealed in 2024\n")
    assert edit(text, Put(PATH, SEALED)) == TREE


def test_another_way_takes_the_place_of_a_sealed_text_and_its_comment_stays():
    new = edit(TREE, Put(PATH, SecretReference("env", "MAIL")))
    assert new == TREE.replace(
        f"!age |   # sealed in 2024\n{LINES}", "!env MAIL   # sealed in 2024\n"
    )


def test_a_sealed_text_goes_with_all_its_lines():
    new = edit(TREE, Remove(PATH))
    assert new == TREE.replace(f"      password: !age |   # sealed in 2024\n{LINES}", "")


def test_a_new_key_is_written_as_a_block_in_the_line_ends_of_the_file():
    text = TREE.replace("\n", "\r\n").replace("tls: starttls", "user: pbx")
    new = edit(text, Put((*PATH[:2], "webhook_secret"), OTHER))
    added = "".join(f"      {line}\r\n" for line in OTHER.text.splitlines())
    head, _, tail = new.partition(f"    webhook_secret: !age |\r\n{added}")
    assert head + tail == text


def test_between_braces_it_stands_on_one_line():
    text = "system:\n  emergency: {mail: {to: [a], password: x}, webhooks: []}  # both\n"
    new = edit(text, Put(PATH, SEALED))
    written = ARMOUR.replace("\n", "\\n")
    assert new == text.replace("password: x", f'password: !age "{written}"')


def test_of_two_alike_items_the_right_one_is_sealed_anew():
    one = '{url: a, secret: !age "x\\ny"}'
    text = f"users:\n  alice:\n    hooks:\n    - {one}\n    - {one}  # second\n"
    new = edit(text, Put(("users", "alice", "hooks", 1, "secret"), OTHER))
    assert new.count("b3Ro") == 1
    assert new.startswith(text.partition('    - {url: a, secret: !age "x\\ny"}  #')[0])
