"""PBX1840-1849: imports, where what a source says meets what is in the tree."""

from schema.diagnostics.catalogue.code import Code

CODES = (
    Code(
        "PBX1840", "unknown-importer", "warning", "An entry is kept by an unknown directory",
        "`managed_by: ldap/NAME` says that the import of the directory NAME keeps the entry. "
        "Without that directory nobody does, and whoever leaves is not disabled.",
        "Correct the name. Where the directory is gone for good, remove `managed_by` and "
        "`managed_id`: the entry is yours then.",
    ),
    Code(
        "PBX1841", "not-handed-over", "warning", "An import wants an entry that it does not keep",
        "An import changes entries that say `managed_by` with its name, and no other. There is one "
        "with the name of somebody at the source that was written by hand, or that another import "
        "keeps. It stays as it is.",
        "If it is the same person, hand the entry over: add `managed_by`, or import once with "
        "`--take users/NAME`. Else give one of them another name.",
    ),
    Code(
        "PBX1842", "name-of-another", "warning", "A name or number is somebody else's",
        "User names, extensions and aliases are called in the same way, so each leads to one "
        "entry; so does each DID. Who has a name keeps it, and of several at the source the first "
        "gets it. The rest of the entry is imported.",
        "Correct the number at the source, or take it away from the other one.",
    ),
    Code(
        "PBX1843", "persons-value", "warning", "What a person wrote stays",
        "In an entry that an import keeps, a value is the import's while its own commit is the "
        "last one that changed it. A person has changed this one, or removed it, and the source "
        "says something else. `pbx blame` shows who, when and why.",
        "Correct it at the source, and it agrees. Or give the value back to the import: "
        "`--take users/NAME/KEY`.",
    ),
    Code(
        "PBX1844", "removed-by-a-person", "warning", "What a person removed stays away",
        "Somebody removed the entry from the tree, and the source still has it. It is not made "
        "again.",
        "Take the person or group out at the source or by its filter. To have it again: "
        "`--take users/NAME`.",
    ),
    Code(
        "PBX1845", "range-used-up", "warning", "No extension is left",
        "Everybody whom the source gives no number gets one of `extensions`, and all of them are "
        "in use. The person is imported without one.",
        "Widen the range, or give numbers at the source.",
    ),
    Code(
        "PBX1846", "other-identity", "warning", "Somebody has another identity at the source",
        "The source knows a person by something that never changes, which `managed_id` remembers. "
        "The one of this entry is gone, and somebody new has its user name: an account that was "
        "deleted and made again. The entry follows the new one.",
        "Nothing, if it is the same person. If not, give the new one another user name.",
    ),
    Code(
        "PBX1847", "line-of-nobody", "warning", "A phone's line is of nobody",
        "The source gives a phone a line of somebody who was not imported; another message says "
        "why. The line is left out, and a new phone without any line is not made.",
        "See to it that the user comes.",
    ),
    Code(
        "PBX1848", "still-needed", "warning", "Somebody who is missing cannot be deleted",
        "The source has not had the person for as long as `missing: {delete_after: …}` says, but "
        "something else in the tree names them: a phone that the import does not keep, a hunt "
        "group, a rule. They are disabled.",
        "Take them out there; the next import deletes them.",
    ),
)  # fmt: skip
