"""The one format of results: every checker writes `Record`s, every report is made from them.

A record says what was checked, on what, the verdict, the evidence, when and by which version.
Checkers append them with `append`; reports come from `RecordSet` and `socle.records.render`.
"""

from socle.records.model import Record, Severity, Text, Verdict, Waiver
from socle.records.recordset import RecordSet
from socle.records.store import append, read_json, read_lines, write_json, write_lines
from socle.records.version import project_version

__all__ = [
    "Record",
    "RecordSet",
    "Severity",
    "Text",
    "Verdict",
    "Waiver",
    "append",
    "project_version",
    "read_json",
    "read_lines",
    "write_json",
    "write_lines",
]
