import asyncio
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from engine.control import ControlError, NodeUnreachableError, call
from engine.control.server import ControlServer


async def echo(question: Mapping[str, Any]) -> Any:
    return {"heard": dict(question)}


async def refuse(_question: Mapping[str, Any]) -> Any:
    raise ControlError("not now")


async def crash(_question: Mapping[str, Any]) -> Any:
    raise KeyError("secret detail")


@pytest.fixture
async def socket(tmp_path: Path) -> Any:
    path = tmp_path / "control.sock"
    server = ControlServer(path, {"/echo": echo, "/refuse": refuse, "/crash": crash})
    await server.start()
    yield path
    await server.stop()


async def ask(path: Path, what: str, **question: Any) -> Any:
    return await asyncio.to_thread(call, path, what, timeout=5, **question)


async def test_a_question_is_answered(socket: Path) -> None:
    assert await ask(socket, "/echo", a=1) == {"heard": {"a": 1}}


async def test_a_refusal_reaches_the_user_in_words(socket: Path) -> None:
    with pytest.raises(ControlError, match="not now"):
        await ask(socket, "/refuse")


async def test_a_defect_is_told_without_its_traceback(socket: Path) -> None:
    with pytest.raises(ControlError, match="internal error") as caught:
        await ask(socket, "/crash")
    assert "Traceback" not in str(caught.value)


async def test_only_the_owner_can_open_the_socket(socket: Path) -> None:
    assert stat.S_IMODE(socket.stat().st_mode) == 0o600


async def test_an_unknown_question_is_refused(socket: Path) -> None:
    with pytest.raises(ControlError):
        await ask(socket, "/nothing")


async def test_a_socket_that_a_dead_node_left_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    path.touch()
    server = ControlServer(path, {"/echo": echo})
    await server.start()
    assert await ask(path, "/echo") == {"heard": {}}
    await server.stop()
    assert not path.exists()


async def test_a_path_too_long_for_a_socket_address_works(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)
    server = ControlServer(deep / "control.sock", {"/echo": echo})
    await server.start()
    assert await ask(deep / "control.sock", "/echo") == {"heard": {}}
    await server.stop()


def test_no_node_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(NodeUnreachableError, match="no node answers"):
        call(tmp_path / "control.sock", "/echo", timeout=1)
