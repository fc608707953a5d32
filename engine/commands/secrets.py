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
@click.option("--login", is_flag=True, help="The password for pages, where no directory has one.")
@dir_option
@state_option
def show(user: str, device: str, login: bool, directory: Path, state: Path | None) -> None:
    """Print the SIP password of USER."""
    desk = bench(directory, state)
    password = desk.login_password(user) if login else desk.sip_password(user, device)
    click.echo(f"{user}: {password}")
