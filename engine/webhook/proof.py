"""Whether a request comes from somebody who has the secret. Pure.

GitHub, Gitea and Forgejo sign the body (HMAC-SHA256); GitLab shows the secret itself. What is
compared takes as long when it is wrong at the beginning as when it is at the end.
"""

import hmac
import json
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qs

SIGNED: Final = {
    "X-Hub-Signature-256": "sha256=",
    "X-Gitea-Signature": "",
    "X-Forgejo-Signature": "",
}
"""Headers with the body's HMAC-SHA256 in hex, and what stands before it.

https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries,
https://docs.gitea.com/usage/webhooks
"""

TOKEN: Final = "X-Gitlab-Token"  # noqa: S105 - the name of a header
"""https://docs.gitlab.com/ee/user/project/integrations/webhooks.html"""

BRANCHES: Final = "refs/heads/"


def shows_proof(headers: Mapping[str, str]) -> bool:
    """Whether there is something to check at all."""
    return TOKEN in headers or any(name in headers for name in SIGNED)


def proved(secret: bytes, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether one of the headers shows the secret. An empty secret proves nothing."""
    if not secret:
        return False
    digest = hmac.digest(secret, body, "sha256").hex()
    right = [
        _same(headers[name], f"{before}{digest}")
        for name, before in SIGNED.items()
        if name in headers
    ]
    if TOKEN in headers:
        shown = headers[TOKEN].encode("utf-8", "surrogateescape")
        right.append(hmac.compare_digest(shown, secret))
    return any(right)


def _same(shown: str, wanted: str) -> bool:
    return hmac.compare_digest(shown.encode("utf-8", "surrogateescape"), wanted.encode())


def ref_of(body: bytes, content_type: str) -> str | None:
    """The full name of the ref that was pushed to; None where the body does not say.

    The body is JSON, or a form with JSON in `payload`, as GitHub sends it on wish.
    """
    try:
        text = body.decode()
        if content_type == "application/x-www-form-urlencoded":
            text = parse_qs(text, max_num_fields=16)["payload"][0]
        ref = json.loads(text)["ref"]
    except (ValueError, KeyError, IndexError, TypeError, RecursionError):
        return None
    return ref if isinstance(ref, str) else None
