"""What rtpengine is asked about a call: the dictionaries of its ng protocol.

Offer and answer follow RFC 3264: whoever describes media first offers. Calls are known there by
Call-ID and the tags, forks by a mark for each branch, so nothing has to be remembered here.
"""

from typing import NamedTuple

from engine.sip.nat.addresses import is_private
from engine.sip.nat.reach import End
from engine.sip.nat.rtpengine import Command, Reply
from engine.sip.nat.sdp import parse_session
from engine.sip.wire import SipParseError

LONGEST_REASON = 120


class Exchange(NamedTuple):
    """One description on its way from one end to the other."""

    kind: str
    """"offer" or "answer"."""
    call_id: bytes
    offerer: bytes
    """Tag of the end that offers."""
    answerer: bytes
    """Tag of the other; empty in an offer to whom has none yet."""
    branch: bytes
    """Which branch of a fork it belongs to; empty within a dialog."""
    sender: End
    receiver: End

    def command(self, description: bytes) -> Command:
        """What rtpengine is asked."""
        sender, receiver = self.sender, self.receiver
        command: dict[str, object] = {
            "command": self.kind,
            "call-id": self.call_id,
            "from-tag": self.offerer,
            "sdp": description,
            "replace": ["origin", "session-connection"],
            "flags": [*_listened_to(sender), *_believed(sender, description)],
            "received-from": [sender.family, sender.host],
            "ICE": "force" if receiver.browser else "remove",
        }
        if self.answerer:
            command["to-tag"] = self.answerer
        if self.branch:
            command["via-branch"] = self.branch
        if sender.family != receiver.family:
            command["address-family"] = receiver.family
        if sender.browser != receiver.browser:
            command |= self._translation()
        return command  # type: ignore[return-value]

    def _translation(self) -> dict[str, object]:
        """Between a browser and a phone. Who offered is answered as it offered, SRTP or not."""
        browser = self.receiver.browser
        words: dict[str, object] = {
            "rtcp-mux": _MULTIPLEXED[self.kind] if browser else ["demux"],
        }
        if browser:
            words["SDES"] = ["off"]
        if self.kind == "offer":
            words["transport-protocol"] = "UDP/TLS/RTP/SAVPF" if browser else "RTP/AVP"
        return words


_MULTIPLEXED = {"offer": ["offer", "require"], "answer": ["accept"]}


def deletion(call_id: bytes, tag: bytes) -> Command:
    """The call is over."""
    return {"command": "delete", "call-id": call_id, "from-tag": tag, "delete-delay": 0}


def _listened_to(sender: End) -> list[str]:
    """Who sends from elsewhere once the stream was learnt is not listened to.

    But a browser moves to a better pair of candidates during the call (RFC 8445 section 8.3), and
    others cannot send in its name, as they do not have the keys of its SRTP.
    """
    return [] if sender.browser else ["strict-source"]


def _believed(sender: End, description: bytes) -> list[str]:
    """Media of an end behind NAT comes from where its signalling does, whatever it says."""
    return ["SIP-source-address" if _is_lost(sender, description) else "trust-address"]


def _is_lost(sender: End, description: bytes) -> bool:
    """Whether an end does not know the address that it has for others."""
    if sender.behind_nat:
        return True
    try:
        media = parse_session(description).media
    except SipParseError:
        return False
    return not is_private(sender.host) and any(is_private(each.address) for each in media)


def description_in(reply: Reply | None) -> tuple[bytes, str]:
    """The description that goes on in place of the one asked about; or why there is none."""
    if reply is None:
        return b"", "no media relay answers"
    description = reply.get(b"sdp")
    if reply.get(b"result") == b"ok" and isinstance(description, bytes) and description:
        return description, ""
    reason = reply.get(b"error-reason")
    text = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else "no reason given"
    return b"", f"the media relay refused: {text[:LONGEST_REASON]}"
