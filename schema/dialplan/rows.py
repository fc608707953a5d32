"""The rows of the route table: what matters of each rule, user, hunt group, gateway and site.

Plain named tuples of texts, numbers and tuples: a table compares, and goes to JSON and back.
Standard library only, because the route table's interpreter builds on it.
"""

from typing import NamedTuple

from schema.dialplan.numbering import Numbering
from schema.dialplan.template import parse_template


class Place(NamedTuple):
    """Where something leads inside: `kind` is "user", "hunt_group" or "number"."""

    kind: str
    name: str


class RuleEntry(NamedTuple):
    """One rule of the dial plan, in the plan's order."""

    name: str
    type: str
    enabled: bool
    patterns: tuple[str, ...]
    strip: int
    prepend: str
    dial: str | None
    """A number or a template, see schema.dialplan.template."""
    e164: bool
    """The result is read as dialled at the caller's site and written as E.164."""
    via: tuple[str, ...]
    """Gateways in order; without any, the number is looked up inside."""
    balance: bool
    to: Place | None
    sources: tuple[str, ...]
    """Gateways by whose calls alone the rule is asked; empty: it is for users' calls."""
    permissions: tuple[str, ...]
    when: str | None
    file: str
    line: int
    """From 1; 0 when not known."""

    @property
    def emergency(self) -> bool:
        """Whether calls for help take this rule."""
        return self.type == "emergency"

    def transform(self, number: str, numbering: Numbering) -> str:
        """The number as it leaves: replaced by `dial`, or stripped and then prepended to."""
        if self.dial is not None:
            called = parse_template(self.dial).expand(number)
        else:
            called = self.prepend + number[self.strip :]
        return numbering.e164(called) if self.e164 and called else called


class ForwardEntry(NamedTuple):
    """One forwarding of a user."""

    to: str
    after: float
    """Seconds after the user began to ring."""
    when: str | None


class UserEntry(NamedTuple):
    """What matters of a user, as a caller and as a callee."""

    enabled: bool
    permissions: frozenset[str]
    """The user's own with those of groups and site."""
    caller_id: str | None
    forwards: tuple[ForwardEntry, ...] = ()
    site: str | None = None
    groups: tuple[str, ...] = ()
    extension: str | None = None
    do_not_disturb: bool | str = False
    """True: always; a text: while that schedule is open."""
    block: tuple[str, ...] = ()
    """Patterns of outside callers who are declined."""
    anonymous: bool = True
    """Whether outside callers without a number are let in."""


class HuntGroupEntry(NamedTuple):
    """What matters of a hunt group. Times are seconds."""

    enabled: bool
    members: tuple[str, ...]
    strategy: str
    ring: float
    timeout: float
    fallback: Place | None
    when: str | None
    caller: UserEntry
    """Whom the group is when it calls its fallback's number."""


class GatewayEntry(NamedTuple):
    """What matters of a gateway."""

    enabled: bool
    caller_id: str | None
    answer_within: float
    """Seconds."""
    site: str | None = None
    show: str = "user"
    """Whose number is shown: "user", "gateway" or "anonymous"."""
    from_extension: tuple[str, int] | None = None
    """Digits before, and how many last digits of, the extension of who has no number; 0: all."""
    prefix: str = ""
    fails_on: tuple[tuple[int, int], ...] | None = None
    weight: int = 1
    channels: int | None = None
    emergency: bool = True
    dids: tuple[str, ...] = ()
    """Ranges of numbers that it brings, as patterns."""
    fallback: Place | None = None
    block: tuple[str, ...] = ()
    anonymous: bool = True


class SiteEntry(NamedTuple):
    """What matters of a site."""

    timezone: str
    """IANA name."""
    numbering: Numbering
    callback: str | None = None
    """Shown by emergency calls of users without a number of their own."""


class Inward(NamedTuple):
    """What holds for all calls from outside."""

    block: tuple[str, ...] = ()
    anonymous: bool = True
