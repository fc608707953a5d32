"""PBX10xx: the tree cannot be read."""

from schema.diagnostics.catalogue.code import Code

CODES = (
    Code(
        "PBX1001", "yaml-syntax", "error", "The file is not YAML",
        "The YAML parser stopped here. Often the cause is a little above: a bracket that is never "
        "closed, a missing colon, a value that begins with a character YAML gives a meaning to "
        "(`@`, `` ` ``, `%`).",
        "Put quotes around values with special characters, and close what was opened.",
    ),
    Code(
        "PBX1002", "tab", "error", "A tab is used for indentation",
        "YAML counts indentation in spaces; a tab has no width it could count.",
        "Replace the tab with spaces, two per level. Most editors can do that on saving.",
    ),
    Code(
        "PBX1003", "unclosed-quote", "error", "A quote is not closed",
        "A text that begins with a quote runs on until the next quote of the same kind, over as "
        "many lines as it takes; here none came.",
        "Close the quote on the line shown. Inside single quotes, write `''` for a quote.",
    ),
    Code(
        "PBX1004", "indentation", "error", "The indentation does not fit",
        "Keys of one mapping begin in the same column. This line begins in a column in which "
        "nothing was begun.",
        "Line the key up with the keys it belongs to.",
    ),
    Code(
        "PBX1005", "duplicate-key", "error", "A key stands twice in one mapping",
        "YAML would silently keep one of the two values. Which one was meant cannot be known.",
        "Remove or rename one of them. Two users with one id are two users who need two ids.",
    ),
    Code(
        "PBX1006", "empty-file", "error", "pbx.yaml says nothing",
        "The file is empty, or holds comments only. It needs at least `version`, `system` and "
        "`nodes`. (An empty file in a section's folder is fine.)",
        "Restore the file from Git, or start again with `pbx init`.",
    ),
    Code(
        "PBX1007", "several-documents", "error", "A file holds more than one document",
        "A line of three dashes begins a new YAML document. A tree is made of files with one "
        "document each.",
        "Remove the `---`, or move what follows it to a file of its own.",
    ),
    Code(
        "PBX1008", "not-a-mapping", "error", "A file is not a mapping of sections",
        "Each file of the tree is a mapping with sections as keys: `users:`, `phones:`, "
        "`dialplan:` and so on. That holds for the files in folders, too: `users/sales.yaml` "
        "begins with `users:`.",
        "Put the section's name in front and indent what belongs to it.",
    ),
    Code(
        "PBX1009", "key-not-text", "error", "A key is not text",
        "A key without quotes that looks like a number, `true` or `null` is not text for YAML, "
        "and other programs would change it: `001565123456` would lose its zeros.",
        "Put the key in quotes.",
    ),
    Code(
        "PBX1010", "undefined-alias", "error", "An alias has no anchor",
        "A value that begins with `*` refers to an anchor (`&name`) earlier in the same file. "
        "There is none of that name. Feature codes such as `*72` are caught by this, too.",
        "Put quotes around a text that begins with `*`, or define the anchor before it.",
    ),
    Code(
        "PBX1011", "recursive-anchor", "error", "An anchor contains itself",
        "The alias stands inside the very value that it refers to, so the value would never end.",
        "Write out what was meant.",
    ),
    Code(
        "PBX1012", "exploding-anchors", "error", "Anchors explode",
        "Aliases of aliases multiply: a few lines can stand for billions of values. The values "
        "that aliases stand for are counted, and there are too many.",
        "Use aliases for single values and short mappings only.",
    ),
    Code(
        "PBX1013", "unknown-tag", "error", "A tag is not known",
        "A word that begins with `!` is a tag, which tells YAML how to read the value after it. "
        "The tree knows `!age`, `!env` and `!file` (all for secrets). Dial patterns that begin "
        "with `!` are caught by this, too.",
        "Put quotes around a text that begins with `!`.",
    ),
    Code(
        "PBX1014", "not-utf8", "error", "A file is not UTF-8",
        "The bytes at this place are not UTF-8. Usually the file was saved as Latin-1 or "
        "Windows-1252, or as UTF-16.",
        "Save the file as UTF-8: `iconv -f WINDOWS-1252 -t UTF-8 old > new`.",
    ),
    Code(
        "PBX1015", "control-character", "error", "A file holds a control character",
        "YAML allows no control characters but tab and line breaks. They are invisible in most "
        "editors.",
        "Delete the character. Inside double quotes it may be written as an escape, such as "
        "`\\u0007`.",
    ),
    Code(
        "PBX1016", "file-too-large", "error", "A file is too large",
        "A file of a tree is at most 8 MiB. A system of 10,000 users with their phones takes "
        "about 3 MiB in all. The file was not read.",
        "Split the section into several files in its folder, or remove what does not belong there.",
    ),
    Code(
        "PBX1017", "too-deep", "error", "Values are nested too deeply",
        "A tree needs about six levels; at 64 the reader stops, to protect itself.",
        "Look for brackets or dashes that were repeated by accident.",
    ),
    Code(
        "PBX1018", "symbolic-link", "error", "A symbolic link stands in the tree",
        "Links are not followed: what they point to is not in the commit, may differ from "
        "machine to machine, and may be the tree itself.",
        "Put the file itself where the link is.",
    ),
    Code(
        "PBX1019", "unreadable", "error", "A file cannot be read",
        "The operating system refused to read it, or it is not a regular file (a named pipe or "
        "a device, say).",
        "Correct its permissions, or remove it.",
    ),
    Code(
        "PBX1020", "no-pbx-yaml", "error", "There is no pbx.yaml",
        "Every tree has a file `pbx.yaml` at its top. Without it a folder is not taken for a "
        "configuration, so that a wrong path cannot delete everybody.",
        "Run the command in the right folder, restore the file, or make a new tree with "
        "`pbx init`.",
    ),
    Code(
        "PBX1021", "version", "error", "The version is missing or unknown",
        "`version: 1` in pbx.yaml says how the tree is to be read. There is no other version yet.",
        "Write `version: 1` at the top of pbx.yaml.",
    ),
    Code(
        "PBX1022", "unknown-section", "error", "A section is not known",
        "The sections of a tree are system, nodes, sites, groups, users, phones, gateways, "
        "schedules and dialplan.",
        "Correct the name, or indent the key if it belongs to the section above it.",
    ),
    Code(
        "PBX1023", "file-not-read", "warning", "A YAML file is not part of the tree",
        "Only `pbx.yaml` and the `.yaml` files in folders named as a section are read. This one "
        "would be left out silently.",
        "Move or rename it. Tests of the dial plan belong in `tests/`, device templates in "
        "`devices/`.",
    ),
    Code(
        "PBX1024", "merge-key", "error", "A merge key has nothing to merge",
        "`<<` takes over the keys of another mapping, by alias: `<<: *defaults`. Its value must "
        "be a mapping, or a list of mappings.",
        "Anchor a mapping with `&defaults` and refer to it.",
    ),
)  # fmt: skip
