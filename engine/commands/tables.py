"""`pbx import csv`: users and phones of a table into the tree."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.commandline import (
    Failure,
    bench,
    dir_option,
    format_option,
    show_diagnostics,
    state_option,
)
from engine.commands.imports import request_options, show

if TYPE_CHECKING:
    from engine.importing import Request

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t"}


@click.command(name="csv")
@click.argument("file")
@click.option(
    "--as", "name", metavar="NAME",
    help="Whose entries they are in the tree: csv/NAME. Default: the file's name.",
)  # fmt: skip
@click.option(
    "--skip-bad", is_flag=True, help="Leave bad rows out, instead of refusing the whole file."
)
@click.option(
    "--complete", is_flag=True,
    help="The file has everybody: disable who came by this import and is not in it.",
)  # fmt: skip
@click.option(
    "--layout", type=click.Choice(("named", "sipxcom")),
    help="What columns are known by: their names, or sipXcom's places. Default: as the header is.",
)  # fmt: skip
@click.option(
    "--map", "words", metavar="COLUMN=KEY", multiple=True,
    help='What a column means, such as "Login=user"; KEY is ignore to leave it out.',
)  # fmt: skip
@click.option(
    "--delimiter", type=click.Choice(tuple(DELIMITERS)), help="Default: as the header shows."
)
@click.option("--encoding", help="Such as windows-1252. Default: UTF-8, or as the file is marked.")
@request_options
@dir_option
@format_option("text", "json")
@state_option
def import_csv(
    file: str, name: str | None, skip_bad: bool, complete: bool, layout: str | None,
    words: tuple[str, ...], delimiter: str | None, encoding: str | None, request: "Request",
    directory: Path, form: str, state: Path | None,
) -> None:  # fmt: skip
    """Import the users and phones of FILE, a CSV file or - for standard input.

    Exit code 1 for bad rows, unless --skip-bad leaves them out; 3 where a safety limit stops it.
    """
    from engine.importing import run_import
    from engine.tables import (
        BadTable,
        checked_encoding,
        content_of,
        importer_of,
        mapping_of,
        table_task,
    )
    from sync.tables import Asked

    asked = Asked(
        importer_of(file, name),
        file if file != "-" else "standard input",
        DELIMITERS.get(delimiter or ""),
        checked_encoding(encoding),
        None if layout is None else layout == "sipxcom",
        mapping_of(words),
        complete,
    )
    task = table_task(content_of(file), asked, skip_bad=skip_bad)
    try:
        report = run_import(bench(directory, state), task, request)
    except BadTable as bad:
        show_diagnostics(bad.diagnostics, "text", err=True)
        skip = f"; --skip-bad leaves {bad.skippable} of its rows out" if bad.skippable else ""
        raise Failure(f"nothing of {bad.name} was imported{skip}") from None
    show([report], form)
