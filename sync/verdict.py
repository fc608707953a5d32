"""What the hooks decide: whether a push or a commit may go in, and what its author reads.

Judges the tree straight from the pushed objects, before they are part of the repository: git
keeps them in quarantine (git-receive-pack(1), "QUARANTINE ENVIRONMENT") and tells its children
through the environment where they are. Validation itself is handed in. Nothing here raises and
nothing prints: the text goes to the one who pushed, so it never is a traceback.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, Protocol

from schema.diagnostics import Diagnostic, render
from schema.tree import TreeSource
from sync.errors import GitFailed, RepositoryError
from sync.git import Repository

VALIDATION_TIMEOUT = 60.0
"""Seconds after which a tree counts as refused; a pusher should not wait for ever."""

SIGN = (
    "hint: this PBX runs signed commits only. git commit --amend -S signs the newest one,\n"
    "git rebase --exec 'git commit --amend --no-edit -S' COMMIT all after COMMIT."
)

SHOWN = 50
"""Diagnostics in one answer; a broken indentation can cause thousands."""


class Judgement(Protocol):
    """What validation found; schema.validate.Validation is one."""

    @property
    def ok(self) -> bool:
        """Whether the tree may run."""

    @property
    def diagnostics(self) -> Sequence[Diagnostic]:
        """Everything that was found, warnings too."""


Validate = Callable[[TreeSource], Judgement]

Nudge = Callable[[str], str | None]
"""Tell the running node of a commit (full id): its answer in a few words ("pbx1 runs it, 80 ms"),
"" when it took note without saying more, None when no node was reached."""


class Verdict(NamedTuple):
    """The hook's exit code and the text for its standard error."""

    code: int
    text: str


class Update(NamedTuple):
    """One line of a receive hook's input (githooks(5)): ids before and after, full ref name."""

    old: str
    new: str
    ref: str

    @property
    def creates(self) -> bool:
        """The ref is new."""
        return not self.old.strip("0")

    @property
    def deletes(self) -> bool:
        """The ref goes away."""
        return not self.new.strip("0")


Doubt = Callable[[Repository, Update], str | None]
"""Why nobody vouches for a pushed commit; None when somebody does, or need not."""


def pre_receive(
    lines: Iterable[str],
    repository: Repository,
    validate: Validate,
    doubt: Doubt = lambda _repository, _update: None,
) -> Verdict:
    """Judge a push. Only the followed branch matters; everything else passes."""
    try:
        branch = repository.followed_branch()
        update = update_of(branch, lines)
        if update is None:
            return Verdict(0, "")
        return judge_update(update, branch, repository, validate, doubt)
    except RepositoryError as error:
        return Verdict(1, f"The push was refused: {error}.")


def post_receive(lines: Iterable[str], repository: Repository, nudge: Nudge) -> Verdict:
    """Tell the node of an accepted push, and the pusher what became of it."""
    try:
        update = update_of(repository.followed_branch(), lines)
    except RepositoryError as error:
        return Verdict(0, f"The node was not told: {error}.")
    if update is None or update.deletes:
        return Verdict(0, "")
    commit = update.new[:7]
    try:
        answer = nudge(update.new)
    except Exception as error:  # the push is in; no failure here may look like its
        return Verdict(0, f"{commit} is accepted; the node could not be told: {brief(error)}.")
    if answer is None:
        return Verdict(0, f"{commit} is accepted. No running node was reached; it runs at start.")
    return Verdict(0, f"{commit} is accepted: {answer or 'the node will apply it'}.")


def pre_commit(repository: Repository, validate: Validate) -> Verdict:
    """Judge what is staged, not what lies in the working tree."""
    try:
        source = repository.staged()
    except GitFailed as error:
        return Verdict(1, f"The commit was refused: {error}.")
    except RepositoryError as error:
        return Verdict(1, str(error))
    hint = "To commit it all the same (with errors it will not run): git commit --no-verify"
    return judge_tree(source, validate, "The commit was refused", hint)


def update_of(branch: str, lines: Iterable[str]) -> Update | None:
    """What the push does to `branch`, None when it leaves it alone."""
    for line in lines:
        words = line.rstrip("\n").split(" ", 2)
        if len(words) == 3 and words[2] == f"refs/heads/{branch}":
            return Update(*words)
    return None


def judge_update(
    update: Update, branch: str, repository: Repository, validate: Validate, doubt: Doubt
) -> Verdict:
    """A push to the followed branch."""
    if update.deletes:
        return Verdict(1, f"The push was refused: the PBX runs {branch}, it cannot be deleted.")
    if is_rewritten(update, repository) and not repository.setting("dialtree.allowForcePush"):
        return Verdict(
            1,
            f"The push was refused: it would drop commits from {branch}, which the PBX runs.\n"
            "hint: git pull --rebase, then push again. To allow rewriting, on the server:\n"
            f"  git -C {repository.directory} config dialtree.allowForcePush true",
        )
    reason = doubt(repository, update)
    if reason is not None:
        return Verdict(1, f"The push was refused: {reason}.\n{SIGN}")
    source = repository.tree(update.new)
    return judge_tree(source, validate, "The push was refused", "Correct it, commit, push again.")


def is_rewritten(update: Update, repository: Repository) -> bool:
    """Whether the push is not a fast-forward."""
    return not update.creates and not repository.is_ancestor(update.old, update.new)


def judge_tree(source: TreeSource, validate: Validate, refusal: str, hint: str) -> Verdict:
    """Validate within bounds. What crashes or takes too long does not go in."""
    try:
        judgement = within(VALIDATION_TIMEOUT, lambda: validate(source))
    except TimeoutError:
        return Verdict(1, f"{refusal}: validating took over {VALIDATION_TIMEOUT:g} s.")
    except Exception as error:  # a defect of ours must not let a bad tree in
        return Verdict(1, f"{refusal}: the validation itself failed ({brief(error)}). It is a bug.")
    text = shown(judgement.diagnostics)
    if judgement.ok:
        return Verdict(0, text)
    return Verdict(1, f"{text}\n\n{refusal}. {hint}".lstrip())


def shown(diagnostics: Sequence[Diagnostic]) -> str:
    """The first diagnostics as text, errors before warnings, and how many there are beyond."""
    ordered = sorted(diagnostics, key=lambda diagnostic: diagnostic.severity != "error")
    text = render(ordered[:SHOWN], "text") if ordered else ""
    more = len(ordered) - SHOWN
    return f"{text}\n… and {more} more: pbx validate shows all" if more > 0 else text


def within(seconds: float, work: Callable[[], Judgement]) -> Judgement:
    """What `work` returns or raises; TimeoutError after `seconds`, with the thread left behind."""
    outcome: list[Judgement | BaseException] = []

    def run() -> None:
        try:
            outcome.append(work())
        except BaseException as error:  # raised again by the caller
            outcome.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if not outcome:
        raise TimeoutError
    if isinstance(outcome[0], BaseException):
        raise outcome[0]
    return outcome[0]


def brief(error: BaseException) -> str:
    """An unexpected exception in one line."""
    words = " ".join(str(error).split())
    return f"{type(error).__name__}: {words}" if words else type(error).__name__
