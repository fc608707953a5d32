"""A LAN of two network namespaces: a real DHCP server with our snippet, and clients that ask it."""

import json
import subprocess
import sys
import time
from os import environ, getpid
from pathlib import Path

import pytest

PATH = f"{environ['PATH']}:/usr/sbin:/sbin"
ASKED = (42, 43, 66, 114, 120, 125, 150, 160)

MAIN = {
    "dnsmasq.conf": """
port=0
interface=dt-server
bind-interfaces
dhcp-range=198.18.79.100,198.18.79.200,10m
dhcp-leasefile={folder}/leases
no-ping
dhcp-authoritative
user=root
conf-file={snippet}
""",
    "dhcpd.conf": """
authoritative;
ping-check false;
include "{snippet}";
subnet 198.18.79.0 netmask 255.255.255.0 {{ range 198.18.79.100 198.18.79.200; }}
""",
}
KEA = {
    "interfaces-config": {"interfaces": ["dt-server"]},
    "lease-database": {"type": "memfile", "persist": False},
    "subnet4": [{"subnet": "198.18.79.0/24", "pools": [{"pool": "198.18.79.100-198.18.79.200"}]}],
}
COMMANDS = {
    "dnsmasq.conf": "dnsmasq -k -C {main}",
    "dhcpd.conf": "dhcpd -4 -f -cf {main} -lf {folder}/leases -pf {folder}/pid --no-pid dt-server",
    "kea.json": "kea-dhcp4 -c {main}",
}

DISCOVER = """
import socket, sys
mac, vendor = bytes.fromhex(sys.argv[1].replace(":", "")), sys.argv[2].encode()
asked = bytes(map(int, sys.argv[3:]))
options = b"\\x35\\x01\\x01" + bytes((60, len(vendor))) + vendor + bytes((55, len(asked))) + asked
head = bytes((1, 1, 6, 0)) + b"lab!" + b"\\0\\0\\x80\\0" + bytes(16) + mac.ljust(16, b"\\0")
question = head + bytes(192) + b"\\x63\\x82\\x53\\x63" + options + b"\\xff"
asker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
asker.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
asker.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"dt-phone")
asker.bind(("", 68))
asker.settimeout(1)
for attempt in range(10):
    asker.sendto(question, ("255.255.255.255", 67))
    try:
        left = asker.recv(2048)[240:]
        break
    except TimeoutError:
        pass
while left[0] != 255:
    code, length = left[:2] if left[0] else (0, -1)
    if code:
        print(code, left[2:2 + length].hex())
    left = left[2 + length:]
"""


class Lan:
    """A server's namespace and a phone's, with a cable between them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server, self.phone = f"dt{getpid()}-dhcp", f"dt{getpid()}-phone"
        self._process: subprocess.Popen[bytes] | None = None

    def build(self) -> None:
        for name in (self.server, self.phone):
            ip(f"netns add {name}")
            ip(f"-n {name} link set lo up")
        ip(
            f"link add dt-server netns {self.server} type veth "
            f"peer name dt-phone netns {self.phone}"
        )
        ip(f"-n {self.server} addr add 198.18.79.1/24 dev dt-server")
        ip(f"-n {self.server} link set dt-server up")

    def serve(self, file: str, snippet: bytes) -> None:
        """Run the server that reads this kind of file."""
        (self.folder / "leases").touch()
        path, main = self.folder / f"snippet-{file}", self.folder / file
        path.write_bytes(snippet)
        if file == "kea.json":
            merged = {"Dhcp4": {**KEA, **json.loads(snippet)["Dhcp4"]}}
            main.write_text(json.dumps(merged))
        else:
            main.write_text(MAIN[file].format(folder=self.folder, snippet=path))
        command = COMMANDS[file].format(main=main, folder=self.folder)
        places = {f"KEA_{kind}_DIR": str(self.folder) for kind in ("PIDFILE", "LOCKFILE")}
        self._process = subprocess.Popen(
            ["ip", "netns", "exec", self.server, *command.split()],
            env={"PATH": PATH, **places},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def ask(self, mac: str, vendor_class: str) -> dict[int, bytes]:
        """What busybox's DHCP client is told, as a phone with this MAC and this option 60."""
        ip(f"-n {self.phone} link set dt-phone down")
        ip(f"-n {self.phone} link set dt-phone address {mac} up")
        script, found = self.folder / "told.sh", self.folder / "told"
        script.write_text(f'#!/bin/sh\n[ "$1" = bound ] && env > {found}\nexit 0\n')
        script.chmod(0o755)
        found.unlink(missing_ok=True)
        options = [word for code in ASKED for word in ("-O", str(code))]
        client = ["busybox", "udhcpc", "-i", "dt-phone", "-V", vendor_class, "-f", "-n", "-q"]
        for _ in range(5):  # nothing says when a server is ready
            subprocess.run(
                ["ip", "netns", "exec", self.phone, *client, "-t", "5", "-T", "1", "-s",
                 str(script), *options],
                check=False, capture_output=True, timeout=30, env={"PATH": PATH},
            )  # fmt: skip
            if found.exists():
                return told(dict(line.split("=", 1) for line in found.read_text().splitlines()))
            time.sleep(0.2)
        pytest.fail("no DHCP server answered")

    def discover(self, mac: str, vendor_class: str) -> dict[int, bytes]:
        """The options of the first offer, byte for byte: udhcpc shows no URL in option 66."""
        ip(f"-n {self.phone} link set dt-phone up")
        done = subprocess.run(
            ["ip", "netns", "exec", self.phone, sys.executable, "-c", DISCOVER,
             mac, vendor_class, *map(str, ASKED)],
            check=True, capture_output=True, text=True, timeout=30,
        )  # fmt: skip
        pairs = (line.split() for line in done.stdout.splitlines())
        found = {int(code): bytes.fromhex(value) for code, value in pairs}
        return _asked(found)

    def tear_down(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
        for name in (self.server, self.phone):
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)


def ip(words: str) -> None:
    subprocess.run(["ip", *words.split()], check=True, capture_output=True)


def told(environment: dict[str, str]) -> dict[int, bytes]:
    """Options by code: udhcpc has names for some, and gives the others as hexadecimal."""
    found = {
        int(name.removeprefix("opt")): bytes.fromhex(value)
        for name, value in environment.items()
        if name.removeprefix("opt").isdigit()
    }
    if "tftp" in environment:
        found[66] = environment["tftp"].encode()
    if "ntpsrv" in environment:
        found[42] = bytes(int(part) for part in environment["ntpsrv"].split("."))
    if "sipsrv" in environment:
        addresses = environment["sipsrv"].split()
        found[120] = b"\x01" + b"".join(bytes(map(int, one.split("."))) for one in addresses)
    return _asked(found)


def _asked(found: dict[int, bytes]) -> dict[int, bytes]:
    """Without a NUL at the end, which dnsmasq adds to texts and clients remove (RFC 2132 2)."""
    return {code: found[code].rstrip(b"\0") for code in ASKED if code in found}
