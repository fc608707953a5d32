"""`dialplan:` an ordered list of rules; the first that matches decides."""

from typing import Literal

from pydantic import Field

from schema.models.base import Dialable, Entry, Identifier, Listed

RuleType = Literal[
    "emergency", "internal", "local", "long_distance", "mobile", "international",
    "toll_free", "premium", "restricted", "site_to_site", "custom",
]  # fmt: skip


class Rule(Entry):
    """One entry of `dialplan`."""

    rule: Identifier = Field(description="The rule's name")
    type: RuleType = "custom"
    match: str | Listed[str] = Field(description="Asterisk patterns, quoted: X Z N [13-5] . !")
    strip: int = Field(0, ge=0, le=32, description="Digits taken off the front")
    prepend: str = Field("", pattern=r"^\+?[0-9*#]*$", description="Put in front, after strip")
    dial: Dialable | None = Field(None, description="Dial this instead of what was dialled")
    via: Listed[str] = Field((), description="Gateways, tried in order")
    allow: Listed[str] | None = Field(
        None,
        description="Permissions the caller needs, all of them; default: the one named as the type",
    )
    when: str | None = Field(None, description="Schedule in which the rule holds")
    description: str | None = None
    enabled: bool = True

    @property
    def patterns(self) -> tuple[str, ...]:
        """All patterns, however they were written."""
        return (self.match,) if isinstance(self.match, str) else self.match

    @property
    def permissions(self) -> tuple[str, ...]:
        """What a caller needs. Emergency calls need nothing, whatever `allow` says."""
        if self.type in ("emergency", "internal"):
            return () if self.type == "emergency" else (self.allow or ())
        return self.allow if self.allow is not None else (self.type,)
