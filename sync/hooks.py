"""The hook scripts that a repository gets: a few lines of sh that call this installation's `pbx`.

What a hook decides is in verdict.py. Scripts of others are never overwritten.
"""

import shlex
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from sync.errors import GitFailed, InitRefused
from sync.git import Repository

MARK = "# Written by pbx init."

GONE = {
    "pre-receive": (
        "The push was refused: pbx, which validates it, is not installed here any more.",
        1,
    ),
    "post-receive": (
        "The node was not told: pbx is not installed here any more. It looks by itself.",
        0,
    ),
    "pre-commit": ("Not validated: pbx is not installed here any more. The node will do it.", 0),
}
"""Each hook: what it says when its program is gone, and whether it then stands in the way.
Only pre-receive does: behind it is what runs."""

BARE_HOOKS = ("pre-receive", "post-receive")
WORKTREE_HOOKS = ("pre-commit",)

# Git starts every hook at the top of the repository it is about, hence the final dot.
SCRIPT = """\
#!/bin/sh
{mark} Do not edit: it is written again by the next pbx init.
if [ -x {program} ]; then
    exec {command} hook {name} .
fi
if command -v pbx >/dev/null; then
    exec pbx hook {name} .
fi
echo {message} >&2
exit {status}
"""


def this_installation() -> tuple[str, ...]:
    """The command that runs the `pbx` of this Python environment, by absolute path."""
    script = Path(sys.executable).with_name("pbx")
    return (str(script),) if script.exists() else (sys.executable, "-m", "cli")


def install_hooks(repository: Repository, command: Sequence[str] | None = None) -> list[Path]:
    """Write the hooks that suit the repository; the paths written.

    Raises InitRefused when a hook of somebody else is in the way.
    """
    folder = repository.common_dir / "hooks"
    folder.mkdir(exist_ok=True)
    names = BARE_HOOKS if repository.bare else WORKTREE_HOOKS
    for name in names:
        refuse_foreign(folder / name)
    for name in names:
        write_hook(folder / name, command or this_installation())
    insist_on(repository)
    return [folder / name for name in names]


def hook_troubles(repository: Repository) -> Iterator[str]:
    """What keeps our hooks from judging pushes and commits here, each a sentence."""
    again = f"pbx init --hooks {repository.directory} writes it again"
    for name in BARE_HOOKS if repository.bare else WORKTREE_HOOKS:
        path = repository.common_dir / "hooks" / name
        try:
            text, mode = path.read_text(errors="replace"), path.stat().st_mode
        except OSError:
            yield f"the hook {path} is missing: {again}"
            continue
        if not mode & 0o100:
            yield f"the hook {path} is not executable, so git passes over it: chmod +x"
        elif MARK not in text and f"hook {name}" not in text:
            yield f"the hook {path} is another's and does not call `pbx hook {name}`"


def refuse_foreign(path: Path) -> None:
    """Leave a hook that we have not written alone."""
    if path.exists() and MARK not in path.read_text(errors="replace"):
        raise InitRefused(path, f"is a hook of your own: call `pbx hook {path.name}` from it")


def write_hook(path: Path, command: Sequence[str]) -> None:
    """Put the script in place in one step: a push may be starting this very moment."""
    message, status = GONE[path.name]
    text = SCRIPT.format(
        mark=MARK,
        program=shlex.quote(command[0]),
        command=shlex.join(command),
        message=shlex.quote(message),
        status=status,
        name=path.name,
    )
    unfinished = path.with_name(f"{path.name}.new")
    unfinished.write_text(text)
    unfinished.chmod(0o755)
    unfinished.replace(path)


def insist_on(repository: Repository) -> None:
    """Where the user's own configuration sends hooks elsewhere, this repository keeps its own."""
    try:
        repository.git.run("config", "--get", "core.hooksPath")
    except GitFailed:
        return
    repository.git.run("config", "core.hooksPath", "hooks" if repository.bare else ".git/hooks")
