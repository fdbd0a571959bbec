"""JUnit XML: a test suite a target, a test case a check. `unproven` is an <error>, never a passed case."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from socle.records.model import Record, Verdict
from socle.records.recordset import RecordSet

_ELEMENT = {
    Verdict.FAIL: "failure",
    Verdict.UNPROVEN: "error",
    Verdict.WAIVED: "skipped",
    Verdict.NOT_APPLICABLE: "skipped",
}


def render(records: RecordSet, lang: str = "en") -> str:
    """One XML document for the whole set."""
    root = ET.Element("testsuites", {"name": "socle", **_totals(records)})
    for target in records.targets():
        of_target = records.for_target(target)
        when = min(r.when for r in of_target).strftime("%Y-%m-%dT%H:%M:%S")
        suite = ET.SubElement(root, "testsuite", {"name": target, "timestamp": when, **_totals(of_target)})
        for record in of_target:
            _case(suite, record, lang)
    if not len(records):  # an empty document would read as success
        totals = {"tests": "1", "failures": "0", "errors": "1", "skipped": "0"}
        suite = ET.SubElement(root, "testsuite", {"name": "socle", **totals})
        case = ET.SubElement(suite, "testcase", classname="socle", name="nothing-was-checked", time="0")
        ET.SubElement(case, "error", message="nothing was checked", type="unproven")
        root.attrib.update(totals)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _totals(records: RecordSet) -> dict[str, str]:
    kinds = [_ELEMENT.get(r.verdict) for r in records]
    return {
        "tests": str(len(kinds)),
        "failures": str(kinds.count("failure")),
        "errors": str(kinds.count("error")),
        "skipped": str(kinds.count("skipped")),
    }


def _case(suite: ET.Element, record: Record, lang: str) -> None:
    case = ET.SubElement(suite, "testcase", classname=record.target, name=record.check, time="0")
    properties = ET.SubElement(case, "properties")
    for name, value in (
        ("title", record.title.in_language(lang)),
        ("verdict", record.verdict),
        ("when", record.when.isoformat()),
        ("tool", f"{record.tool} {record.version}"),
        *(("clause", clause) for clause in record.clauses),
    ):
        ET.SubElement(properties, "property", name=name, value=value)
    if element := _ELEMENT.get(record.verdict):
        said = f"{record.verdict}: {_one_line(record)}"
        ET.SubElement(case, element, message=said, type=record.verdict).text = _details(record)
    else:
        ET.SubElement(case, "system-out").text = record.evidence


def _one_line(record: Record) -> str:
    said = record.waiver.reason if record.waiver else record.evidence
    return " ".join(said.split())[:200]


def _details(record: Record) -> str:
    rows = [("expected", record.expected), ("observed", record.observed), ("fix", record.fix)]
    if w := record.waiver:
        rows.append(("waived", f"{w.reason} (owner {w.owner}, approver {w.approver}, until {w.expiry})"))
    return "\n".join([record.evidence, *(f"{name}: {value}" for name, value in rows if value)])
