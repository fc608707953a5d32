"""`pbx devices`: phones, and what becomes of them."""

from pathlib import Path
from typing import Any

import click

from engine.client import NodeClient
from engine.commandline import (
    bench,
    dir_option,
    directory_argument,
    duration,
    format_option,
    print_json,
    show_diagnostics,
    state_option,
)


@click.group()
def devices() -> None:
    """Phones."""


@devices.command()
@click.argument("mac")
@dir_option
@state_option
def url(mac: str, directory: Path, state: Path | None) -> None:
    """Print the URL that the phone MAC fetches its profile from. It opens the profile: keep it."""
    click.echo(bench(directory, state).provisioning_url(mac))


@devices.command()
@click.argument("user")
@click.option(
    "--output", "-o", type=click.Path(dir_okay=False, path_type=Path),
    help="Write a picture (.svg or .png) instead.",
)  # fmt: skip
@dir_option
@state_option
def qr(user: str, output: Path | None, directory: Path, state: Path | None) -> None:
    """Show the URL of USER's softphone as a QR code to scan. It opens the profile: keep it."""
    from engine.qrcode import UnknownPicture, as_text, write_picture

    address = bench(directory, state).softphone_url(user)
    if output is None:
        click.echo(as_text(address))
        return
    try:
        write_picture(address, output)
    except (UnknownPicture, OSError) as error:
        raise click.ClickException(str(error)) from error


@devices.command(name="list")
@dir_option
@format_option("text", "json")
@click.option("--pending", is_flag=True, help="Phones that asked and are not in the tree.")
@state_option
def list_devices(directory: Path, form: str, pending: bool, state: Path | None) -> None:
    """List phones: model, firmware, lines, last fetch, registration."""
    from engine.device_views import devices_as_text, pending_as_text

    client = NodeClient.at(directory, state)
    answer = {"pending": client.pending()} if pending else client.ask("/devices")
    if form == "json":
        print_json(answer)
    elif pending:
        click.echo(pending_as_text(answer["pending"]))
    else:
        click.echo(devices_as_text(answer["devices"]))


@devices.command(name="show")
@click.argument("mac")
@dir_option
@format_option("text", "json")
@state_option
def show_device(mac: str, directory: Path, form: str, state: Path | None) -> None:
    """Show the phone MAC: its files, what it sent, and what was set on it against the tree."""
    from engine.device_views import device_as_text

    answer = NodeClient.at(directory, state).ask("/devices/show", mac=mac)
    if form == "json":
        print_json(answer)
    else:
        click.echo(device_as_text(answer))


@devices.command()
@click.argument("mac")
@click.option(
    "--for", "window", metavar="TIME", default="30m", show_default=True, callback=duration,
    help="How long the phone may take, such as 30m or 2h.",
)  # fmt: skip
@dir_option
@state_option
def enrol(mac: str, window: float, directory: Path, state: Path | None) -> None:
    """Let the phone MAC, of the tree, be told its URL at its first fetch. Once."""
    from engine.device_views import enrolled_as_text

    answer = NodeClient.at(directory, state).ask("/devices/enrol", mac=mac, seconds=window)
    click.echo(enrolled_as_text(mac, answer))


@devices.command()
@click.argument("mac", required=False)
@click.option("--all", "everyone", is_flag=True, help="All phones.")
@dir_option
@state_option
def resync(mac: str | None, everyone: bool, directory: Path, state: Path | None) -> None:
    """Tell the phone MAC to fetch its profile, 20 phones a second, and none in a call."""
    from engine.device_views import resynced_as_text

    if (mac is None) != everyone:
        raise click.UsageError("name a phone, or say --all")
    answer = NodeClient.at(directory, state).ask("/devices/resync", mac=mac)
    click.echo(resynced_as_text(answer))


@devices.command()
@directory_argument
@format_option("text", "json")
def models(directory: Path, form: str) -> None:
    """List the models that phones may be, with their files, lines, keys and DHCP options."""
    from engine.models_views import as_json, as_text

    families = bench(directory, None).families_there
    if form == "json":
        print_json(as_json(families))
    else:
        click.echo(as_text(families))


@devices.command()
@click.argument("mac")
@click.option(
    "--user", "users", required=True, multiple=True,
    help="Whose phone it is; once more for each further line.",
)  # fmt: skip
@click.option("--model", help="Default: the model that the phone showed itself to be.")
@click.option("--site", help="Default: the user's site.")
@click.option("--label", help="What it is for; its description in the tree.")
@click.option("--remote", help="Commit to this Git URL; DIR is not used then.")
@dir_option
@state_option
def approve(
    mac: str, directory: Path, state: Path | None, remote: str | None, **wanted: Any
) -> None:
    """Write the phone MAC into the tree, as a commit. Works while the node is down, too."""
    from engine.approval import Request
    from engine.approval import approve as approved

    done = approved(bench(directory, state), Request(mac, **wanted), remote)
    click.echo(done.difference)
    show_diagnostics(done.warnings, "text", err=True)
    for sentence in done.said:
        click.echo(sentence)
