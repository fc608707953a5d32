"""NOTIFY out of any subscription: how phones are told to fetch their profile."""

from os import urandom
from typing import TYPE_CHECKING

from engine.sip.location import Binding
from engine.sip.notifier.writing import contact
from engine.sip.transaction import COOKIE, NOBODY

if TYPE_CHECKING:
    from engine.sip.core import SipCore


def notify_device(core: "SipCore", user: str, device: str, event: str, now: float) -> int:
    """Send an event to each contact of a device; how many there were.

    The events are conventions of phone makers ("check-sync;reboot=false"), not of an RFC. They go
    straight to the contact, in no dialog, and nothing depends on the answer.
    """
    core.note_time(now)
    bindings = [each for each in core.location.of(user, core.wall()) if each.device == device]
    for binding in bindings:
        branch = COOKIE + urandom(8).hex().encode("ascii")
        flow = core.service.domain.current(binding.flow)
        core.transactions.send(
            flow, _notification(core, binding, event, branch), branch, b"NOTIFY", NOBODY, now
        )
    return len(bindings)


def _notification(core: "SipCore", binding: Binding, event: str, branch: bytes) -> bytes:
    domain = core.service.domain
    uri = binding.contact.partition("?")[0].encode("utf-8", "surrogateescape")
    record = f"sip:{binding.user}@{domain.config.domain}".encode()
    listener = domain.current(binding.flow).listener
    lines = (
        b"NOTIFY %s SIP/2.0" % uri,
        domain.via(listener) + branch.removeprefix(COOKIE),
        *((b"Route: " + binding.path.encode("utf-8", "surrogateescape"),) if binding.path else ()),
        b"Max-Forwards: 70",
        b"From: <%s>;tag=%s" % (record, core.new_tag()),
        b"To: <%s>" % record,
        b"Call-ID: " + urandom(12).hex().encode("ascii"),
        b"CSeq: 1 NOTIFY",
        contact(listener),
        b"Event: " + event.encode("ascii"),
        b"Subscription-State: terminated",
        b"Content-Length: 0\r\n\r\n",
    )
    return b"\r\n".join(lines)
