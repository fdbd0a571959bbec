"""Stored reports: what was changed, removed, replayed or left out is seen."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from socle import signing
from socle.drift.chain import NAMESPACE, Chain
from socle.drift.records import record
from socle.drift.verifying import judged, verified
from socle.errors import ExitCode, UserError
from socle.records import RecordSet, Verdict


@pytest.fixture
def chain(tmp_path: Path) -> Chain:
    found = Chain(tmp_path / "drift", tmp_path / "ca/drift", "local")
    for number in range(4):
        add(found, f"night {number}")
    return found


def add(chain: Chain, evidence: str, keep: int = 100) -> Path:
    one = record("drift-clock", "cloud", Verdict.PASS, ("a", "b"), evidence=evidence)
    return chain.add(RecordSet.of([one]), {"pairs": ["cloud"]}, keep)


def faults(chain: Chain) -> set[str]:
    seen = judged(chain)
    return {where for where, _ in (*seen.broken, *seen.late)}


def test_reports_as_they_were_written_hold(chain: Chain) -> None:
    assert faults(chain) == set()
    records = verified(chain)
    assert records.exit_code() is ExitCode.HOLDS
    assert "4 reports, 1 to 4" in records.records[0].evidence


def test_a_changed_report_is_seen(chain: Chain) -> None:
    file = chain.file(2)
    file.write_text(file.read_text().replace("night 1", "night 7"))
    assert faults(chain) >= {"000002.json"}
    assert verified(chain).exit_code() is ExitCode.FINDINGS


def test_a_changed_report_signed_by_another_key_is_seen(chain: Chain, tmp_path: Path) -> None:
    file = chain.file(4)
    file.write_text(file.read_text().replace("night 3", "night 7"))
    signing.sign(file, signing.signer(tmp_path / "mine", "me"), NAMESPACE)
    assert faults(chain) == {"000004.json"}


@pytest.mark.parametrize("number", [1, 2, 4])
def test_a_removed_report_is_seen(chain: Chain, number: int) -> None:
    chain.file(number).unlink()
    signing.signature(chain.file(number)).unlink()
    assert faults(chain) == {f"{number:06}.json"}


def test_a_replayed_report_is_seen(chain: Chain) -> None:
    for part in (lambda it: it, signing.signature):
        shutil.copyfile(part(chain.file(2)), part(chain.file(3)))
    assert "000003.json" in faults(chain)


def test_a_report_that_nobody_wrote_is_seen(chain: Chain) -> None:
    for part in (lambda it: it, signing.signature):
        shutil.copyfile(part(chain.file(4)), part(chain.file(5)))
    assert faults(chain) == {"000005.json"}


def test_the_newest_report_taken_away_with_its_number_is_seen(chain: Chain) -> None:
    head = json.loads(chain.head.read_text())
    chain.head.write_text(json.dumps({**head, "newest": 3}))
    chain.file(4).unlink()
    assert faults(chain) == {"head.json"}


def test_a_night_that_is_missing_now_is_seen(chain: Chain) -> None:
    now = datetime.now(UTC)
    assert [where for where, _ in judged(chain, now + timedelta(hours=37)).late] == ["now"]
    assert verified(chain, now + timedelta(hours=37)).exit_code() is ExitCode.FINDINGS
    assert verified(chain, now + timedelta(hours=35)).exit_code() is ExitCode.HOLDS


def test_a_newest_report_that_is_dated_in_the_future_is_seen(chain: Chain) -> None:
    """Else a clock that was once a year ahead would hide every night that is missing until then."""
    ahead = datetime.now(UTC) - timedelta(minutes=10)
    assert "to come" in judged(chain, ahead).late[0][1]
    assert verified(chain, ahead).exit_code() is ExitCode.FINDINGS
    assert judged(chain, datetime.now(UTC) - timedelta(minutes=2)).late == []


def test_old_reports_go_and_the_rest_still_holds(chain: Chain) -> None:
    add(chain, "night 4", keep=2)
    assert chain.numbers() == [4, 5]
    assert faults(chain) == set()


def test_no_report_at_all_is_not_whole(tmp_path: Path) -> None:
    assert faults(Chain(tmp_path / "drift", tmp_path / "keys", "local")) == {"head.json"}


def test_reports_without_their_note_are_not_gone_on_with(chain: Chain) -> None:
    chain.head.unlink()
    assert faults(chain) == {"head.json"}
    with pytest.raises(UserError, match="no note of the newest"):
        add(chain, "night 5")


@pytest.mark.parametrize(("number", "seen_at"), [(2, "000003.json"), (4, "000004.json")])
def test_a_report_rewritten_with_our_own_key_is_seen_by_what_follows(
    chain: Chain, number: int, seen_at: str
) -> None:
    file = chain.file(number)
    file.write_text(file.read_text().replace(f"night {number - 1}", "night 9"))
    signing.sign(file, chain.public, NAMESPACE)
    assert faults(chain) == {seen_at}
