"""What all commands share: how DIR and options are read, how results are shown.

May know: click, diagnostics, the errors of all rooms. May not: what any command does.
"""

import functools
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.control import ControlError

if TYPE_CHECKING:
    from engine.workbench import Workbench


class Failure(click.ClickException):
    """What went wrong, in words; exit code 1."""

    def show(self, file: Any = None) -> None:
        click.echo(f"pbx: {self.message}", err=True)


class Commands(click.Group):
    """The group of all commands: errors of every room become one line and an exit code."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except ControlError as error:
            raise Failure(str(error)) from error
        except Exception as error:
            from engine.errors import InvalidTree, explain_to_user

            if isinstance(error, InvalidTree):
                show_diagnostics(error.diagnostics, "text", err=True)
                context.exit(1)
            raise Failure(explain_to_user(error)) from error


def bench(directory: Path, state: Path | None) -> "Workbench":
    """What can be done with DIR. Loaded late: it brings all checks and renderers along."""
    from engine.workbench import Workbench

    return Workbench.at(directory, state)


def directory_argument(command: Callable[..., Any]) -> Callable[..., Any]:
    """DIR, the configuration repository; the current directory by default."""
    kind = click.Path(path_type=Path)
    return click.argument("directory", metavar="[DIR]", default=".", type=kind)(command)


def state_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """--state, as given to `pbx run`."""
    kind = click.Path(file_okay=False, path_type=Path)
    text = "State directory of the node, as given to `pbx run`."
    return click.option("--state", type=kind, help=text)(command)


def format_option(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """--format, the first being the default."""
    return click.option(
        "--format", "form", type=click.Choice(names), default=names[0], show_default=True,
        help="How to print.",
    )  # fmt: skip


def kinds_of_calls(_: click.Context, __: click.Parameter, text: str) -> frozenset[str]:
    """Kinds of calls in an option, separated by commas."""
    from schema.meaning.kinds import TOLD

    found = frozenset(word.strip() for word in text.split(",") if word.strip())
    unknown = sorted(found.difference(TOLD))
    if unknown:
        raise click.BadParameter(f"there is no {unknown[0]}; there are {', '.join(TOLD)}")
    return found


def dir_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """DIR behind another argument, or as --dir before it."""
    kind = click.Path(path_type=Path)
    text = "The configuration repository; the current directory by default."

    @functools.wraps(command)
    def call(directory: Path | None, after: Path | None, **rest: Any) -> Any:
        return command(directory=after or directory or Path(), **rest)

    option = click.option("--dir", "-C", "directory", type=kind, help=text)
    return option(click.argument("after", metavar="[DIR]", required=False, type=kind)(call))


def duration(_: click.Context, __: click.Parameter, text: str) -> float:
    """Seconds, from 30m or 2h."""
    from pydantic_core import PydanticCustomError

    from schema.models.base import seconds

    try:
        return seconds(text)
    except PydanticCustomError as error:
        raise click.BadParameter(error.message()) from None


def show_diagnostics(diagnostics: Any, form: str, *, err: bool = False) -> None:
    """Print diagnostics in one of their five views."""
    from schema.diagnostics import render

    colour = form == "text" and use_colour(sys.stderr if err else sys.stdout)
    text = render(diagnostics, form, colour=colour)
    if text:
        click.echo(text.rstrip("\n"), err=err)


def use_colour(stream: Any) -> bool:
    """On a terminal, unless NO_COLOR is set (no-color.org)."""
    return bool(stream.isatty()) and not os.environ.get("NO_COLOR")


def print_json(value: Any) -> None:
    """Stable and machine-readable."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))
