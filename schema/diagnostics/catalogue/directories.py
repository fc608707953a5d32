"""PBX1800-1819: directories, and what they say of people."""

from schema.diagnostics.catalogue.code import Code

CODES = (
    Code(
        "PBX1800", "bad-directory-server", "error", "A directory's server has no usable address",
        "Servers are written as URLs: `ldaps://dc1.example.net`, or with a port, "
        "`ldap://192.0.2.5:3268`. The name has to be the one in the server's certificate.",
        "Correct the host name or the port.",
    ),
    Code(
        "PBX1801", "bad-directory-filter", "error", "A directory's filter is malformed",
        "Filters are those of LDAP (RFC 4515): each condition in parentheses, and the operator "
        "before what it joins, as in `(&(objectClass=person)(!(ou=guests)))`.",
        "Correct the filter; `ldapsearch` takes the same one.",
    ),
    Code(
        "PBX1802", "bad-distinguished-name", "error", "A distinguished name is malformed",
        "Bases and the account are named as in LDAP (RFC 4514): `ou=people,dc=example,dc=net`, "
        "with a backslash before a comma that belongs to a name.",
        "Copy the name from the directory.",
    ),
    Code(
        "PBX1803", "bad-attribute-text", "error", "A text of attributes is malformed",
        "It is one attribute, such as `displayName`, or a text with attributes in braces, such as "
        "`{givenName} {sn}`.",
        "Correct the name, or close the brace.",
    ),
    Code(
        "PBX1804", "bad-removal", "error", "An expression for user names cannot be used",
        "`remove` is a regular expression with characters, classes, groups, alternatives and "
        "repetitions. One that could be matched in very many ways is refused, because then a name "
        "in the directory could keep the import busy for ever: a repetition of something that "
        "itself repeats or has alternatives, and more than two open repetitions.",
        "Write a class for alternatives of one character (`[ab]*` for `(a|b)*`), and what is not "
        "wanted for what is (`@.*` for `.*@.*`).",
    ),
    Code(
        "PBX1805", "incomplete-bind", "error", "How to bind to a directory is said by half",
        "A DN needs a password and the reverse; `sasl: external` needs a certificate in `tls`, "
        "`sasl: digest-md5` a `user` and a password, and `sasl: gssapi` takes none of them. An "
        "empty password would be no login at all (RFC 4513 section 5.1.2).",
        "Add what is missing, or remove what is too much.",
    ),
    Code(
        "PBX1806", "password-in-the-clear", "warning", "Passwords travel unprotected",
        "The server is `ldap://` and `starttls` is off, so whoever can listen on the way reads the "
        "account's password, and those of everybody who logs in.",
        "Remove `starttls: false`, or write `ldaps://`.",
    ),
    Code(
        "PBX1807", "bad-extension-range", "error", "A range of extensions is not one",
        "Both ends are digits, of the same length, and the first is not above the last; there are "
        "at most 100,000 numbers between them.",
        "Correct one of the ends.",
    ),
    Code(
        "PBX1808", "directory-node-unknown", "error", "No node of this name could import",
        "One node imports a directory, and it has to be in the section `nodes`.",
        "Correct the name, or leave it out: the first node imports then.",
    ),
    Code(
        "PBX1810", "person-without-id", "warning", "Somebody in the directory has no lasting id",
        "A person is known by an attribute that never changes, so that a new name, or another "
        "place in the directory, does not make them somebody else. Without it they are left out.",
        "Name an attribute that everybody has, in `attributes: {id: …}`, or let the account read "
        "this one.",
    ),
    Code(
        "PBX1811", "unusable-user-name", "warning", "A user name of the directory cannot be used",
        "A user name is part of a SIP address: letters, digits, `.`, `_` and `-`, beginning with a "
        "letter or digit, 63 at most. Whoever has another one is left out; who is in the tree "
        "already stays as they are.",
        "Take the other characters out with `user_names: {remove: …}`, or read another attribute.",
    ),
    Code(
        "PBX1812", "user-name-twice", "warning", "Two people of a directory have one user name",
        "Nobody can tell which of them is meant, so neither is taken, and neither counts as "
        "missing.",
        "Give each a user name of its own, or read another attribute; rules that cut names off "
        "may make two of them equal.",
    ),
    Code(
        "PBX1813", "number-of-directory-unusable", "warning",
        "A number or alias of the directory cannot be dialled",
        "DIDs are read as they are written in the region of the person's site, or with a country "
        "code, and one with an extension behind it is nobody's own. Extensions are digits, `*` "
        "and `#`. What is neither is left out; the rest of the person is taken.",
        "Correct the number in the directory, or read another attribute.",
    ),
    Code(
        "PBX1814", "referral-not-followed", "warning", "A directory refers to another server",
        "Part of what was asked for is kept elsewhere. It was not asked there: the account's "
        "password would go to whomever the directory names.",
        "Make that server a directory of its own, or leave it, if nobody there has a telephone.",
    ),
    Code(
        "PBX1815", "answer-cut-short", "warning", "A directory did not say everything",
        "It stopped at a limit of its own. What it said is taken; nobody is disabled for being "
        "missing until it answers in full.",
        "Raise the limit for the account in the directory, or lower `page_size`.",
    ),
    Code(
        "PBX1816", "unusable-group", "warning", "A group of a directory has no usable name",
        "Ids of groups have letters, digits, `.`, `_` and `-`; of this name nothing is left.",
        "Say which group is meant, in `groups: {map: {…: sales}}`.",
    ),
)  # fmt: skip
