"""What the tree says of an import, as the policy of one run.

May know: the section `directories`. May not: what a run does.
"""

from schema.models import Directory
from sync.importing import Policy, Range


def policy_of(directory: Directory) -> Policy:
    """The policy of a directory's import."""
    numbers = directory.extensions
    return Policy(
        extensions=Range(numbers.first, numbers.last) if numbers is not None else None,
        disable_after=directory.missing.disable_after,
        delete_after=directory.missing.delete_after,
    )
