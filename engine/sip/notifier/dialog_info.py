"""`dialog` (RFC 4235): who is in a call, as the calls that pass through us tell. For busy lamps.

While a phone rings, whoever watches it sees who calls and the dialog's tags: that is what lamps
are for, and what picking the call up with Replaces needs. Once it is answered only the user
themself is told more than that they are busy: with the tags of a conversation anybody could take
it over (section 6), and whom somebody speaks to is nobody's business.
"""

import hashlib
from collections.abc import Iterator

from engine.sip.calls import Call, Calls, Leg
from engine.sip.notifier.markup import DECLARATION, attribute, text
from engine.sip.notifier.package import CALLS, Resource, ended
from engine.sip.wire.fields import unquote
from engine.sip.wire.uri import escape_user


class DialogPackage:
    """Dialogs of users."""

    name = "dialog"
    content_type = b"application/dialog-info+xml"
    topics = frozenset((CALLS,))
    private = False
    listed = True

    def __init__(self, calls: Calls, domain: str) -> None:
        self._calls = calls
        self._domain = domain

    def document(self, resource: Resource) -> bytes:
        """See Package. A dialog that ended is listed once as terminated."""
        live: list[str] = []
        present: dict[str, str] = {}
        for call in self._calls.of(resource.user):
            for id_, direction, rest in self._dialogs(call, resource):
                live.append(f"<dialog{attribute('id', id_)}{rest}")
                present[id_] = (
                    f"<dialog{attribute('id', id_)}{attribute('direction', direction)}>"
                    "<state>terminated</state></dialog>\n"
                )
        head = attribute("version", resource.version) + ' state="full"'
        head += attribute("entity", resource.entity)
        return (
            f'{DECLARATION}<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info"{head}>\n'
            f"{''.join(live)}{''.join(ended(resource, present))}</dialog-info>\n"
        ).encode()

    def _dialogs(self, call: Call, resource: Resource) -> Iterator[tuple[str, str, str]]:
        """Id, direction, and the element from behind its id on."""
        if call.user == resource.user:
            yield self._as_caller(call, resource)
        for leg in call.legs:
            if leg.user == resource.user:
                yield self._as_callee(call, leg, resource)

    def _as_caller(self, call: Call, resource: Resource) -> tuple[str, str, str]:
        state = "confirmed" if call.answered else "early" if call.legs else "trying"
        mine = call.sender.tag if call.sender is not None else b""
        theirs = call.legs[0].tag if call.legs else b""
        remote = self._address(call.number)
        tags = _tags(call, mine, theirs) if resource.own else ""
        parties = _parties(resource.entity, f"<identity>{text(remote)}</identity>")
        return (
            _identifier(call, b"caller", mine),
            "initiator",
            f'{tags} direction="initiator"><state>{state}</state>'
            f"{parties if resource.own else ''}</dialog>\n",
        )

    def _as_callee(self, call: Call, leg: Leg, resource: Resource) -> tuple[str, str, str]:
        state = "confirmed" if call.answered else "early"
        mine = leg.tag
        theirs = call.sender.tag if call.sender is not None else b""
        told = resource.own or not call.answered
        tags = _tags(call, mine, theirs) if told else ""
        parties = _parties(resource.entity, self._caller(call)) if told else ""
        return (
            _identifier(call, b"callee", mine),
            "recipient",
            f'{tags} direction="recipient"><state>{state}</state>{parties}</dialog>\n',
        )

    def _caller(self, call: Call) -> str:
        """Who calls, unless they asked for privacy; a user also as whom to send Replaces to."""
        if call.sender is None or call.private:
            return ""
        display = unquote(call.sender.display)
        name = attribute("display", display) if display else ""
        identity = f"<identity{name}>{text(call.sender.uri)}</identity>"
        if not call.user:
            return identity
        return f"{identity}<target{attribute('uri', self._address(call.user))}/>"

    def _address(self, user: str) -> str:
        return f"sip:{escape_user(user).decode()}@{self._domain}"


def _tags(call: Call, mine: bytes, theirs: bytes) -> str:
    remote = attribute("remote-tag", theirs) if theirs else ""
    return attribute("call-id", call.call_id) + attribute("local-tag", mine) + remote


def _parties(entity: str, remote: str) -> str:
    local = f"<local><identity>{text(entity)}</identity><target{attribute('uri', entity)}/></local>"
    return local + (f"<remote>{remote}</remote>" if remote else "")


def _identifier(call: Call, side: bytes, tag: bytes) -> str:
    """The same for as long as the dialog lives, and of no use to find it."""
    seed = b"\0".join((call.call_id.encode("utf-8", "replace"), side, tag))
    return hashlib.blake2b(seed, digest_size=8).hexdigest()
