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
)  # fmt: skip
