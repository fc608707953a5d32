"""Imposed secrets in the tree: what is taken for one, and that none is ever shown."""

import base64
import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pyrage
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schema.diagnostics import FORMATS, Diagnostic, render
from schema.jsonschema import json_schema
from schema.models.secret import sealed_bytes
from schema.source import SecretReference
from schema.validate import Validation

Check = Callable[..., Validation]

PUBLIC = str(pyrage.x25519.Identity.generate().to_public())
SEALED = pyrage.encrypt(b"x", [pyrage.x25519.Recipient.from_str(PUBLIC)], armored=True).decode()
HEAD = 'system:\n  domain: example.test\n  emergency:\n    webhooks: ["https://h.example/x"]\n'
TREE = f"version: 1\nnodes: {{pbx1: {{address: 192.0.2.5}}}}\n{HEAD}    webhook_secret:"
VALUE = "correct-horse-battery"


def tree(secret: str) -> dict[str, str | bytes]:
    return {"pbx.yaml": f"{TREE}{secret}\n"}


def block(text: str, indent: str = "      ") -> str:
    return " !age |\n" + "".join(f"{indent}{line}\n" for line in text.splitlines())


def only(found: Validation) -> Diagnostic:
    (diagnostic,) = found.diagnostics
    return diagnostic


def shown(found: Validation) -> str:
    views = [render(found.diagnostics, form) for form in FORMATS]
    return "".join((*views, str(found.diagnostics)))


@pytest.mark.parametrize(
    "secret",
    [" !env PBX_KEY", " !file /etc/key", ' !file "/etc/my key"', block(SEALED),
     block(SEALED).replace("|", ">"), block(SEALED, " " * 12), f" !age {json.dumps(SEALED)}"],
    ids=["variable", "file", "quoted", "block", "folded", "deep", "one line"],
)  # fmt: skip
def test_sealed_texts_and_names_of_places_are_secrets(check: Check, secret: str) -> None:
    found = check(files=tree(secret))
    assert found.diagnostics == ()
    assert found.system is not None
    taken = found.system.system.emergency.signing_secret
    assert isinstance(taken, SecretReference)
    assert secret.strip().startswith(f"!{taken.kind}")


@pytest.mark.parametrize(
    ("secret", "code"),
    [
        (f" {VALUE}", "PBX1850"), (f' "{VALUE}"', "PBX1850"), (f"\n      {VALUE}", "PBX1850"),
        (f" |\n      {VALUE}\n      {VALUE}", "PBX1850"), (f" {VALUE},x}}y # cc", "PBX1850"),
        (f' "a {VALUE}\n      {VALUE}"', "PBX1850"), (" 12345678", "PBX1850"),
        (f" &anchor {VALUE}", "PBX1850"),
        (f" !env {VALUE}", "PBX1851"), (" !env 1ST", "PBX1851"), (" !env", "PBX1851"),
        (f" !file {VALUE}", "PBX1852"), (" !file ../key", "PBX1852"), (" !file /etc/", "PBX1852"),
        (f" !age {VALUE}", "PBX1853"), (block(SEALED[:-40]), "PBX1853"),
        (block(SEALED.replace("W", "*")), "PBX1853"), (block(SEALED.lower()), "PBX1853"),
        (f" {{key: {VALUE}}}", "PBX1103"), (" [12345678]", "PBX1103"),
    ],
    ids=range(20),
)  # fmt: skip
def test_what_is_no_secret_is_said_without_showing_it(check: Check, secret: str, code: str) -> None:
    found = check(files=tree(secret))
    assert only(found).code == code
    assert only(found).hint
    said = shown(found)
    assert VALUE not in said
    assert "12345678" not in said


def test_the_hint_names_the_path_to_seal(check: Check) -> None:
    hint = only(check(files=tree(f" {VALUE}"))).hint
    assert hint is not None
    assert "pbx secrets encrypt system/emergency/webhook_secret" in hint


def _quoted(text: str) -> list[str]:
    """The ways to write a text behind a key."""
    single = "'" + text.replace("'", "''") + "'"
    lines = "".join(f"\n      {line}" for line in text.split("\n"))
    return [f" {json.dumps(text)}", f" {single}", f" |-{lines}", f"\n      {json.dumps(text)}"]


@given(
    text=st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=6, max_size=60),
    style=st.integers(0, 3),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_no_view_shows_a_readable_secret_however_it_is_written(
    check: Check, text: str, style: int
) -> None:
    # Marked, so that it is found in nothing but itself.
    secret = f"\u00e6{text.strip()}\u00e6"
    found = check(files=tree(_quoted(secret)[style]))
    assert "PBX1850" in {one.code for one in found.diagnostics}
    views = shown(found)
    for form in (secret, json.dumps(secret)[1:-1], "\u00e6"):
        assert form not in views


def test_a_secret_is_not_shown_by_its_repr_or_its_name() -> None:
    sealed = SecretReference("age", SEALED)
    assert len(str(sealed)) < 30
    assert SEALED.splitlines()[1] not in f"{sealed!r}{sealed}"
    assert str(sealed) != str(SecretReference("age", SEALED + " "))
    assert str(SecretReference("env", "PBX_KEY")) == "!env PBX_KEY"


def test_both_spellings_at_once_are_refused_and_the_older_one_goes_on_working(
    check: Check,
) -> None:
    older = "    webhook_secret_file: /etc/key"
    found = check(files={"pbx.yaml": f"{TREE} !env KEY\n{older}\n"})
    assert only(found).code == "PBX1855"
    alone = check(files={"pbx.yaml": f"{TREE.removesuffix('    webhook_secret:')}{older}\n"})
    assert alone.system is not None
    assert alone.system.system.emergency.signing_secret == SecretReference("file", "/etc/key")


ED25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN"


@pytest.mark.parametrize(
    ("recipient", "good"),
    [(PUBLIC, True), (ED25519, True), (f"{ED25519} alice@example.net", True),
     (PUBLIC[:-1], False), (PUBLIC.upper(), False), ("age1", False), ("", False),
     (ED25519[:-8], False), (str(pyrage.x25519.Identity.generate()), False)],
    ids=["age", "ssh", "ssh with comment", "cut age", "capitals", "no key", "nothing", "cut ssh",
         "private"],
)  # fmt: skip
def test_recipients_are_public_keys(check: Check, recipient: str, good: bool) -> None:
    system = f"system: {{domain: example.test, secrets: {{recipients: [{json.dumps(recipient)}]}}}}"
    files = {"pbx.yaml": f"version: 1\nnodes: {{pbx1: {{address: 192.0.2.5}}}}\n{system}\n"}
    found = check(files=files)
    assert [one.code for one in found.diagnostics] == ([] if good else ["PBX1854"])
    if recipient.startswith("AGE-SECRET"):
        assert recipient not in shown(found)


@given(st.binary(max_size=400))
def test_whatever_is_armoured_is_sealed_or_refused(data: bytes) -> None:
    body = base64.b64encode(data).decode()
    text = f"-----BEGIN AGE ENCRYPTED FILE-----\n{body}\n-----END AGE ENCRYPTED FILE-----"
    with pytest.raises(ValueError, match="not a text that age has sealed"):
        sealed_bytes(text)


def test_editors_take_a_secret_for_a_text() -> None:
    schema = json_schema()
    entry = {"version": 1, "system": {"domain": "example.test"}}
    for secret, good in (("!env KEY", True), (5, False)):
        entry["system"] = {"domain": "a.test", "emergency": {"webhook_secret": secret}}
        assert jsonschema.Draft7Validator(schema).is_valid(entry) is good


def test_a_merged_secret_is_found_wrong_where_it_stands(check: Check, tmp_path: Path) -> None:
    text = (
        "version: 1\nnodes: {pbx1: {address: 192.0.2.5}}\nsystem:\n  domain: example.test\n"
        f"  emergency: {{<<: {{webhook_secret: {VALUE}}}}}\n"
    )
    found = check(files={"pbx.yaml": text})
    assert only(found).place == "pbx.yaml:5:36"
    assert VALUE not in shown(found)
