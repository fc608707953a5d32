"""What watches the nodes' words in all tests here would tell of a bad one."""

import socket
from pathlib import Path

from capture import Capture
from ports import free_port

OPTIONS = (
    b"OPTIONS sip:a@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKx\r\n"
    b"From: <sip:b@127.0.0.1>;tag=1\r\nTo: <sip:a@127.0.0.1>\r\nCall-ID: c@127.0.0.1\r\n"
    b"CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
)


GOOD = (OPTIONS, b"\r\n\r\n")
BAD = (OPTIONS.replace(b"Max-Forwards: ", b"Max-Forwards "), OPTIONS[:60], b"Hello, who is there?")


def test_tshark_tells_what_is_not_well_formed(tmp_path: Path) -> None:
    port, elsewhere = free_port(), free_port()
    capture = Capture(tmp_path / "sip.pcapng", {port})
    capture.start()
    with socket.socket(type=socket.SOCK_DGRAM) as speaker:
        speaker.bind(("127.0.0.1", port))
        for message in (*GOOD, *BAD):
            speaker.sendto(message, ("127.0.0.1", elsewhere))
    capture.stop()
    faults = capture.faults()
    assert len(faults.splitlines()) == len(BAD), faults
    assert "Header has no colon" in faults
    assert "Malformed Packet" in faults
