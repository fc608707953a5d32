"""Transactions (RFC 3261 section 17, RFC 6026): tables, machines, and the layer that finds them."""

from engine.sip.transaction.layer import COOKIE, Key, Output, TransactionLayer, server_key
from engine.sip.transaction.machine import (
    NOBODY,
    ClientTransaction,
    ClientUser,
    ServerTransaction,
    Transaction,
)

__all__ = [
    "COOKIE", "NOBODY", "ClientTransaction", "ClientUser", "Key", "Output",
    "ServerTransaction", "Transaction", "TransactionLayer", "server_key",
]  # fmt: skip
