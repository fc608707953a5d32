"""`pbx history`: who changed what, and when it ran where."""

from pathlib import Path

import click

from engine.commandline import bench, directory_argument, format_option, print_json, state_option


@click.command()
@directory_argument
@format_option("text", "json")
@click.option("--limit", "-n", default=20, show_default=True, help="How many commits and attempts.")
@state_option
def history(directory: Path, form: str, limit: int, state: Path | None) -> None:
    """List commits, newest first: who changed what, and when it ran where."""
    from engine.chronicle import chronicle

    found = chronicle(bench(directory, state), limit)
    if form == "json":
        print_json(found.as_json())
    else:
        click.echo(found.as_text())
