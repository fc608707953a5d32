"""`pbx secrets init`: the keys of a node are made, and never replaced.

May know: the state directory, the tree's recipients. May not: what the keys are for.
"""

from pathlib import Path

from engine.sealing import documents
from engine.secrets.identities import link_identity, load_identities, make_identity
from engine.secrets.master import load_or_create_master_key
from engine.secrets.sealing import fingerprints
from engine.workbench import Workbench
from schema.secret_places import recipients_in
from schema.tree import SourceError
from sync.errors import RepositoryError


def set_up(desk: Workbench, ssh_key: Path | None = None) -> str:
    """Make what is missing of the node's keys; what to tell the user.

    `ssh_key` is to be the node's in place of a new one of age. Raises SecretsError, StateError.
    """
    state = desk.state
    state.create()
    if ssh_key is None:
        made = make_identity(state.identity)
    else:
        made = link_identity(state.identity, ssh_key)
    identities = load_identities(state.identity)
    had_master = state.master_key.exists()
    load_or_create_master_key(state.master_key)
    lines = [
        _said(made, state.identity, "opens the secrets that are sealed in the tree"),
        _said(not had_master, state.master_key, "all derived passwords come from it"),
        "",
        *_recipient(desk, identities.public),
        "",
        "Back up both, as you keep a root password: without them nobody opens the sealed secrets, "
        "and every phone has to be provisioned again.",
    ]
    return "\n".join(lines)


def _said(made: bool, path: Path, purpose: str) -> str:
    return f"{'made' if made else 'there is already'} {path}: {purpose}"


def _recipient(desk: Workbench, public: tuple[str, ...]) -> list[str]:
    """The lines for the tree, or that it has them."""
    try:
        listed = recipients_in(documents(desk.source()))
    except (SourceError, RepositoryError):
        listed = ()
    if fingerprints(public) & fingerprints(listed):
        return ["The tree lists its recipient: what is sealed there can be opened here."]
    quoted = (f'      - "{key}"' for key in public)
    return [
        "Put its recipient into the tree, so that secrets are sealed for it, too:",
        "",
        "system:",
        "  secrets:",
        "    recipients:",
        *quoted,
        "",
        "Secrets that are sealed already: `pbx secrets rotate --recipients`, where they can be "
        "opened.",
    ]
