"""Values to a family's own parameters, as `settings.yaml` says. Pure.

Remembers what many phones share: the settings of a site, and what clears unused lines and keys.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache

from renderers.devices.context import Line, Neutral, ProgrammedKey
from renderers.devices.family import Family, Model
from renderers.devices.numbering import has_number, numbered
from renderers.devices.setting import LineSource, Pair, Setting, Value
from renderers.devices.written import Repeated

Pairs = tuple[Pair, ...]


def phone_parameters(
    family: Family, neutral: Neutral, firmware: str | None, lines: int, polling: int
) -> Pairs:
    """What the settings of a phone say, those for each of its lines included."""
    shared = _settings(family, neutral, firmware, lines)
    if "polling" not in family.settings:
        return shared
    return (*shared, *_written(family, family.settings["polling"], polling, firmware))


@lru_cache(maxsize=4096)
def _settings(family: Family, neutral: Neutral, firmware: str | None, lines: int) -> Pairs:
    found: list[Pair] = list(family.always.items())
    for source, variants in family.settings.items():
        if source != "polling":
            for native, word in _written(family, variants, getattr(neutral, source), firmware):
                found.extend((one, word) for one in _for_lines(native, lines))
    return tuple(found)


@lru_cache(maxsize=1024)
def shared_parameters(family: Family, neutral: Neutral) -> Pairs:
    """What a file may say that belongs to no phone: nothing about lines."""
    return tuple(
        pair for pair in _settings(family, neutral, None, 1) if not _of_a_line(family, pair)
    )


def line_parameters(family: Family, lines: tuple[Line, ...], firmware: str | None) -> Pairs:
    """What each line says."""
    if not family.lines:
        return ()
    return tuple(
        (name, word)
        for line in lines
        for source, variants in family.lines.items()
        for native, word in _written(family, variants, _of_line(line, source), firmware)
        for name in numbered(native, line.number)
    )


def key_parameters(family: Family, keys: tuple[ProgrammedKey, ...], firmware: str | None) -> Pairs:
    """What each key says, on the phone or on a module."""
    if not family.keys:
        return ()
    return tuple(pair for key in keys for pair in _key(family, key, firmware))


@lru_cache(maxsize=4096)
def cleared_parameters(
    family: Family,
    model: Model,
    lines: int,
    used: tuple[int, ...],
    modules: tuple[int, ...],
    firmware: str | None,
) -> Pairs:
    """What clears the lines and keys of a phone beyond those it uses."""
    found: list[Pair] = []
    for number in range(lines + 1, model.lines + 1):
        found.extend(_cleared_line(family, number, firmware))
    for module, count in enumerate((model.keys, *modules)):
        for number in range(used[module] + 1, count + 1):
            found.extend(_cleared_key(family, number, module, firmware))
    return Repeated(found)


def passed_over(
    native: Mapping[str, str | int | bool], parameters: Pairs, cleared: Pairs
) -> tuple[Pairs, Pairs]:
    """What the tree gives in the vendor's own words takes the place of what would be written."""
    given = {name: _raw(value) for name, value in native.items()}
    kept = tuple(pair for pair in parameters if pair[0] not in given)
    return (*kept, *given.items()), tuple(pair for pair in cleared if pair[0] not in given)


def _raw(value: str | int | bool) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


def _written(
    family: Family, variants: tuple[Setting, ...], value: Value, firmware: str | None
) -> Iterator[Pair]:
    for setting in variants:
        if setting.firmware.covers(firmware):
            yield from setting.write(value, family.description.unset)


def _of_line(line: Line, source: LineSource) -> Value:
    if source == "enabled":
        return True
    value: Value = None if source == "empty" else getattr(line, source)
    return value


def _key(family: Family, key: ProgrammedKey, firmware: str | None) -> Iterator[Pair]:
    for source, variants in family.keys.items():
        value = None if source == "empty" else getattr(key, source)
        for setting in variants:
            if setting.firmware.covers(firmware):
                yield from _key_setting(family, setting, key, None if value == "" else value)


def _key_setting(
    family: Family, setting: Setting, key: ProgrammedKey, value: Value
) -> Iterator[Pair]:
    word = None if value is None else setting.word(value)
    word = setting.cleared(family.description.unset) if word is None else word
    if word is not None:
        for native in setting.module if key.module else setting.native:
            for name in numbered(native, key.number, key.module):
                yield name, word


def _cleared_line(family: Family, number: int, firmware: str | None) -> Iterator[Pair]:
    for source, variants in family.lines.items():
        value = False if source == "enabled" else None
        for native, word in _written(family, variants, value, firmware):
            yield from ((name, word) for name in numbered(native, number))
    for setting, variants in family.settings.items():
        if setting != "polling":
            for native, word in _written(family, variants, None, firmware):
                if has_number(native):
                    yield from ((name, word) for name in numbered(native, number))


def _cleared_key(family: Family, number: int, module: int, firmware: str | None) -> Iterator[Pair]:
    for variants in family.keys.values():
        for setting in variants:
            word = setting.cleared(family.description.unset)
            if word is not None and setting.firmware.covers(firmware):
                for native in setting.module if module else setting.native:
                    yield from ((name, word) for name in numbered(native, number, module))


def _of_a_line(family: Family, pair: Pair) -> bool:
    return any(
        has_number(native) and pair[0] in numbered(native, 1)
        for variants in family.settings.values()
        for setting in variants
        for native in setting.parameters
    )


def _for_lines(native: str, lines: int) -> Iterator[str]:
    if not has_number(native):
        yield native
        return
    for number in range(1, lines + 1):
        yield from numbered(native, number)
