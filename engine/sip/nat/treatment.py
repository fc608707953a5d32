"""What happens to the media of a call. Part of its dialog token, as two characters behind it."""

from typing import Final

Treatment = str
ALONE: Final = ""
"""Nothing: most calls."""
CORRECTED: Final = "~c"
"""An end is behind NAT: where it names an address of its own network, it gets its router's."""
RELAYED: Final = "~r"
"""Media goes through rtpengine."""

MARKS: Final = (CORRECTED, RELAYED)


def marked(call_id: bytes, treatment: Treatment) -> bytes:
    """What a dialog token is proved with, so that nobody can change how a call is treated."""
    return b"%s\0%s" % (call_id, treatment.encode()) if treatment else call_id
