"""`pbx blame`: who wrote what stands in the tree."""

from pathlib import Path

import click

from engine.commandline import bench, dir_option, format_option, print_json


@click.command()
@click.argument("path")
@dir_option
@format_option("text", "json")
@click.option("--rev", help="As of this commit instead of the newest.")
def blame(path: str, directory: Path, form: str, rev: str | None) -> None:
    """Show the commit behind each value of PATH (such as users/alice), whatever line it is on."""
    from engine.blaming import blamed

    found = blamed(bench(directory, None), path, rev)
    if form == "json":
        print_json(found.as_json())
    else:
        click.echo(found.as_text())
