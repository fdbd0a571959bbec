"""Missing nights that somebody answered for: never hidden; no answer is forged, moved or removed unseen."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from socle import signing
from socle.cli import app
from socle.drift.answering import answer
from socle.drift.chain import NAMESPACE, Chain
from socle.drift.html import page
from socle.drift.night import nights, pick
from socle.drift.notice import of_scan
from socle.drift.report import stored
from socle.drift.verifying import verified
from socle.env import prepare
from socle.errors import ExitCode, FindingError, UserError
from socle.records import RecordSet, Verdict
from socle.records.render import Format, render
from tests.unit.drift.nights import in_sync

NOW = datetime.now(UTC)
WHY = "The runner was moved to another room"
HOURS = (150, 140, 60, 50, 2)
"""Ages of the reports: 80 hours are missing before the third, 48 before the fifth."""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five reports, and an answer for the first gap."""
    folder = tmp_path_factory.mktemp("written")
    chain = Chain(folder / "drift", folder / "keys", "local")
    for hours in HOURS:
        add(chain, hours)
    answer(chain, 3, "anna", WHY, NOW - timedelta(hours=1))
    return folder


@pytest.fixture
def chain(written: Path, tmp_path: Path) -> Chain:
    shutil.copytree(written, tmp_path / "copy")
    return Chain(tmp_path / "copy/drift", tmp_path / "copy/keys", "local")


def add(chain: Chain, hours: float, keep: int = 100) -> None:
    chain.add(RecordSet.of([in_sync("a")]), {"pairs": ["cloud"]}, keep, NOW - timedelta(hours=hours))


def said(chain: Chain, now: datetime = NOW) -> dict[str, Verdict]:
    return {f"{it.check} {it.target}": it.verdict for it in verified(chain, now)}


def test_a_gap_is_a_finding_until_each_is_answered_for_and_then_ends_with_0(chain: Chain) -> None:
    assert said(chain) == {
        "drift-night 000003.json": Verdict.WAIVED,
        "drift-night 000005.json": Verdict.FAIL,
        "drift-report drift": Verdict.PASS,
    }
    (open_one,) = (it for it in verified(chain, NOW) if it.verdict is Verdict.FAIL)
    assert "no report in the 48 hours between report 4" in open_one.evidence
    assert open_one.fix is not None
    assert "socle drift acknowledge 5 --as" in open_one.fix
    answer(chain, 5, "bert", "Power was off in the whole building", NOW)
    assert verified(chain, NOW).exit_code() is ExitCode.HOLDS


@pytest.mark.parametrize("form", list(Format))
def test_what_was_answered_for_stays_in_every_format(chain: Chain, form: Format) -> None:
    answer(chain, 5, "bert", "Power was off in the whole building", NOW)
    text = " ".join(render(verified(chain, NOW), form).replace("\\", "").split())
    for words in ("000003.json", "anna", "000005.json", "bert"):
        assert words in text
    assert "80 hours" in text or form is Format.JUNIT  # there the reason stands first, and the rest below
    assert WHY in text or form is Format.TABLE  # folded into columns
    records = verified(chain, NOW).records
    assert all(WHY in it.evidence for it in records if it.target == "000003.json")


def test_an_answer_is_no_report(chain: Chain) -> None:
    add(chain, 0)
    assert [it.number for it in nights(chain)] == [7, 5, 4, 3, 2, 1]
    assert [it.number for it in pick(chain, None, None)] == [5, 7]
    with pytest.raises(UserError, match="6 is no report; 1 to 7 are kept"):
        pick(chain, 6, None)


def test_an_answer_is_not_taken_for_the_night_that_is_due(chain: Chain) -> None:
    later = NOW + timedelta(hours=36)
    answer(chain, 5, "bert", WHY, later)
    assert said(chain, later)["drift-night now"] is Verdict.FAIL


def test_reports_are_kept_and_go_by_their_own_number(chain: Chain) -> None:
    add(chain, 0, keep=3)
    assert chain.numbers() == [4, 5, 6, 7]
    assert said(chain) == {"drift-night 000005.json": Verdict.FAIL, "drift-report drift": Verdict.PASS}


def test_an_answer_ends_as_a_waiver_does_and_can_be_given_again(chain: Chain) -> None:
    gap = "drift-night 000003.json"
    later = NOW + timedelta(days=181)
    assert said(chain, NOW + timedelta(days=179))[gap] is Verdict.WAIVED
    assert said(chain, later)[gap] is Verdict.FAIL
    answer(chain, 3, "bert", WHY, later)
    assert said(chain, later)[gap] is Verdict.WAIVED


def test_an_answer_of_tomorrow_does_not_count_today(chain: Chain) -> None:
    answer(chain, 5, "bert", WHY, NOW + timedelta(days=1))
    assert said(chain)["drift-night 000005.json"] is Verdict.FAIL


def test_a_report_dated_before_the_one_it_follows_is_a_gap_too(chain: Chain) -> None:
    add(chain, 20)
    (found,) = (it for it in verified(chain, NOW) if it.target == "000007.json")
    assert "report 7" in found.evidence
    assert "is dated before report 5" in found.evidence
    answer(chain, 7, "anna", "The clock had been set wrong by hand", NOW)
    assert said(chain)["drift-night 000007.json"] is Verdict.WAIVED


def edited(chain: Chain) -> None:
    file = chain.file(6)
    file.write_text(file.read_text().replace("anna", "zoe"))


def forged(chain: Chain) -> None:
    edited(chain)
    other = signing.signer(chain.reports.parent / "mine", "me")
    signing.sign(chain.file(6), other, NAMESPACE)


def signed_again(chain: Chain) -> None:
    edited(chain)
    signing.sign(chain.file(6), chain.public, NAMESPACE)


def removed(chain: Chain) -> None:
    chain.file(6).unlink()
    signing.signature(chain.file(6)).unlink()


def replayed(chain: Chain) -> None:
    """The same answer once more, for the gap that nobody answered for."""
    _copied(chain, 6, 7)


def put_in_a_reports_place(chain: Chain) -> None:
    _copied(chain, 6, 2)


def turned_on_another_gap(chain: Chain) -> None:
    text = json.loads(chain.file(6).read_text())
    text["gap"]["before"]["number"], text["gap"]["after"]["number"] = 4, 5
    chain.file(6).write_text(json.dumps(text))
    signing.sign(chain.file(6), chain.public, NAMESPACE)


def called_a_report(chain: Chain) -> None:
    head = json.loads(chain.head.read_text())
    chain.head.write_text(json.dumps({**head, "acknowledgements": []}))


def _copied(chain: Chain, source: int, place: int) -> None:
    for part in (lambda it: it, signing.signature):
        shutil.copyfile(part(chain.file(source)), part(chain.file(place)))


@pytest.mark.parametrize(
    ("breaking", "seen_at"),
    [
        (edited, "000006.json"),
        (forged, "000006.json"),
        (signed_again, "000006.json"),
        (removed, "000006.json"),
        (replayed, "000007.json"),
        (put_in_a_reports_place, "000002.json"),
        (turned_on_another_gap, "000006.json"),
        (called_a_report, "head.json"),
    ],
    ids=lambda it: getattr(it, "__name__", ""),
)
def test_an_answer_that_was_tampered_with_is_seen(
    chain: Chain, breaking: Callable[[Chain], None], seen_at: str
) -> None:
    breaking(chain)
    records = verified(chain, NOW)
    broken = {it.target for it in records if it.check == "drift-report" and it.verdict is Verdict.FAIL}
    assert seen_at in broken
    assert records.exit_code() is ExitCode.FINDINGS
    if breaking in (edited, forged, removed):  # and it answers for nothing any more
        assert said(chain)["drift-night 000003.json"] is Verdict.FAIL
    with pytest.raises(FindingError, match="only missing nights can be answered for") as caught:
        answer(chain, 5, "bert", WHY, NOW)
    assert "\n" not in str(caught.value)


def test_an_answer_taken_away_with_its_number_leaves_the_gap_open(chain: Chain, written: Path) -> None:
    """Who restores note and reports of before the answer gains a finding, not a silence."""
    older = json.loads((written / "keys/head.json").read_text())
    assert older["acknowledgements"] == [6]
    removed(chain)
    chain.head.write_text(json.dumps({**older, "newest": 5, "acknowledgements": []}))
    signing.sign(chain.head, chain.public, NAMESPACE)
    assert said(chain)["drift-night 000003.json"] is Verdict.FAIL


@pytest.mark.parametrize(
    ("number", "reason", "line"),
    [
        (9, WHY, "no report 9; 1 to 5 are kept"),
        (6, WHY, "no report 6"),
        (1, WHY, "no report before 1 is kept"),
        (2, WHY, "no night is missing before report 2; nights are missing before 3, 5"),
        (3, WHY, "anna answered for it on"),
        (5, "   too \n x ", "a reason has 10 to 500 characters, this one 5"),
        (5, "x" * 501, "this one 501"),
    ],
)
def test_bad_input_is_one_line(chain: Chain, number: int, reason: str, line: str) -> None:
    before = chain.head.read_bytes()
    with pytest.raises(UserError, match=line) as caught:
        answer(chain, number, "bert", reason, NOW)
    assert "\n" not in str(caught.value)
    assert chain.head.read_bytes() == before


def test_no_report_at_all_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no report is stored"):
        answer(Chain(tmp_path / "drift", tmp_path / "keys", "local"), 1, "bert", WHY)


def test_a_secret_in_a_reason_is_masked(chain: Chain) -> None:
    _, file = answer(chain, 5, "bert", "The job said password=hunter2 and went no further", NOW)
    assert "hunter2" not in file.read_text()


def test_the_report_after_a_gap_tells_of_it_and_of_who_answered(chain: Chain) -> None:
    before, after = stored(chain, 3), stored(chain, 5)
    assert f"80 hours between report 2 ({NOW - timedelta(hours=140):%Y-%m-%d %H:%M} UTC)" in before.missing
    assert WHY in before.missing
    assert "nobody answered for it" in after.missing
    assert stored(chain, 4).missing == ""
    assert WHY in page(before, "en")
    assert before.missing in of_scan(before).lines


def test_the_verb_asks_for_an_administrator_and_says_what_was_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOCLE_STATE", str(tmp_path))
    monkeypatch.setenv("SOCLE_CLOUD", "local")
    chain = Chain.of(prepare("local"))
    for hours in (60, 2):
        add(chain, hours)
    words = ["drift", "acknowledge", "2", "--reason", WHY, "--as"]
    refused = CliRunner().invoke(app, [*words, "nobody"])
    assert isinstance(refused.exception, UserError)
    assert "nobody is no administrator" in str(refused.exception)
    assert CliRunner().invoke(app, ["drift", "verify"]).exit_code == ExitCode.FINDINGS
    done = CliRunner().invoke(app, [*words, "sample"])
    assert (done.exit_code, "58 hours" in done.stdout) == (ExitCode.HOLDS, True)
    checked = CliRunner().invoke(app, ["drift", "verify", "--format", "json"])
    assert checked.exit_code == ExitCode.HOLDS
    (record,) = (it for it in json.loads(checked.stdout)["records"] if it["check"] == "drift-night")
    assert (record["verdict"], record["waiver"]["owner"], WHY in record["evidence"]) == (
        "waived", "sample", True)  # fmt: skip
