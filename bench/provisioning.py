"""A boot storm: 10,000 phones fetch their files at once by HTTP, 2,000 by TFTP, from one process.

Requests for each second of CPU, against nginx serving the same files in the same run, from a disk
and so from the kernel's cache. Both write a log. The server has the first CPU, the phones the last.
"""

import asyncio
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from bench import NotMeasuredError
from bench.phones.fetch import beside, boot, load
from bench.sip.processes import SERVER, cpu_times, free_ports, pinned, running, wait_for_port

PHONES, BY_TFTP = 10_000, 2_000
AIM = 0.25
START = 120.0

NGINX = """\
worker_processes 1;
pid {folder}/pid;
error_log {folder}/error.log;
daemon off;
events {{ worker_connections 4096; }}
http {{
  access_log {folder}/access.log;
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  default_type text/plain;
  sendfile on;
  etag on;
  server {{ listen 127.0.0.1:{port}; root {root}; }}
}}
"""


class Cost(NamedTuple):
    """What some requests cost."""

    requests: int
    cpu: float
    elapsed: float

    @property
    def rate(self) -> float:
        """Requests for each second of CPU."""
        return self.requests / self.cpu


def main() -> None:
    """Measure both. Raises NotMeasuredError."""
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        raise NotMeasuredError("needs Debian's nginx-light: apt install nginx-light")
    with tempfile.TemporaryDirectory(prefix="bench-") as name, beside():
        folder = Path(name)
        folder.chmod(0o755)
        with dialtree(folder) as (pid, said):
            http, phones = tuple(said["http"]), said["phones"]
            cold = cost(pid, lambda: boot(http, phones))
            warm = cost(pid, lambda: boot(http, phones))
            macs = [mac for mac in phones if mac.startswith("001565")]
            names = [f"{mac}.cfg" for mac in macs[: BY_TFTP // 2]]
            names += ["y000000000028.cfg"] * (BY_TFTP - len(names))
            tftp = cost(pid, lambda: load(tuple(said["tftp"]), names))
        peer = measured_nginx(nginx, folder, phones)
    show(cold, warm, tftp, peer)


def show(cold: Cost, warm: Cost, tftp: Cost, peer: Cost) -> None:
    """Print all of them."""
    rows = {
        "nginx, static": peer,
        "dialtree": warm,
        "dialtree, first fetch (renders)": cold,
        "dialtree, TFTP": tftp,
    }
    print(f"{'':34}{'requests':>9}{'elapsed, s':>12}{'per CPU-s':>11}{'ratio':>7}")
    for title, each in rows.items():
        ratio = each.rate / peer.rate
        print(f"{title:34}{each.requests:9}{each.elapsed:12.1f}{each.rate:11.0f}{ratio:7.2f}")
    print(f"ratio dialtree/nginx: {warm.rate / peer.rate:.2f} of the rate, where the aim is {AIM}")


@contextmanager
def dialtree(folder: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Our server with its phones; its process id and what there is to ask for."""
    root = folder / "files"
    root.mkdir()
    command = [*pinned(SERVER), sys.executable, "-m", "bench.phones.serve", str(root), str(PHONES)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        if not line:
            raise NotMeasuredError("our server did not start")
        yield process.pid, json.loads(line)
    finally:
        process.stdin.close()
        process.wait(START)


def measured_nginx(nginx: str, folder: Path, phones: dict[str, list[str]]) -> Cost:
    """The same phones, and the same files."""
    (port,) = free_ports(1)
    settings = folder / "nginx.conf"
    settings.write_text(NGINX.format(folder=folder, root=folder / "files", port=port))
    command = [*pinned(SERVER), nginx, "-c", str(settings), "-g", "user root;"]
    with running(command, folder) as pid:
        wait_for_port(port, socket.SOCK_STREAM)
        asyncio.run(boot(("127.0.0.1", port), phones))
        return cost(pid, lambda: boot(("127.0.0.1", port), phones))


def cost(pid: int, play: Callable[[], Coroutine[Any, Any, int]]) -> Cost:
    """Of what the phones ask, in the time of all processes of the server."""
    before, began = sum(cpu_times(pid)), time.monotonic()
    requests = asyncio.run(play())
    return Cost(requests, sum(cpu_times(pid)) - before, time.monotonic() - began)
