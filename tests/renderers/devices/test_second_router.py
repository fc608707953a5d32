"""Phones are told of a second router where their family can be, and of none with SRV records."""

from collections.abc import Callable

import pytest

from renderers.devices import Families, render_all
from schema.models import System

MAC = "001565000001"
MODELS = (
    "audiocodes-440hd", "fanvil-x6u", "grandstream-grp2614", "grandstream-gxw4224",
    "grandstream-ht802", "htek-uc926", "poly-vvx400", "yealink-t46s",
)  # fmt: skip


def written(make: Callable[..., System], families: Families, model: str, **settings: str) -> str:
    """All that a phone of the model reads in a system of two routers."""
    system = make(
        system={"domain": "example.test", "settings": settings},
        nodes={
            "pbx1": {"address": "192.0.2.5"},
            "pbx2": {"address": "2001:db8::6", "sip": {"udp": 5070}},
        },
        phones={MAC: {"model": model, "lines": ["alice"]}},
    )
    return b"".join(render_all(system, families).values()).decode()


@pytest.mark.parametrize("model", MODELS)
def test_both_routers_are_told(
    make_system: Callable[..., System], families: Families, model: str
) -> None:
    found = written(make_system, families, model)
    assert "192.0.2.5" in found
    assert "2001:db8::6" in found
    assert "5070" in found
    assert "[2001:db8::6]:5070" in found or ":5070" not in found


@pytest.mark.parametrize("model", [*MODELS, "snom-d735"])
def test_dns_tells_instead_where_the_tree_says_so(
    make_system: Callable[..., System], families: Families, model: str
) -> None:
    found = written(make_system, families, model, registrar="srv")
    assert "example.test" in found
    assert "2001:db8::6" not in found
    assert "5070" not in found
