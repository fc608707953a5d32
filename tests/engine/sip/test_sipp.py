"""sipp against a node in a process of its own: registrations, calls, gateways that fail."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from node_process import NodeProcess
from ports import free_port

HERE = Path(__file__).parent
SCENARIOS = HERE / "scenarios"
pytestmark = pytest.mark.skipif(shutil.which("sipp") is None, reason="sipp is not installed")
USERS = 100


@pytest.fixture
def start_node() -> Iterator[Callable[..., NodeProcess]]:
    nodes: list[NodeProcess] = []

    def start(**options: Any) -> NodeProcess:
        nodes.append(NodeProcess(port=free_port(), **options))
        return nodes[-1]

    yield start
    for each in nodes:
        each.stop()


Sipp = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def sipp(tmp_path: Path) -> Iterator[Sipp]:
    """Start a scenario against a node; what still runs at the end is stopped."""
    running: list[subprocess.Popen[bytes]] = []

    def start(
        node: NodeProcess, scenario: str, port: int, *options: str
    ) -> "subprocess.Popen[bytes]":
        command = ["sipp", f"127.0.0.1:{node.port}", "-sf", str(SCENARIOS / f"{scenario}.xml")]
        command += [
            "-i",
            "127.0.0.1",
            "-p",
            str(port),
            "-nostdin",
            "-timeout",
            "40s",
            "-timeout_error",
        ]
        command += ["-trace_err", "-error_file", str(tmp_path / f"{scenario}-{port}.log"), *options]
        output = (tmp_path / f"{scenario}-{port}.out").open("wb")
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, cwd=tmp_path)
        running.append(process)
        return process

    yield start
    for process in running:
        process.terminate()
        process.wait(10)


def succeeded(process: "subprocess.Popen[bytes]", tmp_path: Path) -> None:
    code = process.wait(60)
    logs = "".join(log.read_text(errors="replace")[-2000:] for log in tmp_path.glob("*.log"))
    assert code == 0, logs


def user_list(path: Path, contact_port: int, number: Callable[[int], str]) -> str:
    """sipp's CSV: user, credentials, port of the contact, number to dial."""
    lines = ["SEQUENTIAL"]
    for index in range(USERS):
        user = f"u{index}"
        credentials = f"[authentication username={user} password=pw-{user}]"
        lines.append(f"{user};{credentials};{contact_port};{number(index)}")
    path.write_text("\n".join(lines) + "\n")
    return str(path)


@pytest.mark.parametrize("transport", ["u1", "t1"])
def test_a_hundred_users_register_and_call_each_other(
    start_node: Callable[..., NodeProcess], sipp: Sipp, tmp_path: Path, transport: str
) -> None:
    node, phones = start_node(users=USERS), free_port()
    users = user_list(tmp_path / "users.csv", phones, lambda index: f"u{(index + 1) % USERS}")
    options = ("-inf", users, "-m", str(USERS), "-r", "100", "-t", transport)
    succeeded(sipp(node, "register", free_port(), *options), tmp_path)
    assert node.report()["counts"]["registrations"] == USERS
    answering = sipp(node, "answer", phones, "-m", str(USERS))
    succeeded(sipp(node, "call", free_port(), *options), tmp_path)
    succeeded(answering, tmp_path)
    report = node.report()
    assert report["events"]["CallAnswered"] == report["events"]["CallEnded"] == USERS
    assert report["counts"]["calls"] == 0
    assert "AuthenticationFailed" not in report["events"]


def test_a_gateway_without_lines_and_a_dead_one_are_passed_over(
    start_node: Callable[..., NodeProcess], sipp: Sipp, tmp_path: Path
) -> None:
    full, dead, good = free_port(), free_port(), free_port()
    node = start_node(users=USERS, gateways={"full": full, "dead": dead, "good": good})
    users = user_list(tmp_path / "users.csv", 5060, lambda index: f"9{5550000 + index}")
    sipp(node, "refuse", full)
    answering = sipp(node, "answer", good, "-m", "10")
    calling = sipp(node, "call", free_port(), "-inf", users, "-m", "10", "-r", "10")
    succeeded(calling, tmp_path)
    succeeded(answering, tmp_path)
    events = node.report()["events"]
    assert (events["GatewayFailed"], events["CallAnswered"], events["CallEnded"]) == (20, 10, 10)


def test_a_gateway_calls_in_without_a_challenge(
    start_node: Callable[..., NodeProcess], sipp: Sipp, tmp_path: Path
) -> None:
    gateway, phones = free_port(), free_port()
    node = start_node(users=USERS, gateways={"gw": gateway})
    users = user_list(tmp_path / "users.csv", phones, str)
    options = ("-inf", users, "-m", str(USERS), "-r", "100")
    succeeded(sipp(node, "register", free_port(), *options), tmp_path)
    answering = sipp(node, "answer", phones, "-m", str(USERS))
    succeeded(sipp(node, "inbound", gateway, *options), tmp_path)
    succeeded(answering, tmp_path)
    assert node.report()["events"]["CallEnded"] == USERS
