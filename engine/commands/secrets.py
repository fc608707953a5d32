"""`pbx secrets`: what is derived, and what is sealed."""

import sys
from pathlib import Path
from typing import Any

import click

from engine.commandline import (
    bench,
    dir_option,
    directory_argument,
    format_option,
    print_json,
    state_option,
)


@click.group()
def secrets() -> None:
    """Passwords: derived ones, and those of others, which stand sealed in the tree."""


identity_option = click.option(
    "--identity", type=click.Path(dir_okay=False, path_type=Path),
    help="Private key of age or SSH; default: the node's.",
)  # fmt: skip
remote_option = click.option("--remote", help="Commit to this Git URL; DIR is not used then.")


@secrets.command()
@directory_argument
@click.option(
    "--ssh-key", type=click.Path(dir_okay=False, path_type=Path),
    help="Use this SSH private key as the node's, instead of a new one of age.",
)  # fmt: skip
@state_option
def init(directory: Path, ssh_key: Path | None, state: Path | None) -> None:
    """Make the keys of this node, and print what to put into the tree. Replaces nothing."""
    from engine.key_setup import set_up

    click.echo(set_up(bench(directory, state), ssh_key))


@secrets.command()
@click.argument("what", metavar="USER|PATH")
@click.option("--device", default="", help="MAC of a phone; default: the password for a softphone.")
@click.option("--login", is_flag=True, help="The password for pages, where no directory has one.")
@identity_option
@dir_option
@state_option
def show(
    what: str, device: str, login: bool, identity: Path | None,
    directory: Path, state: Path | None,
) -> None:  # fmt: skip
    """Print the SIP password of USER, or the secret of others that stands at PATH.

    Only on the node, where the keys are.
    """
    desk = bench(directory, state)
    if "/" not in what:
        password = desk.login_password(what) if login else desk.sip_password(what, device)
        click.echo(f"{what}: {password}")
        return
    from engine.sealing import reveal

    sys.stdout.buffer.write(reveal(desk, what, identity) + b"\n")


@secrets.command()
@click.argument("path")
@click.option("--print", "printed", is_flag=True, help="Print it as YAML, and change nothing.")
@remote_option
@dir_option
@state_option
def encrypt(
    path: str, printed: bool, remote: str | None, directory: Path, state: Path | None
) -> None:
    """Seal a value for all recipients of the tree, and commit it at PATH.

    The value is asked for, or read from standard input without the last line end. It takes no key.
    """
    from engine import sealing

    desk = bench(directory, state)
    sealing.path_of(path)
    value = _value()
    if printed:
        click.echo(sealing.scalar(desk, path, value))
    else:
        _tell(sealing.encrypt(desk, path, value, remote))


@secrets.command()
@click.argument("entry", required=False)
@click.option("--recipients", is_flag=True, help="Seal anew what is sealed for others than now.")
@remote_option
@identity_option
@dir_option
@state_option
def rotate(
    entry: str | None, recipients: bool, remote: str | None, identity: Path | None,
    directory: Path, state: Path | None,
) -> None:  # fmt: skip
    """Give ENTRY (users/ID, phones/MAC, gateways/ID) other derived passwords, by a commit."""
    if (entry is None) != recipients:
        raise click.UsageError("name an entry such as users/alice, or say --recipients")
    desk = bench(directory, state)
    if entry is None:
        from engine.sealing import reseal

        _tell(reseal(desk, identity or desk.state.identity, remote))
        return
    from engine.plan_views import as_text
    from engine.rotation import rotate as rotated

    done = rotated(desk, entry, remote)
    click.echo(as_text(done.plan))
    _tell(done.changed)


@secrets.command()
@directory_argument
@format_option("text", "json")
@identity_option
@state_option
def doctor(directory: Path, form: str, identity: Path | None, state: Path | None) -> None:
    """Check keys and secrets, and say what to do. Exit code 1 when there are problems."""
    from engine.secret_doctor import as_json, as_text, examine

    findings = list(examine(bench(directory, state), identity))
    if form == "json":
        print_json(as_json(findings))
    else:
        click.echo(as_text(findings))
    sys.exit(0 if all(finding.ok for finding in findings) else 1)


def _value() -> bytes:
    if sys.stdin.isatty():
        text: str = click.prompt("Value", hide_input=True, confirmation_prompt=True)
        return text.encode()
    return sys.stdin.buffer.read().removesuffix(b"\n").removesuffix(b"\r")


def _tell(changed: Any) -> None:
    if changed.difference:
        click.echo(changed.difference)
    for sentence in changed.said:
        click.echo(sentence)
