"""Parameters of lines and keys, by a rule or by the vendor's list."""

import pytest

from renderers.devices.context import host_and_port
from renderers.devices.numbering import has_number, numbered, written_out


@pytest.mark.parametrize(
    ("native", "number", "module", "expected"),
    [
        ("account.{n}.label", 3, 0, ("account.3.label",)),
        ("expansion_module.{m}.key.{n}.type", 12, 2, ("expansion_module.2.key.12.type",)),
        ("P{35|404|504}", 1, 0, ("P35",)),
        ("P{35|404|504}", 3, 0, ("P504",)),
        ("P{35|404|504}", 4, 0, ()),
        ("ext{m}_{10|20}_{n}", 2, 1, ("ext1_20_2",)),
        ("P2", 7, 0, ("P2",)),
    ],
)
def test_a_line_has_its_parameter(
    native: str, number: int, module: int, expected: tuple[str, ...]
) -> None:
    assert numbered(native, number, module) == expected


def test_what_belongs_to_lines_is_told_from_what_belongs_to_the_phone() -> None:
    assert has_number("account.{n}.label")
    assert has_number("P{35|404}")
    assert not has_number("P35")
    assert not has_number("{mac}|x")


def test_every_parameter_of_a_list_is_known() -> None:
    assert written_out("P{35|404|504}") == ("P35", "P404", "P504")
    assert written_out("account.{n}.label") == ("account.{n}.label",)


def test_an_ipv6_address_with_a_port_stands_in_brackets() -> None:
    assert host_and_port("2001:db8::5", 5060) == "[2001:db8::5]:5060"
    assert host_and_port("192.0.2.5", 5060) == "192.0.2.5:5060"
    assert host_and_port("example.test", None) == "example.test"
