"""`pbx export`: the tree for other programs."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.commandline import bench, directory_argument

if TYPE_CHECKING:
    from sync.tables import Form


@click.group()
def export() -> None:
    """The tree for other programs."""


@export.command(name="csv")
@directory_argument
@click.option(
    "--output", "-o", type=click.Path(dir_okay=False, path_type=Path),
    help="Write this file instead of printing.",
)  # fmt: skip
@click.option(
    "--format", "form", type=click.Choice(("plain", "sipxcom")), default="plain",
    show_default=True, help="plain: a column for each key; sipxcom: its 61 columns.",
)  # fmt: skip
@click.option(
    "--excel", is_flag=True, help="With a byte order mark, and numbers as texts, for a spreadsheet."
)
@click.option("--rev", help="Export this commit instead of the saved files.")
def export_csv(
    directory: Path, output: Path | None, form: "Form", excel: bool, rev: str | None
) -> None:
    """Write users and phones of the tree in DIR as a table, in one order for any layout."""
    from sync.tables import written

    desk = bench(directory, None)
    content = written(desk.valid(desk.source(rev)).system, form, spreadsheet=excel)
    if output is not None:
        output.write_bytes(content)
    else:
        sys.stdout.buffer.write(content)
