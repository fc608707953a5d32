"""What was set on a phone, against what the tree says."""

from hypothesis import given
from hypothesis import strategies as st

from engine.provision.overrides import MOST, Override, overrides, parameters

SENT = b"""<?xml version="1.0"?><PHONE_CONFIG><OVERRIDES lcl.ml.lang="German" up.x="1"
 reg.1.label="Same" device.auth.localAdminPassword="456"/></PHONE_CONFIG>"""
FILES = [b'<a lcl.ml.lang="English"/>', b'<a reg.1.label="Same"><b c="d"/></a>']


def test_only_what_differs_is_an_override_and_no_secret_is_shown() -> None:
    assert overrides(SENT, FILES) == [
        Override("lcl.ml.lang", "German", "English"),
        Override("up.x", "1", None),
        Override("device.auth.localAdminPassword", "…", None),
    ]


def test_lines_are_read_too() -> None:
    assert parameters(b"account.1.label = Bob\n# x\nlang.gui=German") == {
        "account.1.label": "Bob", "lang.gui": "German",
    }  # fmt: skip


def test_a_cisco_phones_report_of_changes_is_read() -> None:
    report = b"""<?xml version="1.0"?><device><flat-profile>
<Station_Name ua="na">Alice &amp; Bob</Station_Name><Ring_Back_Tone ua="rw"/>
<Admin_Password ua="na">*******</Admin_Password></flat-profile></device>"""
    files = [b"<flat-profile><Station_Name>Alice</Station_Name><Ring_Back_Tone/></flat-profile>"]
    assert overrides(report, files) == [
        Override("Station_Name", "Alice & Bob", "Alice"),
        Override("Admin_Password", "\u2026", None),
    ]


def test_hostile_files_are_read_as_nothing_or_little() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x y="&b;"/>'
    assert parameters(bomb) == {}
    assert parameters(b"<x") == {}
    many = b"<x " + b" ".join(b'a%d="\x07%s"' % (n, b"y" * 1000) for n in range(1000)) + b"/>"
    assert overrides(many, []) == []
    many = many.replace(b"\x07", b"\xc2\x85")
    found = overrides(many, [])
    assert len(found) == MOST
    assert all(len(each.value) <= 200 and each.value.isprintable() for each in found)


@given(st.binary(max_size=300))
def test_any_bytes_are_read(content: bytes) -> None:
    overrides(content, [content])
    overrides(b"<a" + content, [])
