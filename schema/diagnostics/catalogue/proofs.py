"""PBX16xx: what was proved of the dial plan, and did not hold."""

from schema.diagnostics.catalogue.code import Code

CODES = (
    Code(
        "PBX1601", "no-way-to-help", "error", "An emergency number reaches no gateway",
        "A rule of type `emergency` takes the number, but what it makes of it cannot be dialled, "
        "so whoever calls for help by it is refused.",
        "Let the rule leave a number: `dial: \"911\"` makes the same of whatever it matches.",
    ),
    Code(
        "PBX1602", "single-emergency-gateway", "warning",
        "A single gateway carries all emergency calls",
        "Emergency calls are tried on every enabled gateway that does not say `emergency: false`. "
        "There is one only. When it is down, or its line is cut, nobody can call for help.",
        "Add a second gateway, best by another carrier or an analogue line.",
    ),
    Code(
        "PBX1603", "emergency-number-without-rule", "warning",
        "An emergency number has no emergency rule",
        "The number reaches emergency services in the region of the system or of a site, but no "
        "rule of type `emergency` takes it: it is refused, leaves as an ordinary call with all "
        "permissions and schedules, or rings somebody whose extension it is. The same goes for the "
        "number behind the digits for an outside line, which is what people in a hurry dial. What "
        "counts as an emergency number is `system.number_classes.emergency`, or else known of the "
        "region.",
        "Add the number to `match` of an emergency rule.",
    ),
    Code(
        "PBX1611", "no-emergency-number-leaves", "warning",
        "An emergency call leaves by another number",
        "An emergency rule takes the number, but what its `strip`, `prepend` or template leave is "
        "no emergency number of the region, so the carrier may not know what to do with it. A "
        "number that is written down in `dial` is taken as it is.",
        "Let the rule leave the emergency number: `dial: \"911\"`.",
    ),
    Code(
        "PBX1699", "too-complex", "warning", "The rules are too entangled to be proved",
        "The patterns overlap in so many ways that they cannot be told apart in reasonable time. "
        "Calls are routed all the same; only the proofs are missing.",
        "Replace patterns that begin with X by the numbers that are meant.",
    ),
)  # fmt: skip
