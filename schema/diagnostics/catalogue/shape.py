"""PBX11xx: a value does not have the shape that is needed where it stands."""

from schema.diagnostics.catalogue.code import Code

CODES = (
    Code(
        "PBX1101", "unknown-key", "error", "A key is not known",
        "Keys are checked so that a typing error cannot silently switch something off.",
        "Correct or remove the key. `pbx schema` prints all keys, and an editor with "
        "yaml-language-server completes them.",
    ),
    Code(
        "PBX1102", "missing-key", "error", "A key is missing",
        "The entry cannot do without it.",
        "Add the key.",
    ),
    Code(
        "PBX1103", "wrong-type", "error", "A value has the wrong type",
        "A text, number, list or mapping is needed, and something else stands there. Values are "
        "never converted silently.",
        "Write the value as the hint says.",
    ),
    Code(
        "PBX1104", "unquoted-number", "error", "Digits need quotes",
        "Extensions and telephone numbers are texts. Without quotes YAML reads a number, and "
        "the number 0201 is 201.",
        "Put quotes around the digits.",
    ),
    Code(
        "PBX1105", "not-a-choice", "error", "A value is not one of the choices",
        "Only certain words are possible here.",
        "Use one of the words in the hint.",
    ),
    Code(
        "PBX1106", "out-of-range", "error", "A value is too small or large, short or long",
        "The value is of the right type, but outside of what is possible.",
        "Choose a value within the limits that the message names.",
    ),
    Code(
        "PBX1107", "wrong-format", "error", "A text has the wrong format",
        "The text holds characters that are not possible here, or lacks some that are needed. "
        "International numbers, for example, begin with a plus and hold no spaces.",
        "Write the text as the hint says.",
    ),
    Code(
        "PBX1108", "duration", "error", "A duration needs a unit",
        "A duration is a number with a unit: `20s`, `5m`, `1h`, `1d`, or several: `1h30m`.",
        "Add the unit.",
    ),
    Code(
        "PBX1109", "bad-id", "error", "An id has characters that it must not have",
        "Ids of users are the user part of SIP addresses, and ids of everything appear in file "
        "names and URLs. So they are letters, digits, `.`, `_` and `-`, begin with a letter or "
        "digit, and have 63 characters at most.",
        "Choose another id; the name that people see is the key `name`.",
    ),
    Code(
        "PBX1110", "unexpected-secret", "error", "A secret stands where none is expected",
        "`!age`, `!env` and `!file` are for passwords that somebody else imposed. This key is "
        "shown in plans and profiles, so it cannot take a secret.",
        "Write the value itself, if it is not a secret.",
    ),
    Code(
        "PBX1111", "no-value", "error", "A key has no value",
        "Nothing stands behind the colon. Often the lines below should be indented further.",
        "Write the value, indent the lines that belong to it, or remove the key.",
    ),
    Code(
        "PBX1112", "key-of-two-kinds", "error", "A phone's key is not exactly one thing",
        "A programmable key is one of `blf`, `speed_dial` and `line`.",
        "Keep one of them; use two keys for two functions.",
    ),
    Code(
        "PBX1113", "bad-mac", "error", "A phone's id is not a MAC address",
        "Phones are known by their MAC address: 12 hexadecimal digits, which are printed on the "
        "back of the phone.",
        "Write the 12 digits in lower case and in quotes.",
    ),
    Code(
        "PBX1114", "mac-spelling", "error", "A MAC address is spelled differently",
        "A MAC address has one spelling in the tree, so that it can be found and compared: 12 "
        "hexadecimal digits, lower case, without separators.",
        "Use the spelling in the hint.",
    ),
    Code(
        "PBX1115", "bad-domain", "error", "The domain is not a domain name",
        "`system.domain` is the right side of every SIP address, `sip:alice@example.test`: a "
        "DNS name without scheme, port or `@`.",
        "Write the plain name.",
    ),
    Code(
        "PBX1116", "unknown-timezone", "error", "A time zone is not known",
        "Time zones are named as in the IANA database: `Europe/Berlin`, `America/New_York`, "
        "`UTC`. Abbreviations such as EDT do not say when clocks change.",
        "Use the name of the nearest city in the database.",
    ),
    Code(
        "PBX1117", "unknown-region", "error", "A region is not known",
        "`system.region` is a country as in ISO 3166, two capital letters. It decides how "
        "numbers are read and written.",
        "Use the country's code: US, DE, GB.",
    ),
    Code(
        "PBX1118", "cannot-be-accepted", "error", "Only warnings of proofs can be accepted",
        "`system.accept` names codes of proofs (PBX16xx) that are warnings, each with the reason "
        "why it is meant so. Errors cannot be accepted, and other warnings go away with their "
        "cause.",
        "Remove it, or correct the code.",
    ),
)  # fmt: skip
