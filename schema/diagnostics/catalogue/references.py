"""PBX12xx: entries that refer to each other, or get in each other's way."""

from schema.diagnostics.catalogue.code import Code

CODES = (
    Code(
        "PBX1201", "duplicate-id", "error", "An id is defined twice",
        "An id (or a rule's name) is unique in its section, over all files. Two definitions are "
        "never merged.",
        "Remove one of them, or give it another id.",
    ),
    Code(
        "PBX1202", "unknown-user", "error", "A user is not known",
        "A phone's line or key names a user that is in no file of the tree.",
        "Correct the id, or add the user. Lines and BLF keys take ids, not extensions.",
    ),
    Code(
        "PBX1203", "duplicate-extension", "error", "An extension is used twice",
        "Two users have the same extension, so a call to it could go to either.",
        "Give one of them another; the hint names a free one.",
    ),
    Code(
        "PBX1204", "duplicate-did", "error", "A DID is used twice",
        "A number from outside leads to exactly one user.",
        "Remove it from one of the users; forward to the other if both should ring.",
    ),
    Code(
        "PBX1205", "name-clash", "error", "An alias, id or extension means two users",
        "Ids, extensions and aliases are all things that can be called, so no two users may "
        "share one, whatever kind it is.",
        "Rename one of them.",
    ),
    Code(
        "PBX1206", "unknown-group", "error", "A group is not known",
        "A user is in a group that is in no file of the tree, so the permissions and settings "
        "it should give are missing.",
        "Correct the name, or add the group.",
    ),
    Code(
        "PBX1207", "unknown-site", "error", "A site is not known",
        "Something stands at a site that is in no file of the tree.",
        "Correct the name, or add the site.",
    ),
    Code(
        "PBX1208", "unknown-gateway", "error", "A gateway is not known",
        "A rule sends calls by a gateway that is in no file of the tree.",
        "Correct the name, or add the gateway.",
    ),
    Code(
        "PBX1209", "unknown-schedule", "error", "A schedule is not known",
        "`when` names a schedule that is in no file of the tree.",
        "Correct the name, or add the schedule.",
    ),
    Code(
        "PBX1210", "unused-permission", "warning", "A permission is granted that no rule asks for",
        "Permissions are words that rules require and that users, groups and sites grant. No "
        "rule requires this one, so granting it does nothing. Often it is a typing error.",
        "Correct the word, or remove it.",
    ),
    Code(
        "PBX1211", "unknown-model", "error", "A phone's model is not known",
        "No device family, neither a built-in one nor one in the tree's folder `devices/`, has "
        "a model of this name, so no profile can be made.",
        "Correct the name. For a model that is not supported, add a family to `devices/`.",
    ),
    Code(
        "PBX1212", "duplicate-mac", "error", "A MAC address is used twice",
        "Two entries spell the same MAC address differently. There is only one such phone.",
        "Keep one entry, with the address as 12 lower-case digits.",
    ),
    Code(
        "PBX1213", "forward-to-oneself", "error", "A user forwards to themselves",
        "The call would come back to where it was.",
        "Forward to another number, or remove the entry.",
    ),
    Code(
        "PBX1214", "disabled-user", "warning", "A phone shows a user who is disabled",
        "The user is `enabled: false`, so the line cannot register and the lamp stays dark.",
        "Remove the line or key, or enable the user.",
    ),
    Code(
        "PBX1215", "no-number", "warning", "A user has no number",
        "Without an extension, DID or alias of digits, only SIP software can call this user; "
        "nobody can from a key pad.",
        "Add an `extension`.",
    ),
    Code(
        "PBX1216", "unused-schedule", "warning", "A schedule is not used",
        "No rule and no forwarding names it in `when`.",
        "Remove it, or use it.",
    ),
    Code(
        "PBX1217", "no-such-line", "error", "A key is for a line that the phone does not have",
        "`line: 3` is the phone's third line, and `lines` lists fewer.",
        "Correct the number, or add the line.",
    ),
    Code(
        "PBX1218", "no-emergency-location", "warning", "A site has no emergency location",
        "Emergency services are told where a caller is by the site's `emergency_location`, "
        "`emergency_civic` or `emergency_point`. This site has users and none of them.",
        "Add the address, with floor and room where that helps.",
    ),
    Code(
        "PBX1219", "foreign-caller-id", "warning", "A caller ID belongs to somebody else",
        "The user shows a number to the outside that is another user's DID, so those who call "
        "back reach the other one.",
        "Use one of the user's own DIDs, or a number that is nobody's.",
    ),
    Code(
        "PBX1220", "repeated-line", "error", "A user is on two lines of one phone",
        "A phone registers each of its lines under the user's id. Twice the same is one "
        "registration, and the phone would overwrite it in turns.",
        "Keep one of the lines.",
    ),
    Code(
        "PBX1221", "unknown-hunt-group", "error", "A hunt group does not exist",
        "The tree names a hunt group that no file defines.",
        "Correct the name, or add the group to `hunt_groups`.",
    ),
)  # fmt: skip
