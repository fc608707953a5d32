"""The errors of secrets."""


class SecretsError(Exception):
    """A secret or a key cannot be had; the text names it, says why and what to do, and never
    holds any of it."""
