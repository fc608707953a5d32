"""PBX1530-1539: phonebooks and the files of contacts that they name."""

from schema.diagnostics.catalogue.code import Code

CODES = (
    Code(
        "PBX1530", "no-contacts-file", "error", "A phonebook names a file that is not there",
        "Files of contacts stand in the folder `phonebooks/` of the configuration repository, and "
        "are named without it.",
        "Add the file to the repository, or correct the name.",
    ),
    Code(
        "PBX1531", "contacts-not-readable", "error", "A file of contacts cannot be read",
        "It is too large, holds too many contacts, or is not UTF-8. Nothing of it is used.",
        "Save it as UTF-8, without pictures; split what is too large into several phonebooks.",
    ),
    Code(
        "PBX1532", "bad-csv", "error", "A CSV file of contacts is malformed",
        "The first line names the columns: `name` (or `first_name` and `last_name`) and `number`, "
        "`mobile` or `home`; others are passed over. Every line has as many fields as the first, "
        "separated by commas or semicolons.",
        "Correct the line, or export the file again.",
    ),
    Code(
        "PBX1533", "bad-vcard", "error", "A vCard file of contacts is malformed",
        "vCard 3.0 and 4.0 are read: cards from `BEGIN:VCARD` to `END:VCARD`, one property a line.",
        "Export the contacts again as vCard 3.0 or 4.0, or correct the line.",
    ),
    Code(
        "PBX1534", "number-not-dialable", "warning", "A number of a phonebook cannot be dialled",
        "Numbers are read as people write them, in the region of the system or with a country "
        "code. What has at most six digits is dialled as it is: an extension, or a service. This "
        "one is neither, so phones do not show it.",
        "Correct the number, or write it with + and the country code.",
    ),
    Code(
        "PBX1535", "contact-incomplete", "warning", "A contact lacks its name or any number",
        "Phones could not show it, or not call it, so it is left out.",
        "Add what is missing, or remove the contact.",
    ),
    Code(
        "PBX1536", "contact-twice", "warning", "A contact stands in one place twice",
        "Name and numbers are the same; phones show it once.",
        "Remove one, or correct the number that should be another.",
    ),
    Code(
        "PBX1537", "phonebook-of-nobody", "warning", "A phonebook lists nobody, or nobody gets it",
        "It has neither users nor entries nor a file, or `for` names no group.",
        "Add what it lists, or the groups it is for; or remove it.",
    ),
)  # fmt: skip
