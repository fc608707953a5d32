"""Who asks, told by the path, the MAC address and the User-Agent, of all families alike."""

import pytest

from renderers.devices import (
    Families,
    Family,
    Sighting,
    identify,
    load_families,
    recognise_mac,
    recognise_path,
)

SNOM, STRANGER = "000413922d24", "02aaaaaaaaaa"
FAMILIES = [pytest.param(one, id=one.name) for one in load_families().families]


@pytest.mark.parametrize("family", FAMILIES)
def test_every_file_of_a_phone_is_known_as_one_of_its_family(
    families: Families, family: Family
) -> None:
    """Whatever its MAC address; and in the other case of letters it is not, unless `paths` says
    that it is asked for as well."""
    for mac in ("0a1b2c3d4e5f", STRANGER):
        for file in family.description.files:
            case = file.mac or family.description.mac
            right, wrong = (mac.upper(), mac) if case == "upper" else (mac, mac.upper())
            if "{mac}" not in file.request:
                continue
            for model in family.description.models.values():
                request = file.request.replace("{model}", model.file or "none")
                seen = found(families, request.replace("{mac}", right), family)
                assert {one.mac for one in seen} == {mac}
                if not family.description.recognise.paths:
                    assert not found(families, request.replace("{mac}", wrong), family)


def found(families: Families, path: str, family: Family) -> list[Sighting]:
    return [one for one in recognise_path(families, path) if one.family == family.name]


@pytest.mark.parametrize(
    ("path", "family", "model", "mac"),
    [
        ("snomD785-000413922D24.htm", "snom", "snom-d785", SNOM),
        ("Cisco/CP-8841-3PCC/00562b043615.cfg", "ciscompp", "ciscompp-8841", "00562b043615"),
        ("y000000000067.cfg", "yealink", "yealink-t42s", None),
        ("y000000000044.cfg", "yealink", None, None),
        ("0015651234ab.boot", "yealink", None, "0015651234ab"),
        ("Config0080F0C8C381.cfg", "panasonic", None, "0080f0c8c381"),
        ("F0V00X300000.cfg", "fanvil", None, None),
    ],
)
def test_a_name_that_one_family_asks_for_says_what_it_can(
    families: Families, path: str, family: str, model: str | None, mac: str | None
) -> None:
    """Several models share y000000000044.cfg."""
    assert recognise_path(families, path) == (Sighting(family, model, mac),)


def test_a_name_that_many_ask_for_is_of_all_of_them(families: Families) -> None:
    names = {one.family for one in recognise_path(families, f"{SNOM}.cfg")}
    assert names >= {"yealink", "poly", "fanvil", "audiocodes", "patton"}
    assert not recognise_path(families, "favicon.ico")
    assert not recognise_path(families, f"{SNOM}.cfg/..")


@pytest.mark.parametrize("family", FAMILIES)
def test_a_mac_address_leads_to_the_families_of_its_maker(
    families: Families, family: Family
) -> None:
    for oui in family.description.recognise.oui:
        assert family.name in recognise_mac(families, f"{oui}00abcd")
        assert family.name in recognise_mac(families, f"{oui.upper()}00ABCD")
    assert family.name not in recognise_mac(families, STRANGER)


SNOM_OLD = "Mozilla/4.0 (compatible; snom320-SIP 6.5.20; snom320 jffs2 v3.36)"
YEALINK_OTHER = "Yealink SIP-T99X 99.86.0.15"


@pytest.mark.parametrize(
    ("mac", "agent", "path", "family", "model"),
    [
        # The User-Agent says it all; the rest does not count.
        ("001565000001", SNOM_OLD, "001565000001.cfg", "snom", "snom-320"),
        # It names a model that is not known: the path of its own family may.
        (SNOM, "Mozilla/4.0 (compatible; snomX-SIP 10.1.33.33)", "snomD785-000413922D24.htm",
         "snom", "snom-d785"),
        (SNOM, YEALINK_OTHER, "snomD785-000413922D24.htm", "yealink", None),
        # TFTP has none. Among the maker's families, the name decides.
        (SNOM, "", "snomD785-000413922D24.htm", "snom", "snom-d785"),
        ("7c2f80000001", "", "7C2F80000001.xml", "gigaset", None),
        ("7c2f80000001", "", "7c2f80000001.xml", "gigasetn870", None),
        ("00908f000001", "curl/8", "prov/00908f000001.cfg", "audiocodes", None),
        # No family's name, and one family's address; and the other way round.
        ("001565000001", "", "001565000001.zip", "yealink", None),
        (STRANGER, "", "Config02AAAAAAAAAA.cfg", "panasonic", None),
    ],
)  # fmt: skip
def test_all_that_a_phone_shows_counts(
    families: Families, mac: str, agent: str, path: str, family: str, model: str | None
) -> None:
    seen = identify(families, mac, agent, path)
    assert seen is not None
    assert (seen.family, seen.model) == (family, model)


@pytest.mark.parametrize(
    ("mac", "path"),
    [(STRANGER, f"{STRANGER}.cfg"), (STRANGER, "x"), ("000b82000001", "cfg000b82000001.xml")],
)
def test_where_several_families_are_left_nobody_can_tell(
    families: Families, mac: str, path: str
) -> None:
    assert identify(families, mac, "", path) is None
