"""PBX1870-1889: what a commit may do, and whose commits run."""

from schema.diagnostics.catalogue.code import Code

CODES = (
    Code(
        "PBX1870", "unknown-critical-entry", "error", "Something critical does not exist",
        "`system.safety.critical` names entries whose loss a commit has to be forced for. One that "
        "does not exist, because it is misspelt or was renamed, is watched over by nobody.",
        "Write section and id of an entry, such as `gateways/pstn`, or `rules/` and the name of a "
        "rule. Whoever removes a critical entry removes it here in the same commit.",
    ),
)  # fmt: skip
