"""The request that phones send, read and answered without a general HTTP parser.

One GET or HEAD without a body, whole in one piece, in plain ASCII: that is what nearly every
phone sends, and a storm of ten thousand is nothing else. Everything else is left to aiohttp, which
gets the same connection and the same bytes.
"""

import re
import time
from email.utils import formatdate
from functools import lru_cache
from typing import Final

from engine.provision.answering import REASONS, Answer
from engine.provision.web import Question

_REQUEST: Final = re.compile(
    rb"(GET|HEAD) (/[!-~]{0,512}) HTTP/1\.([01])\r\n((?:[A-Za-z-]{1,64}:[\t -~]*\r\n){0,32})\r\n"
)
_LONGEST: Final = 2048
_BODY: Final = frozenset(("Content-Length", "Transfer-Encoding", "Expect", "Upgrade"))


def read_usual(data: bytes, peer: str) -> tuple[Question, bool] | None:
    """The request, and whether the connection stays open. None: it is not a usual one."""
    if len(data) > _LONGEST or (found := _REQUEST.fullmatch(data)) is None:
        return None
    method, target, minor, lines = found.groups()
    headers: dict[str, str] = {}
    for line in lines.decode("ascii").split("\r\n")[:-1]:
        name, _, value = line.partition(":")
        name = name.title()
        if name in headers or name in _BODY:
            return None
        headers[name] = value.strip(" \t")
    connection = headers.get("Connection", "").lower()
    stays = connection != "close" if minor == b"1" else connection == "keep-alive"
    return Question(method.decode(), target.decode(), headers, peer), stays


def written(answer: Answer, *, head: bool, stays: bool) -> bytes:
    """The bytes of an answer. HEAD's says the length of what GET would get."""
    lines = [f"HTTP/1.1 {answer.status} {REASONS[answer.status]}"]
    lines += [f"{name}: {value}" for name, value in answer.headers]
    if answer.status != 304:
        lines.append(f"Content-Length: {len(answer.body)}")
    lines.append(f"Date: {_now(int(time.time()))}")
    lines.append("Connection: keep-alive" if stays else "Connection: close")
    start = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
    return start if head or answer.status == 304 else start + answer.body


@lru_cache(maxsize=2)
def _now(second: int) -> str:
    return formatdate(second, usegmt=True)
