"""Writes the reference pages that follow from the code. `--check` only says which are behind.

docs/cli.md      from the commands of cli.py
docs/schema.md   from the models of schema/models
docs/devices/    from the device folders (device_pages.py)
docs/errors/     from the catalogue of diagnostics (error_pages.py)
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import device_pages
import error_pages

import cli
from schema.jsonschema import json_schema

HERE = Path(__file__).parent

CLI_HEAD = """# Command line

Generated from the commands themselves by `make docs`.

Exit codes: 0 fine, 1 failed, 2 as the command says (changes, refused, degraded), 3 over a safety
limit. Commands that need the running node find it by DIR, or by `--state` as given to `pbx run`.
Colours appear on a terminal only and never with `NO_COLOR`. `--format json` is stable: keys are
added, never renamed.
"""

SCHEMA_HEAD = """# The tree

Generated from the models by `make docs`; `pbx schema` prints the same as JSON Schema for editors.

A section may stand in `pbx.yaml` or in any `<section>/**/*.yaml` beside it, each with its section
key on top. Unknown keys are errors. Durations are written with a unit: `20s`, `5m`, `1h`.
"""


def cli_page() -> str:
    """Every command with its usage, text and options."""
    return CLI_HEAD + "\n".join(_command("pbx", cli.main, None))


def _command(path: str, command: click.Command, parent: click.Context | None) -> Iterator[str]:
    context = click.Context(command, info_name=path.split()[-1], parent=parent)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            if child is not None and not child.hidden:
                yield from _command(f"{path} {name}", child, context)
        return
    pieces = command.collect_usage_pieces(context)
    yield f"\n## {path}\n\n    {path} {' '.join(pieces)}\n\n{_text(command)}\n"
    for parameter in command.params:
        if isinstance(parameter, click.Option) and not parameter.hidden:
            record = parameter.get_help_record(context)
            if record is not None:
                yield f"- `{record[0]}` {record[1]}"


def _text(command: click.Command) -> str:
    return " ".join((command.help or "").split())


def schema_page() -> str:
    """Every section with its keys."""
    schema = json_schema()
    lines = [SCHEMA_HEAD]
    for name, section in schema["properties"].items():
        lines.append(f"\n## {name}\n")
        lines.extend(_keys(_entry(section, schema), schema))
    return "\n".join(lines) + "\n"


def _entry(section: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """What a section describes: the value of its entries, or the section itself."""
    section = _resolved(section, schema)
    if isinstance(section.get("additionalProperties"), dict):
        return _resolved(section["additionalProperties"], schema)
    if isinstance(section.get("items"), dict):
        return _resolved(section["items"], schema)
    return section


def _keys(entry: dict[str, Any], schema: dict[str, Any], indent: str = "") -> Iterator[str]:
    if entry.get("description") and not indent:
        yield f"{entry['description']}\n"
    for key, value in entry.get("properties", {}).items():
        need = " (required)" if key in entry.get("required", ()) else ""
        text = value.get("description") or _resolved(value, schema).get("description") or ""
        default = value.get("default")
        shown = "" if default in (None, [], {}, "") else f" Default: `{default}`."
        end = "." if text and text[-1] not in ".?!" else ""
        yield f"{indent}- `{key}`{need} {text}{end}{shown}"
        inner = _inner(value, schema)
        if inner is not None and len(indent) < 4:
            yield from _keys(inner, schema, indent + "  ")


def _inner(value: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any] | None:
    """The mapping behind a key or behind the items of its list."""
    value = _resolved(value, schema)
    if isinstance(value.get("items"), dict):
        value = _resolved(value["items"], schema)
    return value if value.get("properties") else None


def _resolved(value: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    for candidate in (value, *value.get("allOf", ()), *value.get("anyOf", ())):
        if "$ref" in candidate:
            name = candidate["$ref"].rsplit("/", 1)[-1]
            found: dict[str, Any] = schema["definitions"][name]
            return found
    return value


def pages() -> dict[Path, str]:
    """Path to content of everything that is generated."""
    return {
        HERE / "cli.md": cli_page(),
        HERE / "schema.md": schema_page(),
        **error_pages.pages(),
        **device_pages.pages(),
    }


def main() -> int:
    """Write the pages, or with --check name those that differ; the exit code."""
    behind = [
        path for path, text in pages().items() if not path.exists() or path.read_text() != text
    ]
    if "--check" in sys.argv:
        for path in behind:
            print(f"{path.relative_to(HERE.parent)} is behind: run `make docs`", file=sys.stderr)
        return bool(behind)
    for path in behind:
        path.parent.mkdir(exist_ok=True)
        path.write_text(pages()[path])
        print(f"wrote {path.relative_to(HERE.parent)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
