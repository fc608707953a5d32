"""`pbx bans`: whom the router does not listen to."""

from pathlib import Path

import click

from engine.client import NodeClient
from engine.commandline import (
    dir_option,
    directory_argument,
    format_option,
    print_json,
    state_option,
)


@click.group()
def bans() -> None:
    """Addresses that the router ignores for a while: floods, scanners, wrong passwords."""


@bans.command(name="list")
@directory_argument
@format_option("text", "json")
@state_option
def list_bans(directory: Path, form: str, state: Path | None) -> None:
    """List what is banned now, for how long, and why."""
    from engine.status_views import bans_as_text

    answer = NodeClient.at(directory, state).ask("/bans")
    if form == "json":
        print_json(answer)
    else:
        click.echo(bans_as_text(answer["bans"]))


@bans.command()
@click.argument("address")
@dir_option
@state_option
def lift(address: str, directory: Path, state: Path | None) -> None:
    """Listen to ADDRESS (or IPv6 network) again."""
    NodeClient.at(directory, state).ask("/bans/lift", address=address)
    click.echo(f"{address} is listened to again")
