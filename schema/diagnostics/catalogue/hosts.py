"""PBX189x: who is told of commits beside the people: other nodes, and the Git host."""

from schema.diagnostics.catalogue.code import Code

CODES = (
    Code(
        "PBX1890", "git-host-without-address", "error", "Nobody knows where the Git host is",
        "GitHub and GitLab have public addresses; every Gitea and Forgejo is somebody's own.",
        "Write `url: https://git.example.net`.",
    ),
    Code(
        "PBX1891", "git-host-in-clear", "warning", "The token of the Git host goes in clear",
        "Over `http:` whoever is on the way reads the token, and can set statuses with it.",
        "Use `https://`, or a host on the node itself.",
    ),
    Code(
        "PBX1892", "unknown-canary", "error", "The canary is no node of the tree",
        "`system.canary` names the node that runs a commit first. All others would wait for one "
        "that does not exist.",
        "Name one of `nodes`, or remove `canary`.",
    ),
)  # fmt: skip
