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
)  # fmt: skip
