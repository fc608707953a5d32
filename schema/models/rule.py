"""`dialplan:` an ordered list of rules; the first that matches decides."""

from typing import Literal

from pydantic import Field

from schema.models.base import Entry, Identifier, Listed
from schema.models.destination import Destination

RuleType = Literal[
    "emergency", "internal", "local", "long_distance", "mobile", "international",
    "toll_free", "premium", "restricted", "site_to_site", "custom", "pickup",
]  # fmt: skip

FREE: tuple[RuleType, ...] = ("emergency", "internal", "pickup")
"""Rules of these types need no permission unless `allow` names one; emergency not even then."""

DIAL_PATTERN = r"^(\+?[0-9*#]*)(\$\{EXTEN(:[0-9]{1,2}(:[1-9][0-9]?)?|:-[1-9][0-9]?)?\}[0-9*#]*)?$"


class Rule(Entry):
    """One entry of `dialplan`."""

    rule: Identifier = Field(description="The rule's name")
    type: RuleType = "custom"
    match: str | Listed[str] = Field(description="Asterisk patterns, quoted: X Z N [13-5] . !")
    strip: int = Field(0, ge=0, le=32, description="Digits taken off the front")
    prepend: str = Field("", pattern=r"^\+?[0-9*#]*$", description="Put in front, after strip")
    dial: str | None = Field(
        None,
        min_length=1,
        max_length=64,
        pattern=DIAL_PATTERN,
        description="Dial this instead: a number, or a template with Asterisk's ${EXTEN}, "
        "${EXTEN:1}, ${EXTEN:1:3} or ${EXTEN:-4} for what was dialled, or a part of it",
    )
    e164: bool = Field(
        False,
        description="Read the result as it is dialled at the caller's site, and write it as E.164",
    )
    via: Listed[str] = Field((), description="Gateways, tried in order")
    balance: bool = Field(
        False,
        description="Try the gateways in an order that is drawn for each call, by their weights",
    )
    to: Destination | None = Field(None, description="Where the call goes, inside")
    from_: Listed[str] = Field(
        (),
        alias="from",
        description="The rule is for calls that come in by these gateways, and for no others",
    )
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
        """What a caller needs. Emergency calls need nothing, whatever `allow` says; calls from
        outside have no permissions."""
        if self.type == "emergency" or self.from_:
            return ()
        if self.allow is None:
            return () if self.type in FREE else (self.type,)
        return self.allow
