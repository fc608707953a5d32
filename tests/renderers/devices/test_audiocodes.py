"""AudioCodes phones: parameters that count from 0, and keys beside those of lines."""

from collections.abc import Callable
from typing import Any

from renderers.devices import Families, render_all
from schema.models import System

MAC = "00908faabbcc"


def files(make: Callable[..., System], families: Families, **phone: Any) -> dict[str, bytes]:
    entry = {"model": "audiocodes-430hd", "lines": ["alice", "bob"], **phone}
    return dict(render_all(make(phones={MAC: entry}), families))


def test_the_first_line_is_number_0(make_system: Callable[..., System], families: Families) -> None:
    profile = files(make_system, families)[f"devices/{MAC}/{MAC}.cfg"].decode()
    assert "voip/line/0/id=alice\n" in profile
    assert "voip/line/1/id=bob\n" in profile
    assert "voip/line/2/id=\n" in profile
    assert "{n" not in profile


def test_lines_take_none_of_the_programmable_keys(
    make_system: Callable[..., System], families: Families
) -> None:
    keys = [{"speed_dial": str(9000 + number)} for number in range(12)]
    found = files(make_system, families, keys=keys)[f"devices/{MAC}/{MAC}-speeddial.cfg"]
    assert found.decode().splitlines() == [f"{n},{8999 + n},0" for n in range(1, 13)]


def test_codecs_that_are_not_wanted_are_told_so(
    make_system: Callable[..., System], families: Families
) -> None:
    settings = {"codecs": ["opus", "pcmu"]}
    profile = files(make_system, families, settings=settings)[f"devices/{MAC}/{MAC}.cfg"].decode()
    assert "codec_info/0/name=PCMU\nvoip/codec/codec_info/0/enabled=1\n" in profile
    assert profile.count("/enabled=0\n", profile.index("codec_info/1")) >= 3
