"""`pbx login`: who people are, by their passwords."""

import sys
from pathlib import Path

import click

from engine.commandline import bench, dir_option, format_option, print_json, state_option


@click.group()
def login() -> None:
    """Login of people, as the web pages will ask for it. Only on the node, where the keys are."""


@login.command()
@click.argument("user")
@dir_option
@format_option("text", "json")
@state_option
def check(user: str, directory: Path, form: str, state: Path | None) -> None:
    """Try a password of USER, asked for without being shown, and say who answered.

    Reads it from standard input where that is no terminal. Exit code 2 when it is refused.
    """
    asking = bench(directory, state).login()
    result = asking.check(user, _password())
    if form == "json":
        print_json(
            {
                "accepted": result.accepted, "user": result.user, "backend": result.backend,
                "reason": result.reason,
            }
        )  # fmt: skip
    else:
        verdict = f"accepted: {result.user}" if result.accepted else "refused"
        click.echo(f"{verdict} by {result.backend or 'nobody'}: {result.reason}")
    sys.exit(0 if result.accepted else 2)


def _password() -> str:
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, default="", show_default=False))
    return sys.stdin.readline().rstrip("\r\n")
