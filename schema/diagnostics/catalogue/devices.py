"""PBX15xx: what is asked of a phone that its model cannot do (checked in renderers/devices)."""

from schema.diagnostics.catalogue.code import Code

CODES = (
    Code(
        "PBX1501", "too-many-lines", "error", "A phone has fewer lines than it is given",
        "Each model registers a certain number of accounts. `pbx` knows it from the model's "
        "device folder.",
        "Remove lines from the phone, or correct its `model`.",
    ),
    Code(
        "PBX1502", "too-many-keys", "error", "A phone has fewer keys than it is given",
        "The keys of a phone are shared by its lines and by what stands in `keys`: a line that "
        "no key names has one of its own, before all others. Some models have no keys at all.",
        "Remove keys, or correct the phone's `model`.",
    ),
    Code(
        "PBX1503", "language-not-spoken", "warning", "Phones do not know a language",
        "A family of phones that the tree uses has no display in this language, so these phones "
        "show the one they came with. The others show it.",
        "Choose a language from the hint, or leave it.",
    ),
    Code(
        "PBX1504", "device-family-broken", "error", "A device family of the tree cannot be used",
        "A folder below `devices/` describes phones that `pbx` does not know by itself. One of its "
        "files says something that is not possible, or a template fails for a phone of the tree.",
        "Correct the file; docs/devices.md describes the folder.",
    ),
    Code(
        "PBX1505", "native-unknown", "error", "A parameter in `native` is none of the vendor's",
        "What stands in `native` of a phone is written to its file as it is. So that a slip does "
        "not go unnoticed, the device family lists what can stand there.",
        "Correct the spelling. If the parameter exists, add it to `native.txt` of the device "
        "family, or of a copy of it in `devices/`.",
    ),
    Code(
        "PBX1506", "native-written-elsewhere", "error", "`native` says what the tree decides",
        "This parameter is part of what every file of the family is made of, such as a password or "
        "the time. It would stand there twice.",
        "Remove it, and change the setting or entry of the tree that it follows from.",
    ),
    Code(
        "PBX1507", "key-kind-not-possible", "error", "Phones have no keys of this kind",
        "Not every family has all kinds of keys; which ones it has is in its device folder.",
        "Use another kind: a number to dial is possible everywhere, as `speed_dial`.",
    ),
    Code(
        "PBX1508", "expansion-not-possible", "error", "A phone does not take an expansion module",
        "Each model takes certain expansion modules, and so many of them.",
        "Take a module from the hint, or remove it.",
    ),
    Code(
        "PBX1509", "firmware-not-covered", "warning", "A phone's firmware is not known",
        "The files of a family are written for firmware of certain versions. The phone gets those "
        "of the nearest; what it does not know it ignores.",
        "Write the version as the vendor's guides do, update the phone, or leave `firmware` out.",
    ),
    Code(
        "PBX1510", "setting-not-possible", "warning", "Phones do not know the value of a setting",
        "A family of phones that the tree uses has no parameter for this value, so these phones "
        "keep what they came with. The others follow it.",
        "Choose a value from the hint, or leave it.",
    ),
)  # fmt: skip
