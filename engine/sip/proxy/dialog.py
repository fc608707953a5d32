"""The token in our Record-Route: who may send within a dialog, and where it goes.

Requests inside a dialog are not challenged: gateways cannot answer a challenge, and phones do so
badly for BYE. So the right to send them must be proved otherwise, or anybody could write a To tag
and a Route and use us as a relay, to a gateway of all places.

The user part of our Record-Route URI is a token, as RFC 5626 section 5.2 suggests for flows: both
ends' addresses as we saw them, with a MAC over them, the Call-ID and the caller's tag. From it
follows:

- Only who took part in the INVITE knows the token; nobody can make one for another dialog.
- The destination is in the token, so what the Request-URI says does not decide where a request
  goes (a contact that its user has registered in the meantime excepted). With a token from a call
  to Bob nothing can be sent to a gateway.
- Ends behind NAT are reached the way they came, whatever address they put into Contact.
- No table: dialogs go on after a restart. The token also says in which run of the node it was made:
  what this run let through, it knows (see `membership`).

Whose tag it is tells the direction. Ends without tags (RFC 2543) are told by their address.
"""

import hashlib
import hmac
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from functools import lru_cache
from socket import AF_INET, AF_INET6, inet_ntop, inet_pton
from typing import Final, NamedTuple

from engine.sip.flow import TRANSPORTS, Flow, ListenAddress

_PROOF: Final = 9
RECENT: Final = 4096
"""Tokens remembered as they were made: the ACK and often the BYE come soon. Only saves work.

They are forgotten by half of them: taking the oldest one out of a dictionary each time looks at
all the places that were emptied before it.
"""
RUN: Final = 2
"""Bytes that tell this run of a node from others."""
_SIX: Final = 0x80
"""Bit of a packed flow: IPv6."""
_ACCEPTED: Final = 0x40
"""Bit of a packed flow: the peer made the connection."""


class Dialog(NamedTuple):
    """The two ends of a dialog, as the proxy sent to them."""

    caller: Flow
    callee: Flow


class DialogRoutes:
    """Makes tokens and recognises them."""

    def __init__(self, key: bytes, listeners: Sequence[ListenAddress], run: bytes) -> None:
        self._run = run
        self._key = hashlib.blake2b(b"dialog route", key=key[:64]).digest()[:32]
        self._recent: dict[str, tuple[bytes, bytes, Dialog]] = {}
        self._before: dict[str, tuple[bytes, bytes, Dialog]] = {}
        self._packed: dict[ListenAddress, bytes] = {
            listener: _pack_listener(listener) for listener in listeners
        }

    def token(self, dialog: Dialog, call_id: bytes, caller_tag: bytes) -> bytes:
        """User part for a Record-Route URI."""
        body = _pack(dialog.caller) + _pack(dialog.callee) + self._run
        token = urlsafe_b64encode(body + self._proof(body, call_id, caller_tag)).rstrip(b"=")
        if len(self._recent) >= RECENT // 2:
            self._before, self._recent = self._recent, {}
        self._recent[token.decode("ascii")] = call_id, caller_tag, dialog
        return token

    def destination(
        self, token: str, call_id: bytes, from_tag: bytes, to_tag: bytes, source: Flow
    ) -> Flow | None:
        """Where a request with that token goes. None when the token is not for its dialog."""
        recent = self._recent.get(token) or self._before.get(token)
        if recent is not None and recent[0] == call_id and from_tag != to_tag:
            if recent[1] == from_tag:
                return recent[2].callee
            return recent[2].caller if recent[1] == to_tag else None
        raw = _decoded(token)
        if len(raw) <= _PROOF:
            return None
        body, proof = raw[:-_PROOF], raw[-_PROOF:]
        from_caller = hmac.compare_digest(proof, self._proof(body, call_id, from_tag))
        if from_caller and from_tag == to_tag:
            callee = self._end(body, 1)
            from_caller = callee is None or source[1:3] != callee[1:3]
        elif not (from_caller or hmac.compare_digest(proof, self._proof(body, call_id, to_tag))):
            return None
        return self._end(body, 1 if from_caller else 0)

    def is_of_this_run(self, token: str) -> bool:
        """Whether a token that is valid was made since the node started."""
        return _decoded(token)[:-_PROOF].endswith(self._run)

    def _proof(self, body: bytes, call_id: bytes, tag: bytes) -> bytes:
        data = b"\0".join((body, call_id, tag))
        return hashlib.blake2b(data, digest_size=_PROOF, key=self._key).digest()

    def _end(self, body: bytes, which: int) -> Flow | None:
        """The caller (0) or the callee (1). None when we have no such transport any more."""
        middle = 20 if body[0] & _SIX else 8
        return self._flow(body[middle:] if which else body[:middle])

    def _flow(self, raw: bytes) -> Flow | None:
        family = AF_INET6 if raw[0] & _SIX else AF_INET
        listener = self._listener(bytes((raw[0] & ~_ACCEPTED, raw[1])))
        if listener is None:
            return None
        end = 20 if family == AF_INET6 else 8
        host, port = inet_ntop(family, raw[2 : end - 2]), int.from_bytes(raw[end - 2 : end], "big")
        return Flow(listener, host, port, bool(raw[0] & _ACCEPTED))

    def _listener(self, packed: bytes) -> ListenAddress | None:
        """The listener of that mark; after a move, one of the same transport and family."""
        for listener, mark in self._packed.items():
            if mark == packed:
                return listener
        for listener, mark in self._packed.items():
            if mark[0] == packed[0]:
                return listener
        return None


@lru_cache(RECENT)
def _pack(flow: Flow) -> bytes:
    family = AF_INET6 if ":" in flow.host else AF_INET
    kind, mark = _pack_listener(flow.listener)
    if flow.accepted:
        kind |= _ACCEPTED
    host = flow.host.partition("%")[0]  # of link-local ones; to those there is no way back
    return bytes((kind, mark)) + inet_pton(family, host) + flow.port.to_bytes(2, "big")


def _pack_listener(listener: ListenAddress) -> bytes:
    """Family and transport, and a mark to tell listeners apart: 2 bytes."""
    kind = (_SIX if ":" in listener.host else 0) | TRANSPORTS.index(listener.transport)
    mark = zlib.crc32(f"{listener.host}:{listener.port}".encode()) & 0xFF
    return bytes((kind, mark))


def _decoded(token: str) -> bytes:
    if not 28 <= len(token) <= 72:
        return b""
    try:
        return urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (ValueError, UnicodeEncodeError):
        return b""
