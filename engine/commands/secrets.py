"""`pbx secrets`: what is derived, and what is sealed."""

from pathlib import Path

import click

from engine.commandline import bench, dir_option, state_option


@click.group()
def secrets() -> None:
    """Derived passwords. Only on the node, where the master key is."""


@secrets.command()
@click.argument("user")
@click.option("--device", default="", help="MAC of a phone; default: the password for a softphone.")
@dir_option
@state_option
def show(user: str, device: str, directory: Path, state: Path | None) -> None:
    """Print the SIP password of USER."""
    click.echo(f"{user}: {bench(directory, state).sip_password(user, device)}")
