"""Who is told what of a night: names, never a value; and no message that was lost makes a verdict milder."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest
from typer.testing import CliRunner

from socle.cli import app
from socle.drift import cli, notice
from socle.drift.chain import Chain
from socle.drift.difference import difference
from socle.drift.report import Report, stored
from socle.drift.telling import telling, told
from socle.env import prepare
from socle.errors import ExitCode, UserError
from socle.notify.messenger import Messenger
from socle.notify.notice import Notice
from socle.notify.settings import Event, Settings, Webhook
from socle.records import Record
from tests.unit.drift.nights import changed, in_sync, keep, night, one, stranger, unread

HOOK = Webhook(url="https://hooks.example.org/x", secret_file="key")


class Recorder(Messenger):
    """One that notes what it is to send, and fails if it is told to."""

    def __init__(self, *, fails: bool = False) -> None:
        super().__init__(Settings(clear="nightly", webhooks=(HOOK,)), ())
        object.__setattr__(self, "got", [])
        object.__setattr__(self, "fails", fails)

    def tell(self, said: Notice) -> list[str]:
        self.got.append(said)  # type: ignore[attr-defined]
        return ["not delivered"] if self.fails else []  # type: ignore[attr-defined]

    def events(self) -> list[Event]:
        return [it.event for it in self.got]  # type: ignore[attr-defined]


def report(*records: Record, before: tuple[Record, ...] = ()) -> Report:
    older, newer = night(1, before), night(2, records)
    return Report("local", newer, difference(older, newer, [older]))


def whole(said: Notice) -> str:
    return f"{said.subject}\n{said.text()}\n{said.body().decode()}"


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("compared", [True, False])
def test_things_and_fields_are_named_and_no_value_is(lang: str, compared: bool) -> None:
    values = {"expected": "VALUE-1", "observed": "VALUE-2", "fix": "VALUE-3"}
    records = [
        one("drift-port.security_groups", "port a", evidence="VALUE-4", **values),
        one("drift-server-unmanaged", "server x", evidence="no stack declares it; key_name=VALUE-5"),
        unread().model_copy(update={"evidence": "VALUE-6"}),
    ]
    made = report(*records, before=(stranger("gone"), changed("a")))
    if not compared:
        made = Report("local", made.night, None, "VALUE-7")
    text = whole(notice.of_scan(made, lang))
    assert "VALUE" not in text
    for name in ("port a", "drift-port.security_groups", "server x", "port all"):
        assert text.count(name) >= 2  # in the mail and in the webhook


def test_what_is_new_comes_first_and_what_stayed_says_since_when() -> None:
    said = notice.of_scan(report(changed("a"), changed("b"), before=(changed("a"),)))
    assert said.text().index("port b") < said.text().index("port a")
    changes = json.loads(said.body())["data"]["changes"]
    assert [(it["change"], it["since"]) for it in changes] == [("new", 2), ("still there", 1)]


@pytest.mark.parametrize(
    ("record", "event", "subject"),
    [
        (changed("a"), Event.FINDINGS, "[socle] local: 1 findings, 0 unproven"),
        (unread(), Event.UNPROVEN, "[socle] local: 0 findings, 1 unproven"),
        (in_sync("a"), Event.CLEAR, "[socle] local: all as declared"),
    ],
)
def test_the_event_is_the_nights_verdict(record: Record, event: Event, subject: str) -> None:
    said = notice.of_scan(report(record, before=(in_sync("a"),)))
    assert (said.event, said.subject) == (event, subject)


def test_a_night_that_could_not_be_compared_lists_what_it_has_and_says_so() -> None:
    said = notice.of_scan(Report("local", night(1, [changed("a")]), None, "one report alone"), "fr")
    assert "impossible" in said.text()
    assert "port a" in said.text()


def test_a_message_names_fifty_things_and_counts_the_rest() -> None:
    said = notice.of_scan(report(*(changed(f"p{n:03}") for n in range(60)), before=(in_sync("a"),)))
    data = json.loads(said.body())["data"]
    assert (len(data["changes"]), data["left_out"]) == (notice.MOST, 10)
    assert "and 10 more" in said.text()


def test_a_name_can_add_no_header() -> None:
    said = notice.of_scan(report(one("drift-port-unmanaged", "port x Bcc: evil@example.org")))
    assert "Bcc" not in said.subject
    assert "\n" not in said.subject


@pytest.mark.parametrize("fails", [False, True])
def test_a_message_that_did_not_arrive_makes_no_verdict_milder(fails: bool) -> None:
    codes = {}
    for record in (changed("a"), unread(), in_sync("a")):
        made = report(record, before=(in_sync("a"),))
        codes[made.night.records.exit_code()] = told(Recorder(fails=fails), made)
    clean = ExitCode.OWN_FAILURE if fails else ExitCode.HOLDS
    assert codes == {
        ExitCode.FINDINGS: ExitCode.FINDINGS,
        ExitCode.UNPROVEN: ExitCode.UNPROVEN,
        ExitCode.HOLDS: clean,
    }
    assert told(None, report(in_sync("a"), before=(in_sync("a"),))) is ExitCode.HOLDS


@pytest.mark.parametrize(("error", "code"), [(UserError("x", "VALUE"), 2), (RuntimeError("VALUE"), 1)])
def test_a_scan_that_ended_without_a_report_is_told_and_stays_an_error(error: Exception, code: int) -> None:
    recorder = Recorder()
    with pytest.raises(type(error)), telling(recorder, "local"):
        raise error
    (said,) = recorder.got  # type: ignore[attr-defined]
    assert said.event is Event.FAILED
    assert f"exit code {code}" in said.subject
    assert "VALUE" not in whole(said)
    with suppress(RuntimeError), telling(None, "local"):
        raise RuntimeError


@pytest.fixture
def chain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Chain:
    monkeypatch.setenv("SOCLE_STATE", str(tmp_path))
    monkeypatch.setenv("SOCLE_CLOUD", "local")
    return Chain.of(prepare("local"))


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    made = Recorder()
    monkeypatch.setattr(Messenger, "of", lambda _file: made)
    return made


def test_the_verb_tells_of_its_night_and_writes_every_format(
    chain: Chain, recorder: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = keep(chain, [in_sync("a")], [changed("a")]).file(2)
    monkeypatch.setattr(cli, "_scan", lambda *_: (stored(chain), {}, file))
    done = CliRunner().invoke(app, ["drift", "--notify", "n.yaml", "--reports", str(tmp_path)])
    assert done.exit_code == ExitCode.FINDINGS
    assert recorder.events() == [Event.FINDINGS]
    assert "Beside report 1" in (tmp_path / "drift.html").read_text()
    missing = CliRunner().invoke(app, ["drift", "--reports", str(tmp_path / "none")])
    assert isinstance(missing.exception, UserError)


def test_the_verb_tells_of_its_own_end(
    chain: Chain, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert chain.numbers() == []

    def broken(*_: object) -> None:
        raise UserError("no stack can be read")

    monkeypatch.setattr(cli, "_scan", broken)
    done = CliRunner().invoke(app, ["drift", "--notify", "n.yaml"])
    assert isinstance(done.exception, UserError)
    assert recorder.events() == [Event.FAILED]


def test_a_wrong_table_ends_the_run_before_the_scan(
    chain: Chain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scans: list[object] = []
    monkeypatch.setattr(cli, "_scan", scans.append)
    (tmp_path / "n.yaml").write_text("notify: {}")
    done = CliRunner().invoke(app, ["drift", "--notify", str(tmp_path / "n.yaml")])
    assert isinstance(done.exception, UserError)
    assert (scans, chain.numbers()) == ([], [])


def test_a_missing_night_and_a_tampered_report_are_told(chain: Chain, recorder: Recorder) -> None:
    keep(chain, [in_sync("a")], [in_sync("a")])
    assert CliRunner().invoke(app, ["drift", "verify", "--notify", "n.yaml"]).exit_code == ExitCode.HOLDS
    assert recorder.events() == []
    chain.file(1).unlink()
    done = CliRunner().invoke(app, ["drift", "verify", "--notify", "n.yaml"])
    assert done.exit_code == ExitCode.FINDINGS
    assert recorder.events() == [Event.CHAIN]
    assert "000001.json: it is missing" in recorder.got[0].text()  # type: ignore[attr-defined]


@pytest.mark.parametrize(("fails", "code"), [(False, ExitCode.HOLDS), (True, ExitCode.OWN_FAILURE)])
def test_a_test_message_says_whether_it_arrived(
    chain: Chain, recorder: Recorder, fails: bool, code: ExitCode
) -> None:
    assert chain.numbers() == []
    object.__setattr__(recorder, "fails", fails)
    assert CliRunner().invoke(app, ["drift", "notify", "n.yaml"]).exit_code == code
    assert recorder.events() == [Event.TEST]
