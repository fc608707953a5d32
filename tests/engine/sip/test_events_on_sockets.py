"""Message lamps of a server on real sockets, and through its restart."""

import asyncio
from collections.abc import Callable
from typing import Any

from softphone import Message, SoftPhone

from engine.sip import ListenAddress, Messages, SipServer


def told(phone: SoftPhone) -> Message:
    """The NOTIFY that comes within a second, answered."""
    notify = phone.expect("NOTIFY", 1.0)
    phone.answer(notify, 200)
    return notify


async def test_message_lamps_are_lit_and_stay_so(make_config: Callable[..., Any]) -> None:
    config, _ = make_config()
    server = SipServer(config, lambda event: None)
    await server.start([ListenAddress("udp", "127.0.0.1", 0)])
    [address] = server.listening
    with SoftPhone("alice", "pw-alice", (address.host, address.port)) as alice:
        assert (await asyncio.to_thread(alice.register)).status == 200
        answer = await asyncio.to_thread(alice.subscribe, "alice", "message-summary")
        assert answer.status == 200
        assert "Messages-Waiting: no" in (await asyncio.to_thread(told, alice)).body
        server.set_messages("alice", Messages(new=2, old=1))
        lit = await asyncio.to_thread(told, alice)
        assert "Messages-Waiting: yes" in lit.body
        assert "Voice-Message: 2/1 (0/0)" in lit.body
        assert server.counts()["subscriptions message-summary"] == 1
        kept = server.take_event_changes()
        await server.stop()
        server = SipServer(config, lambda event: None)
        await server.start([address])
        server.restore_events(kept)
        again = await asyncio.to_thread(told, alice)
        assert "Voice-Message: 2/1 (0/0)" in again.body
        assert again.call_id == lit.call_id
        assert int(again.one("CSeq").split()[0]) > int(lit.one("CSeq").split()[0])
    await server.stop()
