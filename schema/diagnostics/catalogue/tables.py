"""PBX1820-1839: tables of people and phones (CSV files) that are imported."""

from schema.diagnostics.catalogue.code import Code

CODES = (
    Code(
        "PBX1820", "table-not-readable", "error", "A table is empty or too large",
        "A table has a header and rows below it, in at most 32 MiB.",
        "Export it again, or split it into several files.",
    ),
    Code(
        "PBX1821", "table-encoding", "error", "A table is in another encoding",
        "UTF-8 is read, and what a byte order mark announces. Nothing is guessed: a wrong guess "
        "would put wrong names on phones.",
        "Save the table as UTF-8 (spreadsheets call it CSV UTF-8), or name its encoding: "
        "`--encoding windows-1252`.",
    ),
    Code(
        "PBX1822", "table-quotes", "error", "The quotes of a table do not match",
        "A field in double quotes ends with one, and the next delimiter follows. A quote within it "
        "is written twice. Behind a quote that is never closed nothing can be trusted, so no row "
        "is taken.",
        "Close the quote, or write it twice.",
    ),
    Code(
        "PBX1823", "table-without-key", "error", "A table does not say whom its rows are about",
        "A row is about the user whose name it has, the phone whose MAC address it has, or both. "
        "The header names no such column, or `--map` names one that is not there.",
        "Correct the header, or say which column it is: `--map \"Login=user\"`.",
    ),
    Code(
        "PBX1824", "table-column-twice", "error", "Two columns of a table mean the same",
        "Which one to take cannot be told.",
        "Remove or rename one, or leave it out: `--map \"Column=ignore\"`.",
    ),
    Code(
        "PBX1825", "table-ragged", "error", "A row does not fit the header",
        "It has more or fewer fields than the first line, so it cannot be told which value belongs "
        "to which column. (Rows of sipXcom's tables may end early: spreadsheets leave out empty "
        "cells there.)",
        "Put fields with a delimiter in them in double quotes; add delimiters that are missing.",
    ),
    Code(
        "PBX1826", "table-row-of-nobody", "error", "A row names neither a user nor a phone",
        "Cells for the user name and for the MAC address are both empty.",
        "Fill in one of them, or remove the row.",
    ),
    Code(
        "PBX1827", "table-cell", "error", "A cell does not have the right shape",
        "What a column means decides what its cells may be: digits for an extension, a number of "
        "the public network for a DID, true or false for `enabled`, and so on.",
        "Correct the cell. When the whole column means something else, say so with `--map`.",
    ),
    Code(
        "PBX1828", "table-model", "error", "A table names an unknown model of phone",
        "Models are known by their ids here, by their makers' names, and by those that sipXcom "
        "has for them.",
        "Write the id of a model that `pbx devices models` lists.",
    ),
    Code(
        "PBX1829", "table-disagrees", "error", "Two rows say different things of one entry",
        "A user with two phones has two rows, and so has a phone with two lines. They say the same "
        "of what they share, or leave the cells empty.",
        "Correct one of them, or empty its cell.",
    ),
    Code(
        "PBX1830", "table-number-twice", "error", "A table gives one number to two people",
        "Ids, extensions, DIDs and aliases each lead to one user.",
        "Correct one of the two rows.",
    ),
    Code(
        "PBX1831", "table-incomplete", "error", "A new entry of a table lacks what it needs",
        "A new user has a name; a new phone has a model and a user. Those who are in the tree "
        "already need no more than their key: empty cells keep what is there.",
        "Fill in the cell. A phone without a user cannot be in the tree.",
    ),
    Code(
        "PBX1832", "table-columns-ignored", "info", "Columns of a table are not taken",
        "The tree has no place for them, or their names are not known. Nothing of them is written.",
        "Nothing, if that is right. Else say what a column means: `--map \"Column=key\"`.",
    ),
    Code(
        "PBX1833", "table-secrets", "warning", "A table has passwords or PINs in it",
        "They are never written to the tree, nor shown in a message: SIP passwords are derived "
        "from the master key of the node.",
        "Delete the file when it is imported, and keep it out of the repository.",
    ),
    Code(
        "PBX1834", "table-site", "error", "A table names an unknown site",
        "Sites have addresses for emergency calls, so they are not made by an import.",
        "Correct the name, or add the site to the tree first.",
    ),
)  # fmt: skip
