"""Every report tells the truth: what is unproven never looks passed, and text never becomes markup."""

import json
import re
import xml.etree.ElementTree as ET
from typing import Any

import jsonschema
import pytest
from hypothesis import given

from socle.records import RecordSet, Severity, Verdict
from socle.records.render import Format, render
from tests.unit.socle.strategies import quick, record, record_sets

# What SARIF 2.1.0 (OASIS, section 3) requires of the objects we write.
SARIF: dict[str, Any] = {
    "type": "object",
    "required": ["version", "runs"],
    "properties": {
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "minItems": 1,
            "items": {
                "required": ["tool"],
                "properties": {
                    "tool": {
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "required": ["name"],
                                "properties": {
                                    "rules": {
                                        "uniqueItems": True,
                                        "items": {
                                            "required": ["id"],
                                            "properties": {"shortDescription": {"required": ["text"]}},
                                        },
                                    }
                                },
                            }
                        },
                    },
                    "invocations": {
                        "items": {
                            "required": ["executionSuccessful"],
                            "properties": {
                                "toolExecutionNotifications": {"items": {"required": ["message"]}}
                            },
                        }
                    },
                    "results": {
                        "items": {
                            "required": ["message"],
                            "properties": {
                                "message": {"required": ["text"]},
                                "kind": {
                                    "enum": [
                                        "pass",
                                        "fail",
                                        "open",
                                        "notApplicable",
                                        "review",
                                        "informational",
                                    ]
                                },
                                "level": {"enum": ["none", "note", "warning", "error"]},
                                "suppressions": {
                                    "items": {
                                        "required": ["kind"],
                                        "properties": {"kind": {"enum": ["inSource", "external"]}},
                                    }
                                },
                            },
                        }
                    },
                },
            },
        },
    },
}

VALIDATOR = jsonschema.Draft202012Validator(SARIF)


def _junit(records: RecordSet) -> ET.Element:
    return ET.fromstring(render(records, Format.JUNIT))  # noqa: S314 - our own document


@quick
@given(record_sets)
def test_junit_counts_unproven_as_error_and_only_pass_as_passed(records: RecordSet) -> None:
    root = _junit(records)
    cases = root.findall(".//testcase")
    passed = [c for c in cases if not any(c.find(k) is not None for k in ("failure", "error", "skipped"))]
    counts = records.counts()
    assert len(passed) == counts[Verdict.PASS]
    assert len(root.findall(".//error")) == counts[Verdict.UNPROVEN] + (not len(records))
    assert len(root.findall(".//failure")) == counts[Verdict.FAIL]
    assert int(root.attrib["tests"]) == len(cases) == max(1, len(records))
    for suite in root.findall("testsuite"):
        assert int(suite.attrib["errors"]) == len(suite.findall("./testcase/error"))


@quick
@given(record_sets)
def test_sarif_is_valid_and_unproven_is_open_in_an_unsuccessful_run(records: RecordSet) -> None:
    log = json.loads(render(records, Format.SARIF))
    VALIDATOR.validate(log)
    results = [(run, result) for run in log["runs"] for result in run["results"]]
    assert len(results) == len(records)
    kinds = [result["kind"] for _, result in results]
    assert kinds.count("pass") == records.counts()[Verdict.PASS]
    assert kinds.count("open") == records.counts()[Verdict.UNPROVEN]
    for run, result in results:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        # 3.27.10: a result that is no failure has level none
        assert (result["level"] == "none") == (result["kind"] != "fail")
        assert ("suppressions" in result) == (result["properties"]["verdict"] == "waived")
    holds = all(run["invocations"][0]["executionSuccessful"] for run in log["runs"])
    assert holds == (bool(len(records)) and not records.counts()[Verdict.UNPROVEN])


@quick
@given(record_sets)
def test_the_table_shows_every_record_that_is_not_pass_under_its_own_verdict(records: RecordSet) -> None:
    out = render(records, Format.TABLE)
    assert "\x1b" not in out
    # Verdicts stand in the first column; only the rows of details begin with one of them.
    first = [re.split(r"\s{2,}|\s*$", line)[0] for line in out.split("\n\n")[0].splitlines()]
    for verdict in (Verdict.FAIL, Verdict.UNPROVEN):
        assert first.count(verdict) >= records.counts()[verdict]
    last = out.rstrip("\n").splitlines()[-1]
    assert last == (records.summary() if len(records) else "nothing checked: nothing proven")


@quick
@given(record_sets)
def test_markdown_has_one_row_for_each_record_that_is_not_pass(records: RecordSet) -> None:
    rows = [re.split(r"(?<!\\)\|", line) for line in render(records, Format.MARKDOWN).splitlines()]
    details = [r for r in rows if len(r) == 7 and r[1].strip() not in ("Verdict", "---")]
    shown = [r[1].strip().strip("*") for r in details]
    others = [str(r.verdict) for r in records if r.verdict is not Verdict.PASS]
    assert sorted(shown) == sorted(others)


@pytest.mark.parametrize("form", list(Format))
@pytest.mark.parametrize("lang", ["en", "fr"])
def test_unproven_alone_is_never_called_passed_in_any_format(form: Format, lang: str) -> None:
    out = render(RecordSet.of([record(verdict=Verdict.UNPROVEN, evidence="host did not answer")]), form, lang)
    assert "unproven" in out
    assert "host did not answer" in out
    without_zero_counts = re.sub(r'"pass": 0|target +pass .*|cible +pass .*', "", out)
    assert not re.search(r"\bpass(ed)?\b", without_zero_counts)


@pytest.mark.parametrize("form", list(Format))
def test_nothing_checked_never_looks_like_success(form: Format) -> None:
    out = render(RecordSet(), form)
    assert re.search(r'nothing|"exit_code": 4', out, re.IGNORECASE)


@pytest.mark.parametrize("form", [Format.TABLE, Format.JUNIT, Format.SARIF, Format.MARKDOWN])
def test_titles_come_in_the_language_asked_for(form: Format) -> None:
    records = RecordSet.of([record(verdict=Verdict.FAIL)])
    assert "Root cannot log in" in render(records, form, "en")
    assert "se connecter" in render(records, form, "fr")


@pytest.mark.parametrize(
    ("severity", "level"),
    [(None, "error"), (Severity.HIGH, "error"), (Severity.MEDIUM, "warning"), (Severity.LOW, "note")],
)
def test_severity_becomes_sarifs_level(severity: Severity | None, level: str) -> None:
    log = json.loads(render(RecordSet.of([record(verdict=Verdict.FAIL, severity=severity)]), Format.SARIF))
    assert log["runs"][0]["results"][0]["level"] == level


def test_a_waiver_is_printed_with_its_end() -> None:
    waived = RecordSet.of([record(verdict=Verdict.WAIVED)])
    for form in Format:
        assert "2026-12-24" in render(waived, form) or form is Format.MARKDOWN
