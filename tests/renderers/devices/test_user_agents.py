"""User-Agents seen in the field are told apart: `tests/fixtures/user-agents.csv`."""

import csv
from pathlib import Path

import pytest

from renderers.devices import Families, recognise

SEEN = Path(__file__).parents[2] / "fixtures" / "user-agents.csv"
FAMILIES = {
    "aastra": {"mitel"},
    "audiocodes": {"audiocodes"},
    "cisco": {"ciscompp", "ciscospa"},
    "fanvil": {"fanvil"},
    "gigaset": {"gigaset"},
    "htek": {"htek"},
    "mitel": {"mitel"},
    "patton": {"patton"},
    "snom": {"snom"},
}
"""Vendors in there to families; the others' phones are not known yet."""
UNWRITTEN = ("N720",)
"""Models whose family is known, but not what to write for them."""
ROWS = [row for row in csv.DictReader(SEEN.open()) if row["vendor"] in FAMILIES]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["user_agent"])
def test_a_phone_of_the_field_is_known(families: Families, row: dict[str, str]) -> None:
    sighting = recognise(families, row["user_agent"])
    assert sighting is not None
    assert sighting.family in FAMILIES[row["vendor"]]
    assert sighting.mac == (row["mac"] or None)
    if row["model"] in UNWRITTEN:
        assert sighting.model is None
        return
    assert sighting.model is not None
    _, model = families.models[sighting.model]
    assert row["model"] in (model.user_agent or ())


@pytest.mark.parametrize(
    ("user_agent", "model", "mac", "firmware"),
    [
        ("Grandstream Model HW GRP2614 SW 1.0.5.15 DevId c074ad0b63ee",
         "grandstream-grp2614", "c074ad0b63ee", "1.0.5.15"),
        ("Grandstream Model HW GXP2170 V2.2A SW 1.0.11.79 DevId 000b82462d97",
         "grandstream-gxp2170", "000b82462d97", "1.0.11.79"),
        ("Grandstream Model HW HT801 V1.1A SW 1.0.17.5 DevId c074ad273a10",
         "grandstream-ht801", "c074ad273a10", "1.0.17.5"),
        ("Grandstream Model HW HT818 V1.1A SW 1.0.17.5 DevId c074ad273a11",
         "grandstream-ht818", "c074ad273a11", "1.0.17.5"),
        ("Grandstream Model HW GXW4108 V2.4A SW 1.4.1.5 DevId 000b82273a10",
         "grandstream-gxw4108", "000b82273a10", "1.4.1.5"),
        ("Grandstream GXP2000 (gxp2000e.bin:1.2.5.3/boot55e.bin:1.1.6.9) DevId 000b822726c8",
         None, "000b822726c8", "1.2.5.3"),
        ("Audiocodes-Sip-Gateway-MP-118 FXS/v.6.60A.014.003",
         "mediapack-mp118-fxs", None, "6.60"),
        ("Audiocodes-Sip-Gateway-Mediant 1000/v.6.80A.286.004",
         "mediapack-mediant1000", None, "6.80"),
        ("Audiocodes-Sip-Gateway-Mediant 800B/v.7.20A.256.024", "mediant-800", None, "7.20"),
        ("M800B/v.7.40A.250.440", "mediant-800", None, "7.40"),
        ("AUDC-IPPhone/2.0.0_build_15 (420HD; 00908F3BBCBA)",
         "audiocodes-420hd", "00908f3bbcba", "2.0.0"),
        ("AUDC-IPPhone/2.2.2", None, None, "2.2.2"),
        ("Gigaset N870 IP PRO/83.V2.43.0+build.5f0a106;7C2F80E0D605;Handset=250",
         "gigaset-n870", "7c2f80e0d605", "2.43.0"),
        ("Cisco/SPA501G-7.4.8a (8843E157DDCC)(CBT141100HR)",
         "ciscospa-spa501g", "8843e157ddcc", "7.4.8"),
        ("Linksys/SPA-942-6.1.5(a) (88019FA42805)", "ciscospa-spa942", None, "6.1.5"),
        ("Cisco/ATA191-MPP-11-1-0-MSR4 (FCH2443D9R4)", "ciscospa-ata191", None, None),
        ("Cisco-CP-7832-3PCC/11.0.1 (00562b043615)", "ciscompp-7832", "00562b043615", "11.0.1"),
        ("Mitel6915 MAC:14-00-E9-1B-E2-41 V:6.4.0.140-SIP",
         "mitel-6915", "1400e91be241", "6.4.0.140"),
        ("Panasonic_KX-UT113/01.133 (0080f0c8c381)", "panasonic-ut113", "0080f0c8c381", "01.133"),
        ("Panasonic_KX-HDV230X/03.001 (0080f0c8c382)",
         "panasonic-hdv230", "0080f0c8c382", "03.001"),
        ("Mozilla/4.0 (compatible; snomD785-SIP 10.1.33.33 2010.12-00004-g9ba52f5 000413922D24 "
         "SXM:0 UXM:0)", "snom-d785", "000413922d24", "10.1.33.33"),
    ],
)  # fmt: skip
def test_others_are_known_from_manuals(
    families: Families, user_agent: str, model: str | None, mac: str | None, firmware: str | None
) -> None:
    sighting = recognise(families, user_agent)
    assert sighting is not None
    assert (sighting.model, sighting.mac, sighting.firmware) == (model, mac, firmware)


def test_every_vendor_is_in_there() -> None:
    assert {row["vendor"] for row in ROWS} == set(FAMILIES)
