"""Sends one request over and over, as an attacker does: python flood.py PORT KIND RATE SECONDS

KIND is "INVITE" or "REGISTER" (with a wrong password), both from 127.0.0.2, or "spread": INVITE
from 200 addresses. To 127.0.0.1 only. Prints how many datagrams were sent.
"""

import itertools
import socket
import sys
import time

CREDENTIALS = (
    'Authorization: Digest username="u1", realm="example.test", uri="sip:example.test", '
    f'nonce="{"A" * 32}", response="{"0" * 32}", algorithm=MD5\r\n'
)


def request(method: str, number: int) -> bytes:
    """A request like the last one, in a transaction of its own."""
    extra = CREDENTIALS if method == "REGISTER" else ""
    user = "" if method == "REGISTER" else "u1@"
    return (
        f"{method} sip:{user}example.test SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP 127.0.0.2:5060;branch=z9hG4bK-{number};rport\r\n"
        f"From: <sip:u0@example.test>;tag={number}\r\nTo: <sip:u1@example.test>\r\n"
        f"Call-ID: flood-{number}\r\nCSeq: 1 {method}\r\nContact: <sip:u0@127.0.0.2>\r\n"
        f"Max-Forwards: 70\r\n{extra}Content-Length: 0\r\n\r\n"
    ).encode()


def flood(port: int, kind: str, rate: int, seconds: float) -> int:
    """Send until the time is up; bursts of a millisecond. How many were sent."""
    hosts = [f"127.9.0.{n + 1}" for n in range(200)] if kind == "spread" else ["127.0.0.2"]
    sockets = []
    for host in hosts:
        made = socket.socket(type=socket.SOCK_DGRAM)
        made.bind((host, 0))
        made.connect(("127.0.0.1", port))
        sockets.append(made)
    sources = itertools.cycle(sockets)
    method = "INVITE" if kind == "spread" else kind
    start, sent = time.monotonic(), 0
    while (passed := time.monotonic() - start) < seconds:
        while sent < passed * rate:
            next(sources).send(request(method, sent))
            sent += 1
        time.sleep(0.001)
    return sent


if __name__ == "__main__":
    print(flood(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4])))
