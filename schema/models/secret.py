"""Imposed secrets: what may stand in the tree for one, and the public keys they are sealed for.

Checked without any key: that a name is a name, a path a path, and a sealed text a whole one. What
a secret is worth, only the node finds out (engine.secrets). May know: the tagged scalars that the
reader makes. May not: environment, files, keys.
"""

import base64
import re
from typing import Annotated, Final

from pydantic import AfterValidator, PlainSerializer, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from schema.source import SecretReference

LONGEST_SEALED: Final = 64 * 1024
"""Characters of a sealed text: one of an ordinary password has 400."""

ARMOUR: Final = re.compile(
    r"\s*-----BEGIN AGE ENCRYPTED FILE-----\s([A-Za-z0-9+/=\s]*)\s"
    r"-----END AGE ENCRYPTED FILE-----\s*"
)
_ENVIRONMENT_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_FIRST_LINE = b"age-encryption.org/v1\n"
_SCALARS = (str, int, float, bool)


def _secret(value: object) -> SecretReference:
    """Take a tagged scalar whose text is what its tag says. Messages never hold the value."""
    if isinstance(value, SecretReference):
        _CHECKS[value.kind](value.text)
        return value
    if isinstance(value, _SCALARS):
        raise PydanticCustomError("secret_readable", "a secret stands here for all to read")
    raise PydanticCustomError("secret_type", "a secret")


def _environment(text: str) -> None:
    if _ENVIRONMENT_NAME.fullmatch(text) is None:
        raise PydanticCustomError("secret_env", "not the name of an environment variable")


def _file(text: str) -> None:
    if not text.startswith("/") or text.endswith("/") or not text.isprintable():
        raise PydanticCustomError("secret_file", "not a path from the root on")


def _sealed(text: str) -> None:
    try:
        sealed_bytes(text)
    except ValueError:
        raise PydanticCustomError("secret_age", "not a text that age has sealed") from None


def sealed_bytes(text: str) -> bytes:
    """The bytes inside of an armour. ValueError where it is none, was cut, or pasted over.

    White space may be anywhere: YAML folds lines, and editors indent them.
    """
    found = ARMOUR.fullmatch(text) if len(text) <= LONGEST_SEALED else None
    data = base64.b64decode("".join(found[1].split()), validate=True) if found else b""
    if not data.startswith(_FIRST_LINE) or b"\n--- " not in data:
        raise ValueError("not a text that age has sealed")
    return data


_CHECKS: Final = {"env": _environment, "file": _file, "age": _sealed}


def _recipient(text: str) -> str:
    """Take a public key, of age or of SSH."""
    # Loaded here: of the programs that read a tree, few meet a recipient.
    import pyrage

    kind = pyrage.x25519 if text.startswith("age1") else pyrage.ssh
    try:
        kind.Recipient.from_str(text)
    except pyrage.RecipientError:
        raise PydanticCustomError("recipient", "not a public key") from None
    return text


Secret = Annotated[
    SecretReference,
    PlainValidator(_secret),
    PlainSerializer(str, return_type=str),
    WithJsonSchema(
        {
            "type": "string",
            "description": "A secret: !age (sealed by `pbx secrets encrypt`), !env NAME or "
            "!file /path, never the text itself",
        }
    ),
]
"""Names a secret and never is one; engine.secrets opens it at use."""

Recipient = Annotated[str, AfterValidator(_recipient)]
"""A public key that secrets are sealed for: "age1…", "ssh-ed25519 …" or "ssh-rsa …"."""
