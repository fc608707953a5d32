"""Admission: who is listened to at all, before anything is parsed. For floods, scanners, guesses.

    protection  the limits, as the tree sets them
    standing    what is remembered of one source, and the bounded table of them
    scanners    User-Agents of attack tools
    guesses     wrong passwords by account, from wherever they come
    reports     events that a flood may not turn into a flood of log lines
    guard       all of it: one look-up for a message that is welcome

Sans-IO. It knows addresses, times and the first bytes of a message; not users' passwords, not the
dial plan, not sockets.
"""

from engine.sip.guard.guard import Ban, Guard
from engine.sip.guard.protection import Protection

__all__ = ["Ban", "Guard", "Protection"]
