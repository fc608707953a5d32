"""PBX1850-1869: secrets that somebody else imposed, and for whom they are sealed."""

from schema.diagnostics.catalogue.code import Code

CODES = (
    Code(
        "PBX1850", "readable-secret", "error", "A secret can be read in the tree",
        "Whoever reads the repository reads the secret, and Git keeps it in its history for ever. "
        "So a password stands in the tree sealed (`!age`), or elsewhere (`!env`, `!file`).",
        "`pbx secrets encrypt` seals it and writes it. If the text was committed, have the secret "
        "changed by whoever gave it to you.",
    ),
    Code(
        "PBX1851", "bad-environment-name", "error", "`!env` names no environment variable",
        "`!env NAME` reads the variable from the environment of `pbx run`. Names are letters, "
        "digits and `_`, and do not begin with a digit.",
        "Write the name of the variable. The secret itself is set in the environment of the node.",
    ),
    Code(
        "PBX1852", "bad-secret-file", "error", "`!file` names no file by its whole path",
        "`!file PATH` reads a file on the disk of the node. The tree lies elsewhere on each "
        "machine, so the path begins at the root.",
        "Write the whole path, and put the secret into that file (mode 0600).",
    ),
    Code(
        "PBX1853", "not-sealed", "error", "An `!age` text is not one that age has sealed",
        "It begins with `-----BEGIN AGE ENCRYPTED FILE-----`, ends with the line of END, and holds "
        "the start of an age file between them. Something was cut off or changed.",
        "Take the text as it was from Git, or seal the secret again: `pbx secrets encrypt`.",
    ),
    Code(
        "PBX1854", "bad-recipient", "error", "A recipient is no public key",
        "Secrets are sealed for public keys: of age (`age1…`), or of SSH (`ssh-ed25519 …`, "
        "`ssh-rsa …`, as in `~/.ssh/id_ed25519.pub`). A private key never belongs in the tree.",
        "Write the public key, whole and on one line. If it was a private key, make a new one.",
    ),
    Code(
        "PBX1855", "secret-twice", "error", "A secret is given in two ways",
        "A key takes a secret, and its older spelling with `_file` names a file with one. Only "
        "one of them can be meant.",
        "Remove one. `password_file: /path` says the same as `password: !file /path`.",
    ),
)  # fmt: skip
