"""A catch is what a tool says of a seed and not of its twin; reports are mapped by what they name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bench.rivals import __main__ as program
from bench.rivals import checkov, hcl, prowler, record
from bench.rivals.findings import Finding, Scan, caught, mapped, of_twins
from bench.rivals.live import project
from bench.rivals.seeds import BAD, GOOD, Case, Seed, load, names
from socle.errors import ExitCode, FailureError, UserError

SSH: Seed = next(one for one in load() if one.id == "ssh-open")


def finding(side: str, check: str, key: str = "rule") -> Finding:
    return Finding(Case(SSH, side).name, key, check)


def test_what_is_said_of_both_is_no_catch() -> None:
    said = [finding(BAD, "X"), finding(BAD, "Y"), finding(GOOD, "Y"), finding(GOOD, "Y", "group")]
    assert caught(SSH, said) == ("X",)
    assert of_twins(said, load()) == {"Y": 2}


def test_the_same_check_on_another_thing_of_the_twin_hides_nothing() -> None:
    assert caught(SSH, [finding(BAD, "X"), finding(GOOD, "X", "group")]) == ("X",)


def test_names_that_are_none_of_ours_are_counted_and_not_guessed_at() -> None:
    found, elsewhere = mapped(
        [("rivals-ssh-open-bad-rule", "X"), ("ssh-open-bad", "X"), ("default", "X")], names(load())
    )
    assert (found, elsewhere) == ({finding(BAD, "X")}, 2)


def test_checkov_is_read_by_file_and_line(tmp_path: Path) -> None:
    case = Case(SSH, BAD)
    hcl.write(case, tmp_path)
    lines = hcl.text(case).splitlines()
    at = next(number for number, line in enumerate(lines, start=1) if "secgroup_rule_v2" in line)
    failed = {"check_id": "CKV", "file_path": f"/{case.name}/main.tf", "file_line_range": [at + 2, at + 2]}
    report: dict[str, Any] = {"check_type": "secrets", "results": {"failed_checks": [failed]}}
    report["summary"] = {"parsing_errors": 0, "checkov_version": "3"}
    assert checkov.read(report, tmp_path).findings == {finding(BAD, "CKV")}
    report["summary"]["parsing_errors"] = 1
    with pytest.raises(FailureError, match="could not read 1 files"):
        checkov.read([report], tmp_path)


def ocsf(name: str, status: str) -> dict[str, Any]:
    resources = [{"name": name, "uid": "x"}]
    return {
        "status_code": status,
        "status_detail": "why",
        "metadata": {"event_code": "C"},
        "resources": resources,
    }


def test_prowler_is_read_by_name_and_only_where_it_failed() -> None:
    said = [
        ocsf("rivals-ssh-open-bad-group", "FAIL"),
        ocsf("rivals-ssh-open-good-group", "PASS"),
        ocsf("public", "FAIL"),
    ]
    scan = prowler.read(said, "5")
    assert scan.findings == {finding(BAD, "C", "group")}
    assert scan.elsewhere == 1


def test_a_check_that_prowler_could_not_carry_out_is_no_silence() -> None:
    with pytest.raises(FailureError, match="C was not carried out: why"):
        prowler.read([ocsf("rivals-ssh-open-bad-group", "MANUAL")], "5")


def test_a_tool_that_was_not_asked_keeps_what_it_said() -> None:
    first = record.document(load(), {"checkov": Scan("3", frozenset([finding(BAD, "X")]))}, {}, "m")
    hidden = {Case(SSH, BAD).name: "no check"}
    second = record.document(load(), {"pack": Scan("c", frozenset(), hidden)}, {**first, "notes": ["n"]}, "m")
    row = second["rows"][0]
    assert (row["id"], row["checkov"], row["pack"]) == ("ssh-open", ["X"], [])
    assert (second["tools"]["checkov"]["found"], second["tools"]["pack"]["shown"]) == (1, 59)
    assert "prowler" not in row
    assert second["notes"] == ["n"]


class Identity:
    """A cloud where the bench's name is taken."""

    def __init__(self, description: str) -> None:
        self.description, self.id = description, "p1"
        self.identity = self.session = self.auth = self
        self.domain_id = "d1"

    def get_access(self, _: object) -> Identity:
        return self

    def find_project(self, name: str, domain_id: str) -> Identity:
        assert (name, domain_id) == (project.NAME, "d1")
        return self


def test_a_project_of_somebody_else_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    here: Any = None
    monkeypatch.setattr(project, "_manager", lambda _: Identity(project.MARK))
    assert project.find(here) == "p1"
    monkeypatch.setattr(project, "_manager", lambda _: Identity("production"))
    with pytest.raises(UserError, match="somebody else"):
        project.find(here)


def test_nothing_is_made_or_removed_in_another_project_than_the_benchs_own() -> None:
    cloud = type("Cloud", (), {"current_project_id": "production"})()
    with pytest.raises(FailureError, match="another project"):
        project.within(cloud, "p1")
    project.within(cloud, "production")


@pytest.mark.parametrize("words", [["--only", "tfsec"], ["--only", "prowler"], ["--clean"]])
def test_bad_usage_is_one_line(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        program.main(words)
    assert ended.value.code == ExitCode.USAGE
    assert capsys.readouterr().err.count("\n") == 1


def test_a_file_of_something_else_is_not_written_over(tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text(json.dumps({"kept": 1}))
    assert program.main(["--output", str(other)]) == ExitCode.USAGE
    assert json.loads(other.read_text()) == {"kept": 1}
