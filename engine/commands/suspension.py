"""`pbx suspend` and `pbx resume`: whether a node takes commits."""

from pathlib import Path

import click

from engine.commandline import directory_argument, state_option
from engine.state import StateDirectory


@click.command()
@directory_argument
@click.option("--reason", default="", help="Told in status, and to whoever pushes.")
@state_option
def suspend(directory: Path, reason: str, state: Path | None) -> None:
    """Keep what runs and take no commits, over restarts, until `pbx resume`."""
    from engine.suspension import suspend as suspended

    click.echo(suspended(StateDirectory.of(directory, state), reason))


@click.command()
@directory_argument
@state_option
def resume(directory: Path, state: Path | None) -> None:
    """Take commits again, beginning with the newest."""
    from engine.suspension import resume as resumed

    click.echo(resumed(StateDirectory.of(directory, state)))
