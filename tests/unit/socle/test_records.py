"""Records: what one may say, how many add up to an exit code, and how they survive files."""

import json
import multiprocessing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from socle.errors import ExitCode, UserError
from socle.records import Record, RecordSet, Verdict, append, read_json, read_lines, write_json, write_lines
from socle.records.masking import clean
from socle.records.schema import PUBLISHED, schema, text
from socle.records.store import to_line
from tests.unit.socle.strategies import NOW, quick, record, record_sets

VALIDATOR = jsonschema.Draft202012Validator(schema(), format_checker=jsonschema.FormatChecker())


def test_one_string_serves_as_the_title_in_both_languages() -> None:
    said = Record(check="c", target="h", verdict=Verdict.PASS, title="Root cannot log in", evidence="no")
    assert said.title.en == said.title.fr == "Root cannot log in"


@pytest.mark.parametrize("evidence", ["", "  \n"])
def test_no_verdict_without_evidence(evidence: str) -> None:
    with pytest.raises(ValidationError, match="must say something"):
        record(evidence=evidence)


def test_times_are_utc_and_a_naive_one_is_refused() -> None:
    paris = datetime.fromisoformat("2026-01-02T03:04:05.678+01:00")
    assert record(when=paris).when == datetime(2026, 1, 2, 2, 4, 5, tzinfo=UTC)
    with pytest.raises(ValidationError):
        record(when=datetime(2026, 1, 2))


@pytest.mark.parametrize(
    ("verdict", "days"), [("pass", 10), ("waived", None), ("waived", -1), ("waived", 181)]
)
def test_a_waiver_goes_with_waived_alone_and_within_its_time(verdict: str, days: int | None) -> None:
    waiver = days and {
        "reason": "r",
        "owner": "o",
        "approver": "a",
        "expiry": NOW.date() + timedelta(days=days),
    }
    with pytest.raises(ValidationError, match="waiver"):
        record(verdict=verdict, waiver=waiver)


@pytest.mark.parametrize("clause", ["R9", "ANSSI BP:R9", ":R9", "ANSSI-BP-028:"])
def test_a_clause_names_its_text_and_number(clause: str) -> None:
    with pytest.raises(ValidationError):
        record(clauses=[clause])


@pytest.mark.parametrize(
    ("said", "secret"),
    [
        ("login with password=hunter2, then", "hunter2"),
        ('{"password": "two words"}', "two words"),
        ("OS_PASSWORD=hunter2", "hunter2"),
        ("root:$y$j9T$abcdefghij$klmnopqrstuvw:19000:", "klmnopqrstuvw"),
        ("X-Auth-Token: gAAAAABmZmZmZmZmZmZmZmZmZmZmZmZmZmZm", "ZmZmZm"),
        ("Authorization: Basic dXNlcjpwdw==", "dXNlcjpwdw"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNz\n", "b3BlbnNz"),
        ("amqp://nova:hunter2@localhost", "hunter2"),
    ],
)
def test_secrets_are_masked_in_every_field_that_carries_text(said: str, secret: str) -> None:
    made = record(title=said, evidence=said, expected=said, observed=said, fix=said)
    assert secret not in to_line(made)
    assert "[masked]" in made.evidence


@pytest.mark.parametrize(
    "said",
    [
        "PasswordAuthentication no",
        "password requisite pam_pwquality.so",
        "kernel.kptr_restrict = 2",
        "a\n\tb",
    ],
)
def test_ordinary_evidence_stays_as_it_is(said: str) -> None:
    assert clean(said) == said


@given(st.text())
def test_cleaning_twice_changes_nothing_more_and_leaves_no_control_sequence(said: str) -> None:
    once = clean(said)
    assert clean(once) == once
    assert not {"\x1b", "\x00", "\x07", "\x9b", "\u202e"} & set(once)
    once.encode()


@quick
@given(record_sets)
def test_findings_win_over_unproven_and_unproven_over_everything_else(records: RecordSet) -> None:
    verdicts = {r.verdict for r in records}
    expected = ExitCode.UNPROVEN if Verdict.UNPROVEN in verdicts or not verdicts else ExitCode.HOLDS
    assert records.exit_code() == (ExitCode.FINDINGS if Verdict.FAIL in verdicts else expected)
    assert sum(records.counts().values()) == len(records)


def test_exit_codes_are_those_of_the_design() -> None:
    assert [int(code) for code in ExitCode] == [0, 1, 2, 3, 4]


@settings(quick, max_examples=15)
@given(record_sets)
def test_files_give_back_what_was_written(
    tmp_path_factory: pytest.TempPathFactory, records: RecordSet
) -> None:
    folder = tmp_path_factory.mktemp("records")
    write_lines(folder / "r.jsonl", records)
    write_json(folder / "r.json", records)
    ordered = RecordSet.of(records)
    assert read_lines(folder / "r.jsonl") == ordered
    assert read_json(folder / "r.json") == RecordSet.of(records)
    for line in (folder / "r.jsonl").read_text().split("\n")[:-1]:
        VALIDATOR.validate(json.loads(line))


def test_the_published_schema_is_the_models_own() -> None:
    assert PUBLISHED.read_text() == text()


def test_the_schema_refuses_an_invented_verdict_and_a_missing_version() -> None:
    line = json.loads(to_line(record()))
    for broken in ({**line, "verdict": "ok"}, {k: v for k, v in line.items() if k != "version"}):
        with pytest.raises(jsonschema.ValidationError):
            VALIDATOR.validate(broken)


@pytest.mark.parametrize("tail", ['{"check": "c", "tar', '{"check": "c"}', "[]", "null"])
def test_a_torn_file_is_named_with_its_line_and_never_read_as_less(tmp_path: Path, tail: str) -> None:
    path = tmp_path / "r.jsonl"
    append(path, record())
    with path.open("a") as stream:
        stream.write(tail)
    with pytest.raises(UserError, match=r"r\.jsonl:2"):
        read_lines(path)


def test_a_json_documents_own_counts_are_not_believed(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    write_json(path, RecordSet.of([record(verdict=Verdict.FAIL)]))
    path.write_text(path.read_text().replace('"exit_code": 3', '"exit_code": 0'))
    assert read_json(path).exit_code() is ExitCode.FINDINGS


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"format": "socle-records/1"}'])
def test_another_json_file_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "r.json"
    path.write_text(content)
    with pytest.raises(UserError, match=r"r\.json"):
        read_json(path)


def _append_many(path: Path, target: str) -> None:
    for _ in range(20):
        append(path, record(target=target, evidence="x" * 20_000))


def test_several_processes_append_without_mixing_lines(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_append_many, args=(path, f"h{n}")) for n in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(read_lines(path)) == 60
    assert path.stat().st_mode & 0o077 == 0


def test_a_record_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        record().verdict = Verdict.FAIL


def test_todays_date_decides_on_a_waiver() -> None:
    waiver = {"reason": "r", "owner": "o", "approver": "a", "expiry": date.max}
    with pytest.raises(ValidationError, match="180"):
        record(verdict=Verdict.WAIVED, waiver=waiver)
