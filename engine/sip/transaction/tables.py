"""The four transaction state machines of RFC 3261 section 17, corrected by RFC 6026, as data.

A table maps state → event → (next state, actions). An event that a state does not list is
absorbed there: that is how retransmissions disappear. Actions are names of methods of the
machine; this module knows neither bytes nor clocks, only how the diagrams in the RFC are drawn.
Every machine has at most two timers running: one that retransmits (A, E, G), and one that bounds
its present state (B, C is the proxy's, D, F, H, I, J, K, L, M).
"""

import math
from collections.abc import Mapping
from typing import Final, NamedTuple

T1: Final = 0.5
"""Round-trip time estimate, seconds (section 17.1.1.1)."""
T2: Final = 4.0
"""Longest interval between retransmissions of non-INVITE requests and INVITE responses."""
T4: Final = 5.0
"""Longest time a message stays in the network."""

CALLING: Final = "calling"
TRYING: Final = "trying"
PROCEEDING: Final = "proceeding"
COMPLETED: Final = "completed"
CONFIRMED: Final = "confirmed"
ACCEPTED: Final = "accepted"
TERMINATED: Final = "terminated"

# Events
REQUEST: Final = "request"
ACK: Final = "ack"
PROVISIONAL: Final = "1xx"
SUCCESS: Final = "2xx"
FAILURE: Final = "3xx-6xx"
RETRANSMIT: Final = "retransmit"
TIMEOUT: Final = "timeout"
UNREACHABLE: Final = "unreachable"

# Actions
SEND: Final = "send"
SEND_AGAIN: Final = "send_again"
SEND_ACK: Final = "send_ack"
DELIVER: Final = "deliver"
SLOW_DOWN: Final = "slow_down"
FAIL_TIMEOUT: Final = "fail_timeout"
FAIL_UNREACHABLE: Final = "fail_unreachable"

Rule = tuple[str, tuple[str, ...]]
Table = Mapping[str, Mapping[str, Rule]]


class Bound(NamedTuple):
    """How long a state may last, and whether it keeps retransmitting: (unreliable, reliable)."""

    timer: str
    """Its letter in RFC 3261 table 4."""
    unreliable: float
    reliable: float
    retransmits: str = ""
    """Letter of the retransmission timer that starts with the state, over unreliable transports."""


INVITE_CLIENT: Final[Table] = {  # section 17.1.1.2, RFC 6026 section 7.2
    CALLING: {
        RETRANSMIT: (CALLING, (SEND_AGAIN,)),
        TIMEOUT: (TERMINATED, (FAIL_TIMEOUT,)),
        UNREACHABLE: (TERMINATED, (FAIL_UNREACHABLE,)),
        PROVISIONAL: (PROCEEDING, (DELIVER,)),
        SUCCESS: (ACCEPTED, (DELIVER,)),
        FAILURE: (COMPLETED, (SEND_ACK, DELIVER)),
    },
    PROCEEDING: {
        PROVISIONAL: (PROCEEDING, (DELIVER,)),
        SUCCESS: (ACCEPTED, (DELIVER,)),
        FAILURE: (COMPLETED, (SEND_ACK, DELIVER)),
    },
    COMPLETED: {
        FAILURE: (COMPLETED, (SEND_ACK,)),
        TIMEOUT: (TERMINATED, ()),
    },
    ACCEPTED: {
        SUCCESS: (ACCEPTED, (DELIVER,)),
        TIMEOUT: (TERMINATED, ()),
    },
}

CLIENT: Final[Table] = {  # section 17.1.2.2
    TRYING: {
        RETRANSMIT: (TRYING, (SEND_AGAIN,)),
        TIMEOUT: (TERMINATED, (FAIL_TIMEOUT,)),
        UNREACHABLE: (TERMINATED, (FAIL_UNREACHABLE,)),
        PROVISIONAL: (PROCEEDING, (SLOW_DOWN, DELIVER)),
        SUCCESS: (COMPLETED, (DELIVER,)),
        FAILURE: (COMPLETED, (DELIVER,)),
    },
    PROCEEDING: {
        RETRANSMIT: (PROCEEDING, (SEND_AGAIN,)),
        TIMEOUT: (TERMINATED, (FAIL_TIMEOUT,)),
        UNREACHABLE: (TERMINATED, (FAIL_UNREACHABLE,)),
        PROVISIONAL: (PROCEEDING, (DELIVER,)),
        SUCCESS: (COMPLETED, (DELIVER,)),
        FAILURE: (COMPLETED, (DELIVER,)),
    },
    COMPLETED: {
        TIMEOUT: (TERMINATED, ()),
    },
}

INVITE_SERVER: Final[Table] = {  # section 17.2.1, RFC 6026 section 7.1
    PROCEEDING: {
        REQUEST: (PROCEEDING, (SEND_AGAIN,)),
        PROVISIONAL: (PROCEEDING, (SEND,)),
        SUCCESS: (ACCEPTED, (SEND,)),
        FAILURE: (COMPLETED, (SEND,)),
    },
    COMPLETED: {
        REQUEST: (COMPLETED, (SEND_AGAIN,)),
        RETRANSMIT: (COMPLETED, (SEND_AGAIN,)),
        ACK: (CONFIRMED, ()),
        TIMEOUT: (TERMINATED, ()),
        UNREACHABLE: (TERMINATED, ()),
    },
    CONFIRMED: {
        TIMEOUT: (TERMINATED, ()),
    },
    ACCEPTED: {
        SUCCESS: (ACCEPTED, (SEND,)),
        TIMEOUT: (TERMINATED, ()),
    },
}

SERVER: Final[Table] = {  # section 17.2.2
    TRYING: {
        PROVISIONAL: (PROCEEDING, (SEND,)),
        SUCCESS: (COMPLETED, (SEND,)),
        FAILURE: (COMPLETED, (SEND,)),
    },
    PROCEEDING: {
        REQUEST: (PROCEEDING, (SEND_AGAIN,)),
        PROVISIONAL: (PROCEEDING, (SEND,)),
        SUCCESS: (COMPLETED, (SEND,)),
        FAILURE: (COMPLETED, (SEND,)),
    },
    COMPLETED: {
        REQUEST: (COMPLETED, (SEND_AGAIN,)),
        TIMEOUT: (TERMINATED, ()),
        UNREACHABLE: (TERMINATED, ()),
    },
}

INVITE_CLIENT_BOUNDS: Final = {
    CALLING: Bound("B", 64 * T1, 64 * T1, retransmits="A"),
    PROCEEDING: Bound("", math.inf, math.inf),
    COMPLETED: Bound("D", 32.0, 0.0),
    ACCEPTED: Bound("M", 64 * T1, 64 * T1),
}
"""What bounds `proceeding` is Timer C, which belongs to the proxy (section 16.8)."""

CLIENT_BOUNDS: Final = {
    TRYING: Bound("F", 64 * T1, 64 * T1, retransmits="E"),
    COMPLETED: Bound("K", T4, 0.0),
}
"""Timers E and F run on through `proceeding`."""

INVITE_SERVER_BOUNDS: Final = {
    COMPLETED: Bound("H", 64 * T1, 64 * T1, retransmits="G"),
    CONFIRMED: Bound("I", T4, 0.0),
    ACCEPTED: Bound("L", 64 * T1, 64 * T1),
}

SERVER_BOUNDS: Final = {
    COMPLETED: Bound("J", 64 * T1, 0.0),
}
