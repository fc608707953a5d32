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
        "PBX1604", "costly-without-permission", "warning",
        "Costly numbers can be called without the permission for them",
        "Some numbers that the rule takes leave, after everything that it makes of them, as ones "
        "that cost much: premium, international or shared-cost numbers of the region, or what "
        "`system.number_classes` says instead. The rule asks for other permissions, and nothing "
        "before it takes these numbers. In North America the Caribbean looks like a long-distance "
        "call, and `1 900` as well.",
        "Put a rule for these numbers before it that asks for `premium` or `international`; the "
        "hint has the patterns. Premium numbers may ask for `restricted`, shared-cost ones for "
        "`shared_cost` as well. A rule whose type is one of these counts as meant.",
    ),
    Code(
        "PBX1605", "ambiguous-rules", "warning", "Part of a rule's numbers go by a wider rule",
        "Two rules that ask for different permissions overlap, neither holds all numbers of the "
        "other, and the wider one comes first, so that it takes some numbers which the narrower "
        "one is there for. Patterns of one length without `.` and `!` are compared, among rules "
        "that hold at all times. An exception that comes before the general rule is as it should "
        "be, and is not told.",
        "Move the narrower rule up, or change one of the patterns so that they do not overlap.",
    ),
    Code(
        "PBX1606", "silent-loop", "error", "A call goes round in a circle, and nobody rings",
        "Forwardings, fallbacks of hunt groups or rules that lead to a number come back to where "
        "they began, and on the way there is no phone that could ring. Such a call is ended with "
        "480 or 482. Hours are taken into account: there is a moment at which it happens.",
        "Lead one of the steps to somebody who answers.",
    ),
    Code(
        "PBX1607", "did-does-not-land", "warning", "A DID does not land at whose it is",
        "Calls from outside to this number do not reach the user or hunt group that has it: who "
        "has it is disabled, or a rule `from` the gateway takes the number first and leads it to "
        "somebody else, or no enabled gateway has it in its `inbound.dids` where all of them "
        "declare theirs. A rule that leads to a hunt group in which the user is counts as landing.",
        "Give the number to who should have it, or narrow the rule.",
    ),
    Code(
        "PBX1608", "gap-in-range", "warning", "Numbers of a declared range reach nobody",
        "The gateway brings a range of numbers (`inbound.dids`). Some of them are nobody's DID, no "
        "rule `from` the gateway takes them at all times, and it has no `inbound.fallback`, so "
        "callers are told that there is no such number.",
        "Add `inbound: {fallback: {user: reception}}` to the gateway.",
    ),
    Code(
        "PBX1609", "own-proof-refuted", "error", "Something that was to be proved is not so",
        "An entry of `prove` says what nobody, or everybody, of some users reaches. All numbers "
        "that they can dial were looked at, at every moment, and this one shows that it is not so. "
        "What counts is the number as it leaves, without the gateway's `prefix`.",
        "Change the rule that the message names, or the claim.",
    ),
    Code(
        "PBX1610", "permission-without-rule", "warning",
        "A permission is granted, and no rule is there for it",
        "Somebody may call long-distance, mobile, international, premium or toll-free numbers, but "
        "no enabled rule asks for that permission, and no other rule lets the number out that the "
        "message names: the rule was forgotten.",
        "Add the rule, or take the permission away.",
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
        "PBX1612", "loop", "warning", "Forwardings lead in a circle",
        "A forwards to B, and B to A, or the circle is longer or goes by a hunt group or a rule. "
        "Somebody rings on the way, but nobody rings twice in one call, so the last step has no "
        "effect, and a call that nobody takes just ends. Hours are taken into account: there is a "
        "moment at which a call goes all the way round.",
        "Lead one of the steps to somebody else, such as a reception or an outside number.",
    ),
    Code(
        "PBX1699", "too-complex", "warning", "The rules are too entangled to be proved",
        "The patterns overlap in so many ways that they cannot be told apart in reasonable time. "
        "Calls are routed all the same; only the proofs are missing.",
        "Replace patterns that begin with X by the numbers that are meant.",
    ),
)  # fmt: skip
