"""Messages reach real receivers, signed and over verified TLS; what does not arrive is a line, and soon."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from socle.notify.delivery import Limits
from socle.notify.messenger import Messenger
from socle.notify.notice import Notice
from socle.notify.settings import Event
from socle.notify.webhook import signature
from tests.unit.notify.receivers import PASSWORD, Authority, post, silent, web

SECRET = "0123456789abcdef0123456789abcdef"
QUICK = Limits(step=10, attempt=20, pauses=(0.01, 0.01))
AT = datetime(2026, 11, 30, 2, 10, tzinfo=UTC)
NOTICE = Notice(
    Event.FINDINGS, "drift-local-findings-report-12", AT, "[socle] local: 1 constat, là",
    ("- port é [drift-port.tags]",), {"environment": "local", "report": 12},
)  # fmt: skip


@pytest.fixture
def authority(tmp_path: Path) -> Iterator[Authority]:
    return Authority(tmp_path)


def private(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o600)


def messenger(folder: Path, *entries: str, limits: Limits = QUICK) -> Messenger:
    """From a file, as an operator writes it."""
    private(folder / "hook.key", SECRET + "\n")
    private(folder / "smtp.login", f"drift\n{PASSWORD}\n")
    text = "notify:\n  lang: fr\n  tell: [findings]\n" + "".join(entries)
    (folder / "notify.yaml").write_text(text)
    made = Messenger.of(folder / "notify.yaml")
    return Messenger(made.table, made.ways, limits)


def hook(url: str, ca: str = "ca.pem") -> str:
    trust = f", ca_file: {ca}" if ca else ""
    return f"  webhooks:\n    - {{url: '{url}', secret_file: hook.key{trust}}}\n"


def mail(port: int, ca: str = "ca.pem", *, login: bool = False, to: str = "a@example.org") -> str:
    more = (f", ca_file: {ca}" if ca else "") + (", credentials_file: smtp.login" if login else "")
    said = f"host: localhost, port: {port}, sender: drift@example.org, to: [{to}]{more}"
    return f"  mails:\n    - {{{said}}}\n"


def test_a_webhook_gets_what_happened_signed(tmp_path: Path, authority: Authority) -> None:
    assert authority.file
    with web(authority) as server:
        assert messenger(tmp_path, hook(server.url)).tell(NOTICE) == []
    ((headers, body),) = server.got
    assert json.loads(body) == {
        "type": "socle.findings",
        "timestamp": "2026-11-30T02:10:00+00:00",
        "data": {"environment": "local", "report": 12},
    }
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    wanted = base64.b64encode(hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{wanted}"
    assert headers["webhook-id"] == NOTICE.id


def test_the_signature_is_that_of_the_specifications_example() -> None:
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    made = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_busy_receiver_is_asked_again_with_the_same_id(tmp_path: Path, authority: Authority) -> None:
    assert authority.file
    with web(authority, "localhost", 503, 429, 200) as server:
        assert messenger(tmp_path, hook(server.url)).tell(NOTICE) == []
    assert {headers["webhook-id"] for headers, _ in server.got} == {NOTICE.id}
    assert len(server.got) == 3


@pytest.mark.parametrize(("answer", "attempts"), [(500, 3), (404, 1), (401, 1), (302, 1), (307, 1)])
def test_what_was_not_taken_is_a_line_and_attempts_are_few(
    tmp_path: Path, authority: Authority, capsys: pytest.CaptureFixture[str], answer: int, attempts: int
) -> None:
    assert authority.file
    with web(authority, "localhost", answer) as server:
        (line,) = messenger(tmp_path, hook(server.url)).tell(NOTICE)
    assert line == f"webhook localhost: findings was not delivered: it answered {answer}"
    assert capsys.readouterr().err == f"socle: {line}\n"
    assert len(server.got) == attempts


def test_a_mail_reaches_everybody_over_tls_after_a_login(tmp_path: Path, authority: Authority) -> None:
    assert authority.file
    with post(authority, login=True) as server:
        made = messenger(tmp_path, mail(server.port, login=True, to="a@example.org, b@example.org"))
        assert made.tell(NOTICE) == []
    (got,) = server.got
    assert server.to == [["a@example.org", "b@example.org"]]
    assert server.logins == ["drift"]
    assert got["Subject"] == "[socle] local: 1 constat, là"
    assert got["Message-ID"] == f"<{NOTICE.id}@example.org>"
    assert got["Auto-Submitted"] == "auto-generated"
    assert got.get_content().splitlines() == ["- port é [drift-port.tags]"]


def test_a_busy_mail_server_is_asked_again(tmp_path: Path, authority: Authority) -> None:
    assert authority.file
    with post(authority) as server:
        server.answers = ["451 later", "452 later"]
        assert messenger(tmp_path, mail(server.port)).tell(NOTICE) == []
    assert len(server.got) == 1


def test_a_mail_that_is_refused_is_a_line(tmp_path: Path, authority: Authority) -> None:
    assert authority.file
    with post(authority) as server:
        server.answers = ["554 spam"] * 9
        (line,) = messenger(tmp_path, mail(server.port)).tell(NOTICE)
        assert line.endswith("SMTPDataError 554")
        assert len(server.answers) == 8
        server.answers = []
        server.refused = {"b@example.org"}
        made = messenger(tmp_path, mail(server.port, to="a@example.org, b@example.org"))
        assert made.tell(NOTICE)[0].endswith("not accepted for b@example.org")
        server.refused = {"a@example.org"}
        assert messenger(tmp_path, mail(server.port)).tell(NOTICE)[0].endswith("no recipient is accepted")


def test_a_wrong_password_is_a_line_that_does_not_tell_it(
    tmp_path: Path, authority: Authority, capsys: pytest.CaptureFixture[str]
) -> None:
    assert authority.file
    with post(authority, login=True) as server:
        made = messenger(tmp_path, mail(server.port, login=True))
        private(tmp_path / "smtp.login", "drift\nanother secret word\n")
        made = Messenger(made.table, Messenger.of(tmp_path / "notify.yaml").ways, QUICK)
        (line,) = made.tell(NOTICE)
    assert line.endswith("SMTPAuthenticationError 535")
    assert "secret word" not in capsys.readouterr().err
    assert server.got == []


def test_a_mail_server_without_starttls_gets_nothing(tmp_path: Path, authority: Authority) -> None:
    assert authority.file
    with post(None) as server:
        (line,) = messenger(tmp_path, mail(server.port)).tell(NOTICE)
    assert line == "mail by localhost: findings was not delivered: the server offers no STARTTLS"
    assert server.got == []


@pytest.mark.parametrize("kind", ["web", "mail"])
@pytest.mark.parametrize("wrong", ["authority", "name"])
def test_a_certificate_that_does_not_hold_ends_it_at_once(
    tmp_path: Path, authority: Authority, kind: str, wrong: str
) -> None:
    assert authority.file
    name, ca = ("localhost", "") if wrong == "authority" else ("elsewhere.example.org", "ca.pem")
    if kind == "web":
        with web(authority, name) as server:
            (line,) = messenger(tmp_path, hook(server.url, ca)).tell(NOTICE)
            assert server.got == []
    else:
        with post(authority, name) as mailbox:
            (line,) = messenger(tmp_path, mail(mailbox.port, ca)).tell(NOTICE)
            assert mailbox.got == []
    assert "its certificate does not hold" in line


# The head of a TLS record that takes minutes to come; to a mail client, a line that does not end.
@pytest.mark.parametrize("first", [b"", b"\x16\x03\x03\x3f\xff"], ids=["silent", "slow"])
def test_a_receiver_that_hangs_holds_nobody_for_long(
    tmp_path: Path, authority: Authority, first: bytes
) -> None:
    assert authority.file
    limits = Limits(step=1, attempt=1.5, pauses=())
    with silent(first) as port, web(authority) as server:
        second = f"    - {{url: '{server.url}', secret_file: hook.key, ca_file: ca.pem}}\n"
        entries = hook(f"https://localhost:{port}/") + second
        started = time.monotonic()
        lines = messenger(tmp_path, entries, mail(port), limits=limits).tell(NOTICE)
        assert time.monotonic() - started < 10
    assert len(lines) == 2
    assert all(it.endswith(("does not answer in time", "no end after 1.5 s")) for it in lines)
    assert len(server.got) == 1  # the others are told all the same


def test_a_receiver_that_is_not_there_is_a_line(tmp_path: Path, authority: Authority) -> None:
    assert authority.file
    with silent() as port:
        pass
    (line,) = messenger(tmp_path, hook(f"https://localhost:{port}/")).tell(NOTICE)
    assert "not reached: Connection refused" in line


def test_what_nobody_asked_for_is_not_sent(tmp_path: Path, authority: Authority) -> None:
    assert authority.file
    with web(authority) as server:
        clear = replace(NOTICE, event=Event.CLEAR)
        assert messenger(tmp_path, hook(server.url)).tell(clear) == []
    assert server.got == []
