"""Whether the Git host can be told of commits, and whether the canary is a node."""

from collections.abc import Iterator

from schema.assembly import Tree
from schema.checks.told import host_of, is_loopback
from schema.diagnostics import Diagnostic
from schema.models.git_host import GitHost
from schema.suggest import did_you_mean


def check(tree: Tree) -> Iterator[Diagnostic]:
    """Report a Git host that cannot be told, or only in clear, and a canary that is no node."""
    if tree.system is None:
        return
    if tree.system.git_host is not None:
        yield from _git_host(tree, tree.system.git_host)
    canary = tree.system.canary
    if canary is not None and canary not in tree.ids["nodes"]:
        hint = did_you_mean(canary, tree.ids["nodes"], "nodes")
        yield tree.report("PBX1892", f'there is no node "{canary}"', "system", "canary", hint=hint)


def _git_host(tree: Tree, host: GitHost) -> Iterator[Diagnostic]:
    if not host.base:
        message = f"where is the {host.kind} of {host.project}?"
        hint = "add url: https://git.example.net"
        yield tree.report("PBX1890", message, "system", "git_host", hint=hint)
    elif host.base.startswith("http:") and not is_loopback(host_of(host.base) or ""):
        message = "the token of the Git host goes over the network in clear"
        path = ("system", "git_host", "url")
        yield tree.report("PBX1891", message, *path, hint="use https://")
