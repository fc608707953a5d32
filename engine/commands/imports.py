"""`pbx import`: people and phones of a source into the tree, as commits."""

import functools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.commandline import (
    bench,
    dir_option,
    format_option,
    print_json,
    show_diagnostics,
    state_option,
)

if TYPE_CHECKING:
    from engine.importing import Report, Request


@click.group(name="import")
def imports() -> None:
    """People and phones of a directory or a table, as commits."""


def request_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What every import can be asked for; the command takes it as `request`."""

    @functools.wraps(command)
    def call(
        dry_run: bool,
        force: bool,
        take: tuple[str, ...],
        remote: str | None,
        branch: str | None,
        **rest: Any,
    ) -> Any:
        from engine.importing import Request

        request = Request(dry_run, force, frozenset(take), remote, branch)
        return command(request=request, **rest)

    for option in (
        click.option("--remote", help="Commit to this Git URL; DIR is not used then."),
        click.option("--branch", help="The branch to commit to; default: the followed one."),
        click.option("--force", is_flag=True, help="Do it although it is over a safety limit."),
        click.option(
            "--take", metavar="PATH", multiple=True,
            help="Hand what a person wrote back to the import: users/alice, users/alice/name.",
        ),
        click.option("--dry-run", is_flag=True, help="Show what it would do, and do nothing."),
    ):  # fmt: skip
        call = option(call)
    return call


@imports.command()
@click.argument("name", required=False)
@request_options
@dir_option
@format_option("text", "json")
@state_option
def ldap(
    name: str | None, request: "Request", directory: Path, form: str, state: Path | None
) -> None:
    """Import the people of the directory NAME; of all `directories` without it.

    Exit code 3 where a safety limit stops it.
    """
    from engine.importing import directory_task, run_import
    from engine.importing.run import directories_of

    desk = bench(directory, state)
    names = [name] if name else directories_of(desk, request)
    show(
        [run_import(desk, directory_task(one, desk.secret_reader), request) for one in names], form
    )


def show(reports: "list[Report]", form: str) -> None:
    """Print what came of imports, and exit with the gravest code."""
    if form == "json":
        print_json({"imports": [report.as_json() for report in reports]})
    else:
        for report in reports:
            _show_text(report)
    sys.exit(max((report.exit_code for report in reports), default=0))


def _show_text(report: "Report") -> None:
    if report.difference:
        click.echo(report.difference)
    show_diagnostics(report.warnings, "text", err=True)
    for sentence in report.said:
        click.echo(sentence)
    if report.outcome == "nothing":
        click.echo(f"{report.importer}: nothing to change")
    for limit in report.unsafe:
        click.echo(f"{report.importer} {limit}", err=True)
    if report.outcome == "unsafe":
        click.echo("nothing was done; --force does it all the same", err=True)
