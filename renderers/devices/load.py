"""Device folders from files to `Families`, with errors that say which file and line.

Reads the folders beside this module and those a user's tree holds under `devices/`, both as
plain mappings of path to bytes. A user's folder of the same name replaces the built-in one.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path, PurePosixPath
from typing import TypeVar

import jinja2
from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from renderers.devices.environment import environment_for
from renderers.devices.family import Description, Families, Family, File, bootstrap_file
from renderers.devices.holding import holding_files
from renderers.devices.numbering import written_out
from renderers.devices.setting import Programmed, Setting, SettingsFile
from renderers.devices.vocabulary import Vocabulary, vocabulary
from schema.reading import read
from schema.source import Document

_BUILT_IN = Path(__file__).parent
_Data = TypeVar("_Data")


class FamilyError(Exception):
    """A device folder cannot be used. `path` is relative to `devices/`, `line` counts from 1."""

    def __init__(self, path: str, line: int | None, reason: str) -> None:
        super().__init__(f"{path}:{line}: {reason}" if line else f"{path}: {reason}")
        self.path = path
        self.line = line
        self.reason = reason


def load_families(extra: Mapping[str, bytes] | None = None) -> Families:
    """All families: built-in ones and those in `extra` (path below `devices/` to content).

    Raises FamilyError.
    """
    folders = dict(_built_in())
    for name, files in _by_folder(extra or {}).items():
        folders[name] = _family(name, files, built_in=False)
    return _without_clash(Families(tuple(folders[name] for name in sorted(folders))))


def known_models(families: Families) -> frozenset[str]:
    """Every model id that a phone may have."""
    return frozenset(name for name, (_, model) in families.models.items() if model.lines)


@cache
def _built_in() -> Mapping[str, Family]:
    files = {
        path.relative_to(_BUILT_IN).as_posix(): path.read_bytes()
        for path in sorted(_BUILT_IN.glob("*/**/*"))
        if path.suffix in (".yaml", ".txt", ".j2") and "cases" not in path.parts
    }
    return {name: _family(name, found, built_in=True) for name, found in _by_folder(files).items()}


def _by_folder(files: Mapping[str, bytes]) -> dict[str, dict[str, bytes]]:
    folders: dict[str, dict[str, bytes]] = {}
    for path, content in sorted(files.items()):
        folder, _, name = path.partition("/")
        if name and not name.startswith("cases/"):
            folders.setdefault(folder, {})[name] = content
    return folders


def _family(folder: str, files: Mapping[str, bytes], *, built_in: bool) -> Family:
    description = _read(folder, "model.yaml", files, Description)
    settings = _read(folder, "settings.yaml", files, SettingsFile)
    written = {
        name: variants
        for name in SettingsFile.model_fields
        if name not in Programmed.model_fields and (variants := getattr(settings, name)) is not None
    }
    of_data = _of_data((*written.values(), *settings.lines.values(), *settings.keys.values()))
    rendered = vocabulary(_text(folder, "vocabulary.txt", files))
    more = _text(folder, "native.txt", files) if "native.txt" in files else ""
    family = Family(
        description,
        written,
        settings.lines,
        settings.keys,
        settings.always,
        rendered,
        Vocabulary(
            vocabulary(more).entries
            | {rendered.entry(name) or name for name in (*of_data, *settings.always)}
        ),
        {
            PurePosixPath(name).name: _text(folder, name, files)
            for name in files
            if name.startswith("templates/")
        },
        hashlib.sha256(repr(sorted(files.items())).encode()).hexdigest(),
        built_in,
    )
    _check(folder, family, (*of_data, *settings.always), _text(folder, "settings.yaml", files))
    return family


def _of_data(settings: Iterable[tuple[Setting, ...]]) -> tuple[str, ...]:
    """The parameters that are written from data, numbers in them as {n}."""
    return tuple(
        name
        for variants in settings
        for setting in variants
        for native in (*setting.parameters, *setting.module)
        for name in written_out(native)
    )


def _check(folder: str, family: Family, natives: Iterable[str], settings: str) -> None:
    """What holds between the files of a folder."""
    description = family.description
    if description.family != folder:
        reason = f'family is "{description.family}", but the folder is called "{folder}"'
        raise FamilyError(f"{folder}/model.yaml", None, reason)
    if description.primary not in [
        file.request for file in description.files if file.scope == "device" and not file.features
    ]:
        reason = f"primary {description.primary} is not one of files, or not every phone's own"
        raise FamilyError(f"{folder}/model.yaml", None, reason)
    for file in description.files:
        _check_file(folder, file)
    _check_holding(folder, description)
    _check_phonebook(folder, description)
    _check_models(folder, description)
    _check_patterns(folder, description)
    for native in natives:
        if native not in family.vocabulary:
            reason = f"{native} is not in vocabulary.txt"
            raise FamilyError(f"{folder}/settings.yaml", _line_with(native, settings), reason)
    _check_templates(folder, family)


def _line_with(words: str, text: str) -> int | None:
    """The first line of a file that has these words; a parameter with a choice in it has none."""
    return next((n for n, line in enumerate(text.splitlines(), 1) if words in line), None)


def _check_file(folder: str, file: File) -> None:
    reason = None
    if file.scope != "device" and file.secret:
        reason = f"{file.request} is for many phones, so it cannot be secret"
    elif file.scope != "device" and "{mac}" in file.request:
        reason = f"{file.request} is for many phones, so it cannot have a {{mac}}"
    if max(file.request.count("{mac}"), file.request.count("{model}")) > 1:
        reason = f"{file.request} says {{mac}} or {{model}} twice"
    if reason is not None:
        raise FamilyError(f"{folder}/model.yaml", None, reason)


def _check_holding(folder: str, description: Description) -> None:
    own = [file.request for file in description.files if file.scope == "device"]
    for request in description.holding:
        if request not in own or "{mac}" not in request:
            reason = (
                f"holding: {request} is not one of files, or not a phone's own with its {{mac}}"
            )
            raise FamilyError(f"{folder}/model.yaml", None, reason)


def _check_phonebook(folder: str, description: Description) -> None:
    """A phonebook is fetched beside the phone's files, or one of these holds it."""
    reason = None
    wanted = description.phonebook
    holders = [file for file in description.files if file.phonebook]
    if any(file.scope == "book" for file in description.files):
        reason = "a file of the scope book belongs under phonebook"
    elif any(file.scope != "device" for file in holders):
        reason = "only a file of one phone can hold its phonebooks"
    elif wanted is None and holders:
        reason = f"{holders[0].request} holds phonebooks: add phonebook: {{books: 1}}"
    elif wanted is not None and wanted.file is None and (not holders or wanted.books > 1):
        reason = "phonebook has no file, so one of files holds it, all in one"
    elif wanted is not None and wanted.file is not None:
        reason = _check_fetched(description, wanted.file, wanted.books)
    if reason is not None:
        raise FamilyError(f"{folder}/model.yaml", None, reason)


def _check_fetched(description: Description, file: File, books: int) -> str | None:
    if file.scope != "book" or file.secret or "{mac}" in file.request or "{model}" in file.request:
        return "the file of a phonebook has the scope book, no {mac} or {model}, and no secret"
    if books > 1 and "{book}" not in file.request:
        return "phones take several phonebooks, so the request needs a {book}"
    if any(one.request == file.request for one in description.files):
        return f"{file.request} is one of files too"
    return None


def _check_models(folder: str, description: Description) -> None:
    for name, model in description.models.items():
        for module in model.expansion:
            if module not in description.expansions:
                reason = f"{name} takes {module}, which is not one of expansions"
                raise FamilyError(f"{folder}/model.yaml", None, reason)
        if bool(model.expansion) != bool(model.expansions):
            reason = f"{name} says expansion or expansions, but not both"
            raise FamilyError(f"{folder}/model.yaml", None, reason)


def _check_patterns(folder: str, description: Description) -> None:
    """Every pattern compiles and has the groups that are asked of it."""
    found = description.recognise
    for file in description.files:
        if file.parameter is not None:
            _check_pattern(folder, "files.parameters", file.parameter, "name")
    for pattern in found.user_agent:
        _check_pattern(folder, "recognise.user_agent", pattern, "model")
    for pattern in found.paths:
        _check_pattern(folder, "recognise.paths", pattern)


def _check_pattern(folder: str, key: str, pattern: str, group: str | None = None) -> None:
    try:
        groups = re.compile(pattern).groupindex
    except re.error as error:
        reason = f"{key} is no regular expression: {error}"
        raise FamilyError(f"{folder}/model.yaml", None, reason) from None
    if group is not None and group not in groups:
        reason = f"{key} has no group (?P<{group}>…)"
        raise FamilyError(f"{folder}/model.yaml", None, reason)


def _check_templates(folder: str, family: Family) -> None:
    description = family.description
    book = description.phonebook.file if description.phonebook is not None else None
    files = (
        *description.files, *bootstrap_file(description), *holding_files(description),
        *((book,) if book else ()),
    )  # fmt: skip
    for file in files:
        if file.template not in family.templates:
            reason = f"there is no {file.template}, which model.yaml names"
            raise FamilyError(f"{folder}/templates", None, reason)
        try:
            environment_for(file.format).parse(family.templates[file.template])
        except jinja2.TemplateSyntaxError as error:
            path = f"{folder}/templates/{file.template}"
            raise FamilyError(path, error.lineno, error.message or "syntax error") from None


def _without_clash(families: Families) -> Families:
    seen: dict[str, str] = {}
    for family in families.families:
        for model in family.description.models:
            if model in seen:
                reason = f"model {model} is also in {seen[model]}"
                raise FamilyError(f"{family.name}/model.yaml", None, reason)
            seen[model] = family.name
        for file in family.description.files:
            if file.scope != "device" and file.request in seen:
                reason = f"{file.request} is also a file of {seen[file.request]}"
                raise FamilyError(f"{family.name}/model.yaml", None, reason)
            if file.scope != "device":
                seen[file.request] = family.name
    return families


def _text(folder: str, name: str, files: Mapping[str, bytes]) -> str:
    if name not in files:
        raise FamilyError(f"{folder}/{name}", None, "the file is missing")
    try:
        return files[name].decode()
    except UnicodeDecodeError:
        raise FamilyError(f"{folder}/{name}", None, "the file is not UTF-8") from None


def _read(folder: str, name: str, files: Mapping[str, bytes], shape: type[_Data]) -> _Data:
    """One YAML file in its shape."""
    path = f"{folder}/{name}"
    document = read(path, "", _text(folder, name, files).encode())
    for found in document.diagnostics:
        line = found.range.start.line if found.range else None
        raise FamilyError(path, line, found.message)
    try:
        adapter: TypeAdapter[_Data] = TypeAdapter(shape)
        return adapter.validate_python(document.root)
    except ValidationError as error:
        first = _clearest(error)
        where = ".".join(str(part) for part in first["loc"])
        reason = f"{where}: {first['msg']}" if where else first["msg"]
        raise FamilyError(path, _line(document, first["loc"]), reason) from None


def _clearest(error: ValidationError) -> ErrorDetails:
    """A key too many rather than the key that is missing for it: they are often the same slip."""
    found = error.errors(include_url=False, include_context=False)
    return next((one for one in found if one["type"] == "extra_forbidden"), found[0])


def _line(document: Document, location: tuple[int | str, ...]) -> int | None:
    """The line of the innermost part of `location` that stands in the file."""
    for end in range(len(location), 0, -1):
        try:
            return document.locate_key(location[:end]).line
        except LookupError:
            continue
    return None
