"""A ledger becomes records and a report; what is no ledger becomes one line."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from socle.errors import ExitCode, UserError
from socle.policy.cli import app, to_do
from socle.policy.html import page
from socle.policy.ledger import diagrams, read
from socle.records import Verdict

TEXT = {"en": "No path leads in.", "fr": "Aucun chemin ne mène dedans."}


def ledger(folder: Path, *entries: dict[str, Any]) -> Path:
    path = folder / "ledger.json"
    policies = {
        "NET-01": {"rule": TEXT, "fix": TEXT, "level": "mandatory", "clauses": ["secnumcloud-3.2:13.2.a"]}
    }
    when = datetime.now(UTC).replace(microsecond=0).isoformat()
    said = {"format": "socle-policy-ledger/1", "when": when, "version": "0", "policies": policies}
    path.write_text(json.dumps({**said, "entries": list(entries)}))
    return path


def entry(verdict: str, **more: Any) -> dict[str, Any]:
    return {
        "policy": "NET-01",
        "urn": "urn:pulumi:x",
        "resource": f"port {verdict}",
        "verdict": verdict,
        **more,
    }


def test_every_verdict_has_its_record_and_the_worst_its_exit_code(tmp_path: Path) -> None:
    ends = datetime.now(UTC).date().isoformat()
    waived = {"owner": "a", "approver": "b", "reason": "c", "expiry": ends}
    path = ["the internet", "rule any", "web", "rule group", "db"]
    said = [{"verdict": "violation", "words": "is reached", "path": path}]
    found = read(
        ledger(
            tmp_path,
            entry("pass"),
            entry("unproven"),
            entry("not-applicable"),
            entry("exempted", exemption=waived),
            entry("violation", said=said),
        )
    )
    assert set(found.counts().values()) == {1}
    assert found.exit_code() is ExitCode.FINDINGS
    lines = to_do(found, "fr")
    assert lines[0].startswith("TO MEND  NET-01  Aucun chemin")
    assert any("is reached" in line for line in lines)
    assert diagrams(tmp_path / "ledger.json").count("-->") == 2
    assert read(ledger(tmp_path, entry("unproven"))).exit_code() is ExitCode.UNPROVEN
    assert read(ledger(tmp_path, entry("pass"))).records[0].verdict is Verdict.PASS


@pytest.mark.parametrize(
    "text", ["", "[]", '{"format": "socle-policy-ledger/1"}', '{"format": "other", "entries": []}']
)
def test_what_is_no_ledger_is_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "ledger.json"
    path.write_text(text)
    with pytest.raises(UserError, match=r"ledger\.json"):
        read(path)
    with pytest.raises(UserError, match="no such file"):
        read(tmp_path / "none")


def test_the_html_report_draws_the_path_and_takes_no_text_for_markup(tmp_path: Path) -> None:
    path = ["the internet", "rule <any>", "web", "rule group", "db"]
    said = [{"verdict": "violation", "words": "is <b>reached</b>", "path": path}]
    file = ledger(tmp_path, entry("violation", said=said), entry("unproven"), entry("pass"))
    text = page(read(file), file, "fr")
    assert "À corriger (1)" in text
    assert "À prouver (1)" in text
    assert "is &lt;b&gt;reached" in text
    assert '<li class="place">the internet</li><li class="why">rule &lt;any&gt;</li>' in text
    assert "port pass" not in text
    assert "<script" not in text
    assert "://" not in text


def test_the_report_is_written_as_html_and_another_format_is_refused(tmp_path: Path) -> None:
    file, output = ledger(tmp_path, entry("violation")), tmp_path / "r.html"
    done = CliRunner().invoke(app, [str(file), "--format", "html", "--output", str(output)])
    assert done.exit_code == ExitCode.FINDINGS
    assert output.read_text().startswith("<!doctype html>")
    with pytest.raises(UserError, match="no such format: pdf"):
        CliRunner().invoke(app, [str(file), "--format", "pdf"], catch_exceptions=False)
