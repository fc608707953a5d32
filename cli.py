"""The command line: parse arguments, call, print. What the commands do lives in the rooms below.

Exit codes are part of the contract (docs/cli.md): 0 fine, 1 failed, and where a command says so
2 for "there are changes" / "refused" / "degraded" and 3 for "over a safety limit".
"""

import sys
from pathlib import Path
from typing import Any

import click

from engine.client import NodeClient
from engine.commandline import (
    Commands,
    bench,
    dir_option,
    directory_argument,
    format_option,
    kinds_of_calls,
    print_json,
    show_diagnostics,
    state_option,
    use_colour,
)
from engine.commands.bans import bans
from engine.commands.blame import blame
from engine.commands.devices import devices
from engine.commands.exports import export
from engine.commands.history import history
from engine.commands.imports import imports
from engine.commands.login import login
from engine.commands.secrets import secrets
from engine.commands.server import server
from engine.commands.suspension import resume, suspend
from engine.commands.tables import import_csv

FORMATS = ("text", "json", "github", "junit", "sarif")


def verdict(found: Any) -> str:
    """One line that ends `pbx validate`."""
    errors = len(found.errors)
    others = len(found.diagnostics) - errors
    if found.system is None:
        return f"{errors} error{'s' * (errors != 1)}, {others} other messages: it does not run"
    users, phones = len(found.system.users), len(found.system.phones)
    return f"valid: {users} users, {phones} phones; {others} messages"


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="dialtree", prog_name="pbx")
def main() -> None:
    """Dialtree, a PBX you git push."""


# The tree


@main.command()
@click.argument("directory", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--bare", is_flag=True, help="A bare repository on a node, to push to.")
@click.option("--hooks", is_flag=True, help="Only put the hooks into the repository in DIR.")
def init(directory: Path, bare: bool, hooks: bool) -> None:
    """Make a new config repository in DIR, with a small working PBX in it."""
    from engine.bootstrap import new_hooks, new_repository

    click.echo(new_hooks(directory) if hooks else new_repository(directory, bare=bare))


@main.command()
@directory_argument
@format_option(*FORMATS)
@click.option("--rev", help="Check this commit instead of the saved files.")
@click.option("--quiet", "-q", is_flag=True, help="Errors only, no summary.")
def validate(directory: Path, form: str, rev: str | None, quiet: bool) -> None:
    """Check the tree in DIR and print all diagnostics. Exit code 1 when there are errors."""
    found = (desk := bench(directory, None)).validate(desk.source(rev))
    shown = [d for d in found.diagnostics if d.severity == "error" or not quiet]
    show_diagnostics(shown, form)
    if form == "text" and not quiet:
        click.echo(verdict(found), err=True)
    sys.exit(0 if found.ok else 1)


@main.command()
@click.argument("path")
@dir_option
@format_option("text", "json")
def explain(path: str, directory: Path, form: str) -> None:
    """Show each value of PATH (such as users/alice) and where it comes from."""
    from schema.explanation import explain as explained

    desk = bench(directory, None)
    tree = desk.valid(desk.source())
    found = explained(tree.system, tree.origins, path)
    if form == "json":
        print_json(found.as_json())
    else:
        click.echo(found.as_text())


@main.command()
def schema() -> None:
    """Print the JSON Schema (draft 7) of the tree, for editors."""
    from schema.jsonschema import json_schema

    print_json(json_schema())


@main.command()
@click.argument("number")
@click.option(
    "--from", "caller", help="The user (or gateway) who calls; default: a user without permissions."
)
@click.option(
    "--at", default="now", help='When: "now", "14:30", "sunday 02:00", "2026-12-25 10:00".'
)
@click.option("--caller", "shown", help='The number of an outside caller; "" for anonymous.')
@dir_option
@format_option("text", "json")
def route(
    number: str, caller: str | None, at: str, shown: str | None, directory: Path, form: str
) -> None:
    """Show where a call to NUMBER goes, and why. Exit code 2 when it is refused."""
    from engine.routing import ask
    from schema.dialplan.view import as_json, as_text

    desk = bench(directory, None)
    decision = ask(desk.valid(desk.source()), number, caller, at, shown)
    if form == "json":
        print_json(as_json(decision))
    else:
        click.echo(as_text(decision))
    sys.exit(0 if decision.outcome == "routed" else 2)


@main.command()
@directory_argument
@format_option("text", "json", "junit", "github")
@click.option("--rev", help="Test this commit instead of the saved files.")
@click.option(
    "--cover", metavar="MIN", type=click.FloatRange(0, 100),
    help="Fail unless tests decide this share of the rules, in percent.",
)  # fmt: skip
def test(directory: Path, form: str, rev: str | None, cover: float | None) -> None:
    """Run the tests in tests/ and the proofs of the dial plan. Exit code 1 when one fails."""
    from engine.testing import try_out
    from schema.dialtest.views import render

    source = (desk := bench(directory, None)).source(rev)
    report = try_out(source, desk.validate(source), cover)
    click.echo(render(report, form, colour=use_colour(sys.stdout)))
    sys.exit(0 if report.ok else 1)


@main.command()
@directory_argument
@format_option("text", "json")
def codes(directory: Path, form: str) -> None:
    """List the feature codes: the rules that are dialled with * or # first."""
    from schema.dialplan.codes import as_text, feature_codes

    desk = bench(directory, None)
    tree = desk.valid(desk.source())
    found = list(feature_codes(tree.system, tree.origins))
    if form == "json":
        print_json({"codes": [code.as_json() for code in found]})
    else:
        click.echo(as_text(found))


@main.command()
@directory_argument
@click.option("--output", "-o", required=True, type=click.Path(file_okay=False, path_type=Path))
@state_option
def render(directory: Path, output: Path, state: Path | None) -> None:
    """Write every file that would be served, and snippets for DHCP and DNS servers, to OUTPUT.

    Without a master key, secrets are placeholders.
    """
    from engine.bootstrap import write_files

    desk = bench(directory, state)
    click.echo(write_files(desk.render(desk.source()), output))
    if not desk.state.master_key.exists():
        click.echo("no master key here: passwords are placeholders", err=True)


# Changes


@main.command()
@directory_argument
@click.option("--rev", help="What is wanted; default: the saved files.")
@click.option("--against", default="running", show_default=True, help="`running`, or a commit.")
@format_option("text", "json", "markdown")
@click.option(
    "--fail-on", metavar="KINDS", default="", callback=kinds_of_calls,
    help="Exit with 3 when calls of these kinds change, such as emergency,premium.",
)  # fmt: skip
@state_option
def diff(
    directory: Path,
    rev: str | None,
    against: str,
    form: str,
    fail_on: frozenset[str],
    state: Path | None,
) -> None:
    """Show what a change does, and what it means for calls.

    Exit code 0 nothing, 2 changes, 1 error or refused, 3 over a safety limit or by --fail-on.
    """
    from engine.drift.found import drift_as_text
    from engine.plan_views import as_json, as_markdown, as_text

    desk = bench(directory, state)
    plan = desk.plan(desk.source(rev), desk.baseline(against))
    drift = NodeClient(desk.state).drift() if against == "running" else None
    if form == "json":
        print_json({**as_json(plan), "drift": drift})
    else:
        click.echo(as_text(plan) if form == "text" else as_markdown(plan))
    if form == "text" and drift is not None:
        click.echo("\n".join(drift_as_text(drift)), nl=any(drift_as_text(drift)))
    caught = plan.meaning.caught(fail_on) if plan.meaning is not None else ()
    if caught:
        click.echo(f"needs approval: {', '.join(caught)}", err=True)
    sys.exit(1 if plan.refused else 3 if plan.unsafe or caught else 2 if plan.changes else 0)


@main.command()
@directory_argument
@click.option("--message", "-m", help="Subject of the commit, when there are saved changes.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@click.option("--force", is_flag=True, help="Run it over a safety limit, or on a suspended node.")
@state_option
def apply(directory: Path, message: str | None, yes: bool, force: bool, state: Path | None) -> None:
    """Show the plan, commit what is saved, let the node run it and wait until it is healthy."""
    from engine.plan_views import as_text
    from engine.submit import submit

    desk = bench(directory, state)
    plan = desk.plan(desk.source(), desk.baseline("running"))
    click.echo(as_text(plan))
    if plan.refused:
        sys.exit(1)
    if plan.unsafe and not force:
        click.echo("nothing was done; --force applies it all the same", err=True)
        sys.exit(3)
    if plan.changes and not yes:
        click.confirm("Apply this?", abort=True)
    click.echo(submit(desk, plan, message, force=force))


@main.command()
@click.argument("revision", required=False)
@dir_option
@click.option("--force", is_flag=True, help="Run it over a safety limit, or on a suspended node.")
@state_option
def rollback(revision: str | None, directory: Path, force: bool, state: Path | None) -> None:
    """Commit the tree of REVISION (default: what ran before) again, and run it."""
    from engine.submit import submit_rollback

    if revision is not None and directory == Path() and Path(revision).is_dir():
        directory, revision = Path(revision), None  # `pbx rollback DIR`
    click.echo(submit_rollback(bench(directory, state), revision, force=force))


# The node


@main.command()
@directory_argument
@click.option("--node", help="Which of `nodes` this machine is; needed where there are several.")
@state_option
@click.option("--remote", help="Follow a branch of this Git URL, polled; DIR is not used then.")
@click.option("--branch", help="The branch to follow; default: the repository's own.")
@click.option("--interval", default=30.0, show_default=True, help="Seconds between polls.")
@click.option("--worktree", is_flag=True, help="Run saved files while you edit, not only commits.")
@click.option(
    "--verify", metavar="FILE", type=click.Path(exists=True, path_type=Path),
    help="Signers of commits, for as long as what runs names none: see `system.verify`.",
)  # fmt: skip
@click.option(
    "--welcome", is_flag=True, help="Begin with what a newcomer needs, passwords included."
)
def run(directory: Path, state: Path | None, **options: Any) -> None:
    """Run this node's services on the tree in DIR, and follow it. Ctrl-C stops."""
    from engine.node import Options, run_node

    sys.exit(run_node(bench(directory, state), Options(**options)))


@main.command()
@directory_argument
@format_option("text", "json")
@state_option
def status(directory: Path, form: str, state: Path | None) -> None:
    """Show what runs. Exit code 0 healthy, 2 degraded, 1 unreachable."""
    from engine.status_views import status_as_text

    answer = NodeClient.at(directory, state).ask("/status")
    if form == "json":
        print_json(answer)
    else:
        click.echo(status_as_text(answer))
    sys.exit(0 if answer["healthy"] else 2)


@main.command()
@directory_argument
@format_option("text", "json")
@state_option
def selftest(directory: Path, form: str, state: Path | None) -> None:
    """Place a real call through the running node between two temporary users."""
    from engine.status_views import selftest_as_text

    answer = NodeClient.at(directory, state).ask("/selftest")
    if form == "json":
        print_json(answer)
    else:
        click.echo(selftest_as_text(answer))
    sys.exit(0 if answer["ok"] else 1)


main.add_command(bans)
main.add_command(blame)
main.add_command(devices)
main.add_command(export)
imports.add_command(import_csv)
main.add_command(imports)
main.add_command(login)
main.add_command(secrets)
main.add_command(history)
main.add_command(server)
main.add_command(suspend)
main.add_command(resume)


# Called by Git


@main.command(hidden=True)
@click.argument("name", type=click.Choice(("pre-receive", "post-receive", "pre-commit")))
@click.argument("directory", default=".", type=click.Path(path_type=Path))
def hook(name: str, directory: Path) -> None:
    """What the Git hooks call: judge a push or a commit, tell the node of a push."""
    from engine.hooks import run_hook

    sys.exit(run_hook(name, directory, sys.stdin if name != "pre-commit" else ()))


if __name__ == "__main__":
    main()
