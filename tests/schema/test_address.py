"""Addresses as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.address import host_and_port, ip_address, is_domain


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("sip.example.net", "sip.example.net", 5060), ("Example.net:5080", "example.net", 5080),
        ("192.0.2.10", "192.0.2.10", 5060), ("192.0.2.10:5061", "192.0.2.10", 5061),
        ("2001:DB8::1", "2001:db8::1", 5060), ("[2001:db8:0::1]", "2001:db8::1", 5060),
        ("[2001:db8::1]:5070", "2001:db8::1", 5070), ("localhost", "localhost", 5060),
    ],
)  # fmt: skip
def test_these_are_addresses(text: str, host: str, port: int) -> None:
    assert host_and_port(text) == (host, port)


@pytest.mark.parametrize(
    "text",
    [
        "", ":5060", "a:b", "a:", "host:70000", "host:0", "192.0.2", "192.0.2.256", "[::1", "::1]",
        "[192.0.2.1]", "[host]:5060", "a b", "sip:host", "user@host", "host:5060;transport=tcp",
        "a..b", "-a", "fe80::1%eth0", "ho\nst", "host\n", "١٢٣:5060",
    ],
)  # fmt: skip
def test_these_are_not(text: str) -> None:
    with pytest.raises(ValueError):
        host_and_port(text)


@given(st.text(max_size=30))
def test_whatever_the_text_only_valueerror_comes_out(text: str) -> None:
    try:
        host, port = host_and_port(text)
    except ValueError:
        return
    assert 0 < port < 65536
    assert is_domain(host) or ip_address(host) is not None
