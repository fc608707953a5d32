"""`python -m bench.phones.serve FOLDER COUNT`: our server with so many phones, in a process.

Writes the same files to FOLDER for a static server, prints what there is to ask for as one line of
JSON, and serves until its input is closed. The live log is written to a file, as on a node.
"""

import asyncio
import gc
import json
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engine.log import Log
from engine.provision import ProvisionServer
from engine.provision.tftp import TftpServer
from engine.secrets import Secrets
from renderers.devices import Device, DeviceCompiler, load_families, render
from schema.models import Node, Phone, System, SystemSettings, User

YEALINK, POLY = "001565", "0004f2"
HOST = "127.0.0.1"
MODIFIED = datetime(2026, 1, 1, tzinfo=UTC)


def system_of(count: int) -> System:
    """Three Yealink phones for each two of Poly."""
    users, phones = {}, {}
    for number in range(count):
        poly = number % 5 > 2
        mac = f"{POLY if poly else YEALINK}{number:06x}"
        users[f"u{number}"] = User(name=f"User {number}", extension=str(10_000 + number))
        model = "poly-vvx400" if poly else "yealink-t46g"
        phones[mac] = Phone(model=model, lines=(f"u{number}",))
    return System(
        SystemSettings(domain="example.test"), {"pbx1": Node(address=HOST)}, {}, {}, users, phones,
        {}, {}, (),
    )  # fmt: skip


def written(folder: Path, devices: Mapping[str, Device], secrets: Secrets) -> dict[str, list[str]]:
    """Every file below its phone's path in `folder`; the paths that each phone asks for."""
    asked: dict[str, list[str]] = {}
    for mac, files in devices.items():
        below = f"d/{secrets.provisioning_token(mac, 1)}"
        (folder / below).mkdir(parents=True)
        for name, file in files.items():
            (folder / below / name).write_bytes(render(file, secrets))
        asked[mac] = [f"/{below}/{name}" for name in files]
    return asked


async def serve(folder: Path, count: int) -> None:
    """Until the input is closed."""
    families, secrets = load_families(), Secrets(b"\1" * 32, "example.test")
    devices = DeviceCompiler(families).devices(system_of(count))
    asked = written(folder, devices, secrets)
    log = Log((folder / "log").open("w"))
    server = ProvisionServer(log.provisioning)
    await server.start(HOST, 0)
    server.access.trust(("127.0.0.0/8",))
    server.swap(devices, secrets, MODIFIED)
    tftp = TftpServer(server.access)
    await tftp.start(HOST, 0)
    for mac in devices:
        server.access.enrolments.open(mac, 3600, time.time())
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000)  # as in a node
    said: dict[str, Any] = {"http": server.address, "tftp": tftp.address, "phones": asked}
    sys.stdout.write(f"{json.dumps(said)}\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    await tftp.stop()
    await server.stop()
    log.close()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2])))
