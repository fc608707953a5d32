"""Where secrets can stand, and where they do."""

from schema.reading import read
from schema.secret_places import places, recipients_in, secrets_in, takes_secret
from schema.source import Document

TEXT = """\
system:
  secrets: {recipients: ["age1x", 5, "ssh-rsa y"]}
  emergency: {mail: {password: !env MAIL}}
directories:
  corp: {bind: {password: !file /etc/corp}, unknown: [1, {x: !env X}]}
"""


def document(text: str) -> Document:
    return read("pbx.yaml", "", text.encode())


def test_the_keys_that_take_a_secret_are_found_in_the_models() -> None:
    assert ("system", "emergency", "mail", "password") in places()
    assert ("directories", "ID", "bind", "password") in places()
    assert takes_secret(("directories", "corp", "bind", "password"))
    assert not takes_secret(("directories", "corp", "bind", "dn"))
    assert not takes_secret(("directories", "corp", "bind"))
    assert not takes_secret(())


def test_secrets_are_found_with_path_and_line_in_broken_entries_too() -> None:
    found = [(one.where, one.secret.text, one.line) for one in secrets_in([document(TEXT)])]
    assert found == [
        ("system/emergency/mail/password", "MAIL", "pbx.yaml:3"),
        ("directories/corp/bind/password", "/etc/corp", "pbx.yaml:5"),
        ("directories/corp/unknown/1/x", "X", "pbx.yaml:5"),
    ]


def test_recipients_are_found_in_whichever_file_has_them() -> None:
    files = [document("users: {}"), document("system: text"), document(TEXT)]
    assert recipients_in(files) == ("age1x", "ssh-rsa y")
    assert recipients_in(files[:2]) == ()
