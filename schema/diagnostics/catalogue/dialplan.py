"""PBX13xx: rules and schedules."""

from schema.diagnostics.catalogue.code import Code

CODES = (
    Code(
        "PBX1301", "bad-pattern", "error", "A dial pattern is not valid",
        "Patterns are Asterisk's: digits, `*`, `#` and `+` stand for themselves, `X` is 0-9, "
        "`Z` 1-9, `N` 2-9, `[13-5]` one of a set; at the end, `.` is one or more characters and "
        "`!` none or more.",
        "Correct the pattern, and keep it in quotes.",
    ),
    Code(
        "PBX1302", "rule-goes-nowhere", "error", "A rule leads nowhere",
        "A rule with gateways in `via` leads out of the system. One without leads to the user "
        "whose number results from `dial`, or from `strip` and `prepend`. This one does neither, "
        "or it dials a number that is nobody's.",
        "Add `via: [gateway]`, or correct what is dialled.",
    ),
    Code(
        "PBX1303", "dial-and-strip", "error", "A rule both replaces and rewrites the number",
        "`dial` replaces the number altogether, so `strip` and `prepend` have nothing to work on.",
        "Keep either `dial`, or `strip` and `prepend`.",
    ),
    Code(
        "PBX1304", "hidden-rule", "warning", "A rule is never reached",
        "The first rule that matches and is open decides. Emergency rules come before all others, "
        "and numbers of users and hunt groups before all but those. Here earlier ones take every "
        "number that the rule matches, at every moment at which it is open: one of them, or "
        "several together. This is proved, not guessed.",
        "Move the rule up, or make the earlier one narrower. Files are read in name order, "
        "`pbx.yaml` first.",
    ),
    Code(
        "PBX1305", "no-emergency-rule", "warning", "No rule handles emergency calls",
        "No enabled rule has `type: emergency`. Calls to the emergency number fail, or need a "
        "permission.",
        'Add a rule such as `{rule: emergency, type: emergency, match: ["911", "9911"], '
        'dial: "911", via: [pstn]}` at the top of the dial plan.',
    ),
    Code(
        "PBX1306", "emergency-without-gateway", "error", "An emergency rule has no working gateway",
        "The rule for emergency calls names no gateway, or only gateways that are disabled.",
        "Add a gateway to `via`.",
    ),
    Code(
        "PBX1307", "permission-nobody-has", "warning", "A rule needs a permission that nobody has",
        "No user, group or site grants it, so every call that this rule matches is refused with "
        "403.",
        "Grant the permission to a group, or correct `allow`. `allow: []` lets everybody in. "
        "Without `allow`, a rule needs the permission that is named as its type.",
    ),
    Code(
        "PBX1308", "bad-schedule", "error", "A schedule cannot be read",
        'Weekly hours are written as `"mon-fri 09:00-17:30"`, days as `"2026-12-25"`, with or '
        "without hours.",
        "Write the entry as the hint says, in quotes.",
    ),
    Code(
        "PBX1309", "empty-schedule", "warning", "A schedule never holds",
        "It has neither `weekly` hours nor `dates`, so what depends on it never happens.",
        "Add hours, or remove the schedule.",
    ),
    Code(
        "PBX1310", "strips-everything", "error", "A rule strips more digits than it matches",
        "The pattern matches fewer digits than `strip` takes away, so nothing is left to dial.",
        "Lower `strip`, or correct the pattern.",
    ),
    Code(
        "PBX1311", "emergency-condition", "warning", "Emergency calls know no conditions",
        "Rules of type `emergency` hold for everybody and at all times, so `when` and `allow` "
        "have no effect on them.",
        "Remove the key, or give the rule another type.",
    ),
    Code(
        "PBX1312", "extension-is-emergency", "error", "A user's number is an emergency number",
        "Emergency rules are asked before users are looked up, so calls to this number never "
        "reach the user.",
        "Give the user another extension or alias.",
    ),
    Code(
        "PBX1313", "disabled-gateway", "warning", "A rule has no enabled gateway",
        "All gateways in `via` are `enabled: false`, so the rule's calls fail.",
        "Enable a gateway, or disable the rule.",
    ),
    Code(
        "PBX1314", "reserved-destination", "error", "A service is not there yet",
        "The words voicemail, attendant, conference, park, queue and paging are kept for services "
        "that calls can be led to one day. Today they lead nowhere.",
        "Lead the call to a `user`, a `hunt_group` or a `number`.",
    ),
    Code(
        "PBX1315", "two-destinations", "error", "A rule says twice where a call goes",
        "`to` leads a call to somebody inside. `via` leads it out by gateways, and `dial`, `strip` "
        "and `prepend` make the number that is looked for; beside `to` they mean nothing.",
        "Keep `to`, or the others.",
    ),
    Code(
        "PBX1316", "through-call", "error", "A rule lets callers from outside out again",
        "A rule with `from` is for calls that come in by those gateways. With `via` it would let "
        "anybody in the world call at your expense.",
        "Lead the call inside with `to` or `dial`. Who should be called outside is forwarded to by "
        "a user, with that user's permissions.",
    ),
    Code(
        "PBX1317", "emergency-destination", "error", "An emergency rule is for calls out only",
        "Calls for help come from users and leave by gateways; `from` and `to` do not fit.",
        "Name gateways in `via`, or give the rule another type.",
    ),
    Code(
        "PBX1318", "pickup-destination", "error", "A pickup rule has a destination",
        "A rule of type `pickup` takes a call that rings at somebody else: at whoever has the "
        "number that is left after `strip`, or in one's own groups when none is left.",
        "Remove the key.",
    ),
    Code(
        "PBX1320", "repeated-member", "error", "A user is in a hunt group twice",
        "Nobody rings twice in one call, so the second mention has no effect.",
        "Keep one of them.",
    ),
    Code(
        "PBX1321", "silent-hunt-group", "warning", "Nobody in a hunt group can ring",
        "All its members are `enabled: false`. Calls go to the `fallback` at once, or fail.",
        "Enable a member, or disable the group.",
    ),
    Code(
        "PBX1322", "turn-never-comes", "warning", "A member's turn never comes",
        "Members ring one after the other, each for `ring`. The group's `timeout` is over before "
        "it is this one's turn.",
        "Raise `timeout`, or lower `ring`.",
    ),
)  # fmt: skip
