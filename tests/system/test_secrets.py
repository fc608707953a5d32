"""Sealed secrets on a whole node: they are used, and nothing that anybody can read shows them."""

import hashlib
import hmac
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from ports import free_port
from running import PBX, Site, eventually

from schema.diagnostics import FORMATS

HOOK = free_port()
VALUE = "correct-horse-battery-staple"
PATH = "system/notify/webhook_secret"
VIEWS = ("text", "json", "markdown")
OPEN = f"not-sealed-{VALUE}"


@pytest.fixture
def posts() -> Iterator[list[tuple[str, bytes]]]:
    """What the webhook gets: signature and body."""
    taken: list[tuple[str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            taken.append((self.headers.get("X-Dialtree-Signature", ""), body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_words: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", HOOK), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield taken
    server.shutdown()
    thread.join()
    server.server_close()


def sealed(site: Site, value: str) -> str:
    """`pbx secrets encrypt`, with the value on standard input."""
    done = subprocess.run(
        [PBX, "secrets", "encrypt", PATH, site.tree, "--state", site.state],
        input=value.encode(), capture_output=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return (done.stdout + done.stderr).decode()


def signed(posts: list[tuple[str, bytes]], value: str) -> bool:
    """Whether the newest post is signed with a key."""
    signature, body = posts[-1] if posts else ("", b"")
    return signature == f"sha256={hmac.new(value.encode(), body, hashlib.sha256).hexdigest()}"


def test_a_sealed_secret_is_used_and_shown_by_nothing(
    new_site: Callable[..., Site], posts: list[tuple[str, bytes]]
) -> None:
    site = new_site()
    said = site.pbx("secrets", "init", "--state", site.state, check=True).stdout
    recipient = next(line.strip("- ") for line in said.splitlines() if "age1" in line)
    notify = f'  notify: {{webhooks: ["http://127.0.0.1:{HOOK}/x"]}}\n'
    site.edit("  region:", f"  secrets: {{recipients: [{recipient}]}}\n{notify}  region:")
    site.commit("Tell a program")
    site.start()
    shown = [sealed(site, VALUE)]
    site.runs(site.head())
    eventually(lambda: signed(posts, VALUE))
    shown += [sealed(site, f"{VALUE}-2")]
    site.runs(site.head())
    eventually(lambda: signed(posts, f"{VALUE}-2"))
    state = ("--state", site.state)
    for words in (
        ("status",), ("status", "--format", "json"), ("history",), ("explain", "system"),
        ("explain", "system", "--format", "json"), ("secrets", "doctor"), ("blame", "system"),
        *(("diff", "--against", "HEAD~1", "--format", form) for form in VIEWS),
        ("secrets", "rotate", "--recipients"), ("secrets", "rotate", "users/alice"),
        ("render", "-o", site.state / "out"),
    ):  # fmt: skip
        offline = words[0] in ("explain", "blame")
        done = site.pbx(*words, *(() if offline else state))
        assert done.returncode in (0, 2), (words, done.stderr)
        shown += [done.stdout, done.stderr]
    assert 'webhook_secret: "!age ' in "".join(shown)  # changed, and by which text
    shown += _refused_readable(site)
    shown += [site.output(), *(body.decode() for _, body in posts)]
    files = [path for path in site.state.parent.rglob("*") if path.is_file()]
    stored = b"".join(path.read_bytes() for path in files if path.name != "pbx.yaml")
    assert VALUE not in "".join(shown)
    assert VALUE.encode() not in stored


def _refused_readable(site: Site) -> list[str]:
    """What is said where the secret stands readable in the tree, by check and by hook."""
    path = site.tree / "pbx.yaml"
    text = path.read_text()
    path.write_text(text.replace("  notify: {", f"  notify: {{webhook_secret: '{OPEN}', ", 1))
    shown = []
    for form in FORMATS:
        done = site.pbx("validate", "--format", form)
        assert "PBX1850" in done.stdout
        shown += [done.stdout, done.stderr]
    site.git("add", "-A")
    done = site.git("commit", "-m", "Readable", check=False)
    assert done.returncode != 0
    site.git("reset", "-q", "--hard")
    site.git("gc", "-q", "--prune=now")
    return [*shown, done.stdout, done.stderr]
