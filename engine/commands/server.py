"""`pbx server`: the machine that people push to."""

from pathlib import Path

import click


@click.group()
def server() -> None:
    """The machine that people push to."""


@server.command()
@click.argument("directory", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--key", "files", metavar="FILE", multiple=True, type=click.Path(path_type=Path),
    help="A public SSH key that may push; once more for each further one.",
)  # fmt: skip
@click.option(
    "--user", default="git", show_default=True,
    help="The account to push to, made when root asks and it is missing.",
)  # fmt: skip
@click.option(
    "--systemd", "unit", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path),
    help="Write a unit that runs the node, such as /etc/systemd/system/dialtree.service.",
)  # fmt: skip
@click.option(
    "--state", type=click.Path(readable=False, path_type=Path),
    help="State directory that the node will have; with --systemd /var/lib/dialtree.",
)  # fmt: skip
@click.option("--shared", is_flag=True, hidden=True, help="Let the group read and write.")
def init(
    directory: Path, files: tuple[Path, ...], user: str, unit: Path | None, state: Path | None,
    shared: bool,
) -> None:  # fmt: skip
    """Make DIR a bare repository that people push to by SSH, with an account for it.

    Again it adds keys, and keeps what is there.
    """
    from engine.serving import Wanted, keys_of, set_up

    wanted = Wanted(directory.absolute(), keys_of(files), user, unit, shared, state)
    for line in set_up(wanted):
        click.echo(line)
