"""Questions to the route table and its answers. Standard library only: all consumers share it."""

from dataclasses import dataclass
from typing import Literal, NamedTuple


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. `id` is the user's or the gateway's key in the tree; empty for a stranger."""

    kind: Literal["user", "gateway", "anonymous"]
    id: str = ""
    number: str | None = None
    """What a caller from outside shows, in E.164 where it can be read so; "" for one who is
    anonymous; None when nobody asked."""


class Step(NamedTuple):
    """One target of a call. Steps run in order; each waits for the failure of those before it.

    A step with `parallel` rings together with the step before it, so that consecutive parallel
    steps form one group. The group ends when all of it has failed, or after `timeout`. A step
    with `failover` is for when a gateway of the steps before it failed to carry the call, not for
    when the person called was busy, declined, or let it ring until `timeout`.
    """

    kind: Literal["user", "gateway", "pickup"]
    target: str
    """Key of the user or gateway in the tree; for a pickup of a group, empty."""
    number: str
    """User part of the Request-URI sent to a gateway; the user's id for a user."""
    caller_id: str | None = None
    """E.164 number (or extension) shown to a gateway instead of the caller's own address."""
    timeout: float | None = None
    """Seconds until the next step is tried although this one still rings. None: until Timer C."""
    answer_within: float | None = None
    """Seconds in which any response at all must come (gateways), else the next step is tried."""
    parallel: bool = False
    failover: bool = False
    emergency: bool = False
    """An emergency call is tried on every gateway whatever the failure was."""
    fails_on: tuple[tuple[int, int], ...] | None = None
    """Of a gateway: ranges of SIP statuses, both ends within, after which failover steps are
    tried. None: the usual ones, all but 484, 486, 487 and 6xx."""
    anonymous: bool = False
    """The gateway is told not to show who calls (RFC 3323, RFC 3325)."""
    channels: int | None = None
    """Calls that a gateway carries at a time; when it has them, the step counts as failed."""
    weight: int = 0
    """Above 0: neighbouring gateway steps with a weight are tried in an order that is drawn for
    each call, in proportion to it."""
    pool: str = ""
    """The hunt group whose member this is. With a strategy, neighbouring steps of a pool are put in
    its order when the call begins."""
    strategy: Literal["", "round_robin", "longest_idle"] = ""
    members: tuple[str, ...] = ()
    """Of a pickup: the users whose ringing calls may be taken."""


@dataclass(frozen=True, slots=True)
class Tried:
    """One rule that was looked at: the explanation that `pbx route` prints."""

    rule: str
    """The rule's name; "users" for the look-up of a person, "users/alice" for a forwarding."""
    matched: bool
    reason: str
    """In words: "pattern 9NXXXXXX matches", "schedule office_hours is closed"."""
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Decision:
    """Where a call goes, or why it does not."""

    outcome: Literal["routed", "refused"]
    status: int
    """200 when routed. A refusal's SIP status: 403 no permission, 404 nobody has that number or
    its user is disabled, 433 anonymous callers are not let in (RFC 5079), 480 do not disturb, 482
    a loop of forwardings, 484 the rule leaves no digits, 503 the rule's gateways are disabled, 603
    the caller is blocked."""
    reason: str
    steps: tuple[Step, ...] = ()
    rule: str | None = None
    trace: tuple[Tried, ...] = ()
    """Filled only when asked for: explaining costs time that a call has not."""
    type: str = ""
    """The rule's type, such as "local"; empty for calls to users and hunt groups."""
    site: str = ""
    """The site of the user who calls: where help is to be sent in an emergency."""
