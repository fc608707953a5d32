"""Sites: whether emergency services learn where a caller is."""

from collections.abc import Iterator

from schema.assembly import Tree
from schema.diagnostics import Diagnostic
from schema.emergency import is_located


def check(tree: Tree) -> Iterator[Diagnostic]:
    """Report sites with users and without an emergency location."""
    for id_, site in tree.sites.items():
        if not is_located(site) and id_ in tree.mentions.populated_sites:
            message = f'the site "{id_}" has users and no emergency location'
            hint = 'add emergency_location: "1 Main St, Floor 2"'
            yield tree.report("PBX1218", message, "sites", id_, hint=hint)
