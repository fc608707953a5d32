"""Notices of emergency calls, told to real web and mail servers."""

import asyncio
import hashlib
import hmac
import json
import ssl
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.emergency.notice import Notice, Who
from engine.notices import notifier as telling
from engine.notices import webhook
from engine.notices.channel import Channel, DeliveryError
from engine.notices.channels import channels
from engine.notices.mail import Mailbox, message_of
from engine.notices.notifier import Notifier
from engine.notices.webhook import Webhook, origin
from engine.secrets import SecretReader
from schema.models.told import EmergencyNotice, Mail

Make = Callable[..., Notice]
Open = Callable[..., Awaitable[Any]]

NO_KEY = SecretReader(Path("/nonexistent/age.key"))


class Told:
    """A notifier, and what it reports."""

    def __init__(self, *channels: Channel, delays: Sequence[float] = (0.0, 0.0, 0.0)) -> None:
        self.lines: list[tuple[str, str]] = []
        self.notifier = Notifier(lambda topic, text: self.lines.append((topic, text)), delays)
        self.notifier.channels = channels

    async def tell(self, notice: Notice) -> dict[str, Any]:
        """Tell it, wait until nobody tries any more; the status."""
        self.notifier.tell(notice)
        async with asyncio.timeout(10):
            while self.notifier.status()["waiting"]:
                await asyncio.sleep(0.01)
        return self.notifier.status()


def signed(url: str, key: Path) -> Channel:
    """As the service makes it from the tree."""
    wanted = EmergencyNotice(webhooks=(url,), webhook_secret_file=str(key))
    return channels(wanted, "system/emergency", NO_KEY)[0]


# Programs


async def test_a_webhook_gets_all_there_is_to_know(hook: Any, make_notice: Make) -> None:
    told = Told(Webhook(hook.url, None))
    status = await told.tell(make_notice())
    assert (status["sent"], status["failed"], status["last_error"]) == (1, 0, None)
    [(request, body)] = hook.posts
    assert (request.method, request.content_type) == ("POST", "application/json")
    assert webhook.SIGNATURE not in request.headers
    assert json.loads(body) == {
        "event": "emergency.placed", "id": "c0ffee", "system": "example.test",
        "call_id": "call-1", "user": "alice", "name": "Alice Adams", "extension": "201",
        "site": "hq", "location": "1 Main St, Floor 2", "number": "911",
        "callback": "+12125550201", "gateways": ["pstn", "backup"], "gateway": "", "status": 0,
        "seconds": 0.0, "time": "2023-11-14T22:13:20Z",
    }  # fmt: skip


async def test_whoever_has_the_key_can_tell_that_it_is_ours(
    hook: Any, make_notice: Make, tmp_path: Path
) -> None:
    key = tmp_path / "key"
    key.write_text("correct horse\n")
    await Told(signed(hook.url, key)).tell(make_notice())
    [(request, body)] = hook.posts
    expected = hmac.new(b"correct horse", body, hashlib.sha256).hexdigest()
    assert request.headers["X-Dialtree-Signature"] == f"sha256={expected}"


@pytest.mark.parametrize("content", [None, "", "\n"])
async def test_a_key_that_cannot_be_read_costs_the_signature_and_not_the_alarm(
    hook: Any, make_notice: Make, tmp_path: Path, content: str | None
) -> None:
    key = tmp_path / "key"
    if content is not None:
        key.write_text(content)
    status = await Told(signed(hook.url, key)).tell(make_notice())
    assert (status["sent"], status["failed"]) == (1, 0)
    assert "sent without signature" in status["last_error"]["reason"]
    assert webhook.SIGNATURE not in hook.posts[0][0].headers


async def test_what_fails_for_now_is_tried_again(hook: Any, make_notice: Make) -> None:
    hook.statuses = [503, 429]
    told = Told(Webhook(hook.url, None))
    status = await told.tell(make_notice())
    assert (status["sent"], status["failed"]) == (1, 0)
    assert len(hook.posts) == 3
    assert len({body for _, body in hook.posts}) == 1  # with one id: it is the same notice


@pytest.mark.parametrize(("status", "times"), [(404, 1), (301, 1), (307, 1), (500, 4)])
async def test_tries_end(hook: Any, make_notice: Make, status: int, times: int) -> None:
    hook.statuses = [status] * 10
    told = Told(Webhook(hook.url, None))
    found = await told.tell(make_notice())
    assert (found["sent"], found["failed"]) == (0, 1)
    assert found["last_error"]["reason"] == f"given up: HTTP {status}"
    assert len(hook.posts) == times
    assert {request.path for request, _ in hook.posts} == {"/services/T0KEN"}


async def test_nobody_listens(make_notice: Make, unused_tcp_port: int) -> None:
    told = Told(Webhook(f"http://127.0.0.1:{unused_tcp_port}/x", None))
    status = await told.tell(make_notice())
    assert status["failed"] == 1
    assert "refused" in status["last_error"]["reason"]


async def test_a_receiver_that_never_answers_is_given_up(
    hook: Any, make_notice: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "TIMEOUT", webhook.aiohttp.ClientTimeout(total=0.2))
    hook.silent = True
    status = await Told(Webhook(hook.url, None), delays=()).tell(make_notice())
    assert status["last_error"]["reason"] == "given up: no answer in time"


async def test_a_certificate_nobody_vouches_for_gets_nothing(
    secure_hook: Any, make_notice: Make
) -> None:
    status = await Told(Webhook(secure_hook.url, None), delays=()).tell(make_notice())
    assert status["failed"] == 1
    assert "certificate" in status["last_error"]["reason"]
    assert secure_hook.posts == []


async def test_a_certificate_of_a_known_authority_will_do(
    secure_hook: Any, make_notice: Make, authority: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusting = ssl.create_default_context(cafile=authority.file)
    monkeypatch.setattr("aiohttp.connector._SSL_CONTEXT_VERIFIED", trusting)
    status = await Told(Webhook(secure_hook.url, None)).tell(make_notice())
    assert status["sent"] == 1


@pytest.mark.parametrize("url", ["http://[::1/x?key=s3cret", "http://a b/s3cret", "http:///s3cret"])
async def test_a_url_that_is_none_is_reported_and_not_repeated(make_notice: Make, url: str) -> None:
    told = Told(Webhook(url, None))
    status = await told.tell(make_notice())
    assert status["failed"] == 1
    assert "s3cret" not in f"{told.lines}{status}"


@pytest.mark.parametrize("answer", [204, 404, 500])
async def test_nothing_that_is_shown_holds_the_secret_part_of_a_url(
    hook: Any, make_notice: Make, answer: int
) -> None:
    hook.statuses = [answer] * 9
    told = Told(Webhook(hook.url.replace("http://", "http://user:passw0rd@"), None))
    shown = f"{await told.tell(make_notice())}{told.lines}"
    for secret in ("T0KEN", "s3cret", "passw0rd"):
        assert secret not in shown
    assert f"webhook http://127.0.0.1:{hook.port}" in shown


def test_an_address_is_shown_without_what_may_be_secret() -> None:
    assert origin("https://u:p@hooks.example.net/T/B?x=1") == "https://hooks.example.net"
    assert origin("http://[::1]:8080/x") == "http://[::1]:8080"


# People


def mail_to(port: int, **changes: Any) -> Mail:
    facts = {"to": ("guard@example.test", "boss@example.test"), "sender": "pbx@example.test"}
    return Mail(**facts | {"server": f"127.0.0.1:{port}"} | changes)


def mailbox(mail: Mail) -> Channel:
    """As the service makes it from the tree."""
    return channels(EmergencyNotice(mail=mail), "system/emergency", NO_KEY)[0]


async def test_people_read_who_and_where(post: Open, make_notice: Make) -> None:
    box = await post()
    status = await Told(Mailbox(mail_to(box.port))).tell(make_notice())
    assert (status["sent"], status["last_error"]) == (1, None)
    assert box.envelopes == [("pbx@example.test", ["guard@example.test", "boss@example.test"])]
    [message] = box.messages
    assert message["Subject"] == "Emergency call: Alice Adams at hq dialled 911"
    assert message["To"] == "guard@example.test, boss@example.test"
    assert message["Auto-Submitted"] == "auto-generated"
    text = message.get_content()
    for fact in ("1 Main St, Floor 2", "extension 201", "+12125550201", "pstn, then backup"):
        assert fact in text


async def test_people_hear_when_nobody_took_the_call(post: Open, make_notice: Make) -> None:
    box = await post()
    told = Told(Mailbox(mail_to(box.port)))
    await told.tell(make_notice(event="emergency.answered", gateway="pstn"))
    await told.tell(make_notice(event="emergency.ended", gateway="pstn", status=200, seconds=9.0))
    await told.tell(make_notice(event="emergency.ended", status=503))
    await told.tell(make_notice(event="emergency.refused", gateways=()))
    subjects = [str(message["Subject"]) for message in box.messages]
    assert subjects == [
        "Emergency call NOT ANSWERED: Alice Adams at hq dialled 911",
        "Emergency call REFUSED: Alice Adams at hq dialled 911",
    ]


HOSTILE = "Al\r\nBcc: all@example.test\r\n\r\n.\r\nQUIT\x1b[2J\x00\ud800 Ä 🚒"


async def test_no_name_adds_a_header_or_ends_the_message(post: Open, make_notice: Make) -> None:
    box = await post()
    who = Who(HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE)
    hostile = make_notice(who=who, number=HOSTILE, call_id=HOSTILE, callback=HOSTILE)
    told = Told(Mailbox(mail_to(box.port)))
    status = await told.tell(hostile)
    assert (status["sent"], status["failed"]) == (1, 0)
    [message] = box.messages
    assert message["Bcc"] is None
    assert message.get_content().count("\n") == 8
    assert "🚒" in message.get_content()
    assert box.envelopes[0][1] == ["guard@example.test", "boss@example.test"]


@given(text=st.text(st.characters(), max_size=300))
def test_every_text_makes_a_message(text: str) -> None:
    notice = Notice(
        "emergency.placed", "1", "example.test", text, Who(text, text, text, text, text), text,
        text, (text,), 0.0,
    )  # fmt: skip
    message = message_of(notice, mail_to(25))
    head = bytes(message).partition(b"\n\n")[0]
    names = [line.partition(b":")[0] for line in head.split(b"\n") if not line.startswith(b" ")]
    assert len(names) == len(set(names)) == len(message.items())
    json.dumps(notice.as_json()).encode()


async def test_a_password_goes_over_tls_only_where_tls_is_asked_for(
    post: Open, make_notice: Make, context: ssl.SSLContext, authority: Any, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    (tmp_path / "password").write_text("letter-box\n")
    login = {"user": "pbx", "password_file": str(tmp_path / "password")}
    starting = await post(tls_context=context, require_starttls=True)
    wrapped = await post(tls=context, auth_require_tls=False)
    for box, mode in ((starting, "starttls"), (wrapped, "tls")):
        status = await Told(mailbox(mail_to(box.port, tls=mode, **login))).tell(make_notice())
        assert (status["sent"], status["last_error"]) == (1, None)
    assert starting.logins == [(b"pbx", b"letter-box", True)]
    assert [login[:2] for login in wrapped.logins] == [(b"pbx", b"letter-box")]


async def test_a_server_without_tls_gets_no_password(
    post: Open, make_notice: Make, tmp_path: Path
) -> None:
    (tmp_path / "password").write_text("letter-box")
    box = await post(auth_require_tls=False)
    mail = mail_to(box.port, tls="starttls", user="pbx", password_file=str(tmp_path / "password"))
    status = await Told(mailbox(mail), delays=()).tell(make_notice())
    assert status["failed"] == 1
    assert box.logins == box.raw == []


async def test_an_untrusted_mail_server_gets_nothing(
    post: Open, make_notice: Make, context: ssl.SSLContext
) -> None:
    box = await post(tls=context)
    status = await Told(Mailbox(mail_to(box.port, tls="tls")), delays=()).tell(make_notice())
    assert status["failed"] == 1
    assert box.raw == []


async def test_a_wrong_password_is_told_without_showing_it(
    post: Open, make_notice: Make, tmp_path: Path
) -> None:
    (tmp_path / "password").write_text("s3cret")
    box = await post(auth_require_tls=False)
    mail = mail_to(box.port, user="pbx", password_file=str(tmp_path / "password"))
    told = Told(mailbox(mail))
    status = await told.tell(make_notice())
    assert status["failed"] == 1
    assert "SMTP 535" in status["last_error"]["reason"]
    assert [topic for topic, _ in told.lines] == ["warning"]  # 5xx is final: no second try
    assert "s3cret" not in f"{status}{told.lines}"


async def test_mail_is_tried_again_while_the_server_says_later(
    post: Open, make_notice: Make
) -> None:
    box = await post()
    box.answer = "451 try later"
    status = await Told(Mailbox(mail_to(box.port)), delays=(0.0, 0.0)).tell(make_notice())
    assert (status["failed"], len(box.raw)) == (1, 3)
    assert "SMTP 451" in status["last_error"]["reason"]


# Never in the way


class Stuck:
    """Takes a notice and never comes back."""

    name = "stuck"

    def wants(self, notice: Notice) -> bool:
        return True

    async def send(self, notice: Notice) -> str:
        await asyncio.sleep(3600)
        return ""


async def test_one_that_is_stuck_holds_up_no_other(hook: Any, make_notice: Make) -> None:
    told = Told(Stuck(), Webhook(hook.url, None))
    start = time.perf_counter()
    told.notifier.tell(make_notice())
    assert time.perf_counter() - start < 0.1
    async with asyncio.timeout(5):
        while not hook.posts:
            await asyncio.sleep(0.01)


async def test_who_dials_in_a_loop_fills_no_memory(make_notice: Make) -> None:
    told = Told(Stuck())
    for _ in range(telling.MOST_WAITING + 50):
        told.notifier.tell(make_notice())
    status = told.notifier.status()
    assert (status["waiting"], status["failed"]) == (telling.MOST_WAITING, 50)
    assert len(told.lines) == 50


async def test_a_node_that_stops_does_not_wait_for_ever(
    make_notice: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "PATIENCE", 0.1)
    told = Told(Stuck())
    told.notifier.tell(make_notice())
    async with asyncio.timeout(5):
        await told.notifier.stop()
    assert told.notifier.status()["waiting"] == 0


async def test_a_defect_is_told_like_any_failure(make_notice: Make) -> None:
    class Broken(Stuck):
        async def send(self, notice: Notice) -> str:
            raise ZeroDivisionError

    told = Told(Broken())
    status = await told.tell(make_notice())
    assert status["last_error"]["reason"] == "given up: internal error: ZeroDivisionError"


def test_a_reason_is_one_short_line() -> None:
    assert DeliveryError("a\r\n" + "b" * 1000).reason == "a  " + "b" * 197
