"""The table of notifications: one line for what is wrong in it, and secrets that are their owner's alone."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from socle.errors import UserError
from socle.notify.keys import login, signing_secret
from socle.notify.messenger import Messenger
from socle.notify.settings import Event, load

HOOK = "{url: 'https://hooks.example.org/a', secret_file: hook.key}"
MONDAY, TUESDAY = (datetime(2026, 11, day, tzinfo=UTC) for day in (30, 24))


def table(folder: Path, text: str) -> Path:
    file = folder / "notify.yaml"
    file.write_text(text)
    return file


def private(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(text)
    path.chmod(mode)
    return path


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{}", "'notify' is missing"),
        ("notify: []", "must be a table"),
        ("notify: {}", "nobody is told"),
        (f"notify:\n  tel: [findings]\n  webhooks: [{HOOK}]", "notify.yaml:2: unknown key 'tel'"),
        (f"notify:\n  tell: [all]\n  webhooks: [{HOOK}]", "notify.yaml:2: tell"),
        (f"notify:\n  clear: weekly\n  webhooks: [{HOOK}]", "notify.yaml:2: clear"),
        ("notify:\n  webhooks: [{url: 'http://h/', secret_file: k}]", "is an https address"),
        ("notify:\n  webhooks: [{url: 'https://u:p@h/', secret_file: k}]", "no user and no password"),
        ("notify:\n  webhooks: [{url: 'https://h/'}]", "'webhooks.0.secret_file' is missing"),
        ("notify:\n  mails: [{host: h, sender: a@b.c, to: []}]", "mails.0.to"),
        ("notify:\n  mails: [{host: h, sender: a@b.c, to: ['x y']}]", "is no mail address"),
        ('notify:\n  mails: [{host: h, sender: "a@b\\nBcc: c@d", to: [a@b.c]}]', "mails.0.sender"),
        ("notify:\n  mails: [{host: h, port: 0, sender: a@b.c, to: [a@b.c]}]", "mails.0.port"),
        ("notify: {", "not valid YAML"),
    ],
)
def test_a_wrong_table_is_one_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UserError) as caught:
        load(table(tmp_path, text))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_no_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file"):
        load(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("event", "now", "wanted"),
    [
        (Event.FINDINGS, MONDAY, True),
        (Event.UNPROVEN, MONDAY, False),
        (Event.CLEAR, MONDAY, True),
        (Event.CLEAR, TUESDAY, False),
        (Event.TEST, TUESDAY, True),
    ],
)
def test_only_what_was_asked_for_is_told(tmp_path: Path, event: Event, now: datetime, wanted: bool) -> None:
    text = f"notify:\n  tell: [findings]\n  clear: monday\n  webhooks: [{HOOK}]"
    assert load(table(tmp_path, text)).wants(event, now) is wanted


def test_nothing_said_tells_all_but_the_all_clear(tmp_path: Path) -> None:
    made = load(table(tmp_path, f"notify:\n  webhooks: [{HOOK}]"))
    told = {event for event in Event if made.wants(event, MONDAY)}
    assert told == set(Event) - {Event.CLEAR}
    nightly = load(table(tmp_path, f"notify:\n  clear: nightly\n  webhooks: [{HOOK}]"))
    assert nightly.wants(Event.CLEAR, TUESDAY)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o666])
def test_a_secret_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(UserError, match="chmod 600"):
        signing_secret(private(tmp_path / "key", "x" * 32, mode))
    with pytest.raises(UserError, match="chmod 600"):
        login(private(tmp_path / "login", "a\nb\n", mode))


def test_what_systemd_hands_over_is_found_and_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = tmp_path / "credentials"
    given.mkdir()
    private(given / "hook.key", "y" * 32, 0o440)
    file = table(tmp_path, f"notify:\n  webhooks: [{HOOK}]")
    with pytest.raises(UserError, match="cannot be read"):
        Messenger.of(file)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(given))
    assert len(Messenger.of(file).ways) == 1


@pytest.mark.parametrize(
    ("text", "said"), [("short", "24 at least"), ("whsec_*", "no base64"), ("whsec_YWJj", "of 3 bytes")]
)
def test_a_weak_or_broken_secret_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UserError, match=said) as caught:
        signing_secret(private(tmp_path / "key", text))
    assert text not in str(caught.value).replace("whsec_", "") or text == "short"


@pytest.mark.parametrize("text", ["", "user", "user\n\n", "a\nb\nc"])
def test_a_login_is_two_lines(tmp_path: Path, text: str) -> None:
    with pytest.raises(UserError, match="two lines"):
        login(private(tmp_path / "login", text))


def test_a_file_of_authorities_that_is_none_is_refused_before_the_scan(tmp_path: Path) -> None:
    private(tmp_path / "hook.key", "x" * 32)
    (tmp_path / "ca.pem").write_text("nothing")
    hook = HOOK.replace("hook.key", "hook.key, ca_file: ca.pem")
    with pytest.raises(UserError, match="no certificates"):
        Messenger.of(table(tmp_path, f"notify:\n  webhooks: [{hook}]"))
