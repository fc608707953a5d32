"""What the regular expressions of the models ask for, said in words."""

from schema.models import base, dial_test, directory, gateway, phonebook, rule

_HOW = {
    base.IDENTIFIER_PATTERN: "letters, digits, '.', '_' and '-', beginning with a letter or digit",
    base.DIGITS_PATTERN: 'digits, * and #, such as "201"',
    base.E164_PATTERN: 'an international number with plus and country code, such as "+12125550123"',
    base.DIALABLE_PATTERN: 'digits, * and #, or an international number such as "+12125550123"',
}
_HOW |= {
    dial_test.DIALLED_PATTERN: "a number, a feature code, or the id of a user",
    directory.SERVER_PATTERN: "such as ldaps://dc1.example.net",
    directory.ATTRIBUTE_PATTERN: "the name of an attribute, such as telephoneNumber",
    gateway.CODES_PATTERN: "a SIP failure, a class or a range, such as 503, 5xx or 400-410",
    phonebook.CONTACTS_PATTERN: "a file in phonebooks/ that ends in .csv or .vcf, without that "
    "folder: contacts.csv",
    rule.DIAL_PATTERN: "a number, or one ${EXTEN}, ${EXTEN:1}, ${EXTEN:1:3} or ${EXTEN:-4} "
    "with digits around it",
}
_NUMBERS = (base.E164_PATTERN, base.DIALABLE_PATTERN, base.DIGITS_PATTERN)


def described(pattern: str, value: str) -> str:
    """Return a hint for a value that a pattern refused; the corrected value where it is obvious."""
    corrected = "".join(c for c in value if c.isdigit() or c in "+*#")
    if pattern in _NUMBERS and corrected != value:
        return f'without spaces and separators: "{corrected}"' if corrected else _HOW[pattern]
    if pattern == base.E164_PATTERN and len(value) == 10:
        return f'with plus and country code, such as "+1{value}"'
    return _HOW.get(pattern, f"it has to match {pattern}")
