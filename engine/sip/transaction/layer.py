"""All transactions of a node: which one a message belongs to (RFC 3261 sections 17.1.3, 17.2.3)."""

from typing import Final

from engine.sip.flow import Flow
from engine.sip.timer import TimerWheel
from engine.sip.transaction.machine import (
    EVENT_OF,
    ClientTransaction,
    ClientUser,
    InviteClientTransaction,
    InviteServerTransaction,
    ServerTransaction,
    Transaction,
)
from engine.sip.wire import Request, Response

COOKIE: Final = b"z9hG4bK"
"""A branch that begins so is unique (RFC 3261 section 8.1.1.7)."""

Output = list[tuple[Flow, bytes, Transaction | None]]
"""What is to be sent: where to, the bytes, and whom to tell when that fails."""

Key = tuple[object, ...]


class TransactionLayer:
    """Tables of transactions, the wheel that drives them, and the output they share."""

    def __init__(self, wheel: TimerWheel, output: Output) -> None:
        self.wheel = wheel
        self.output = output
        self.servers: dict[Key, ServerTransaction] = {}
        self.clients: dict[tuple[bytes, bytes], ClientTransaction] = {}

    def accept(self, request: Request, key: Key, flow: Flow) -> ServerTransaction:
        """A server transaction for a new request. `flow` is where its responses go."""
        kind = InviteServerTransaction if request.method == "INVITE" else ServerTransaction
        transaction = self.servers[key] = kind(self, flow, key, request)
        return transaction

    def send(
        self, flow: Flow, message: bytes, branch: bytes, method: bytes, user: ClientUser, now: float
    ) -> ClientTransaction:
        """Send a request in a new client transaction."""
        kind = InviteClientTransaction if method == b"INVITE" else ClientTransaction
        key = (branch, method)
        transaction = self.clients[key] = kind(self, flow, message, key, user)
        transaction.start(now)
        return transaction

    def receive(self, response: Response, now: float) -> bool:
        """Hand a response to its transaction. False: it has none, and goes nowhere (RFC 6026)."""
        transaction = self.clients.get((response.via.branch, response.cseq[1]))
        if transaction is None:
            return False
        transaction.feed(EVENT_OF[response.status // 100], now, response)
        return True


def server_key(request: Request, method: str) -> Key:
    """What a request's retransmissions, ACK and CANCEL have in common.

    `method` is the one to look for: INVITE for an ACK and for what a CANCEL cancels. Without a
    real branch, RFC 2543 requests are told apart by their other fields (section 17.2.3).
    """
    via = request.via
    if via.branch.startswith(COOKIE) and len(via.branch) > len(COOKIE):
        return via.branch, via.sent_by, method
    return via.text, request.call_id, request.cseq[0], request.sender.tag, request.uri, method
