"""`socle drift --plan`: the next commands, grouped by what they do. Pure."""

from __future__ import annotations

from collections import defaultdict

from socle.records import RecordSet, Verdict

GROUPS = (
    ("bring up", "pulumi up "),
    ("converge hosts", "ansible-playbook "),
    (
        "look at hosts, then remove, declare or allow",
        "remove: socle hosts ",
        "look: socle hosts ",
        "look by hand: ",
    ),
    ("put back by hand", "openstack port ", "openstack server ", "swift post "),
    ("delete, adopt or allow", "delete: ", "adopt: ", "or allow it"),
    ("look", ""),
)


def plan(records: RecordSet) -> str:
    """Each command once, with what it is for; findings first."""
    grouped: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for record in records:
        if record.verdict in (Verdict.FAIL, Verdict.UNPROVEN):
            command = record.fix or "read the report"
            group = next(name for name, *starts in GROUPS if any(command.startswith(it) for it in starts))
            grouped[group][command].append(f"{record.target}: {record.evidence}")
    lines = []
    for name, *_ in GROUPS:
        if name not in grouped:
            continue
        lines += [f"# {name}"]
        for command, reasons in grouped[name].items():
            lines += [f"#   {' '.join(reason.split())[:160]}" for reason in reasons] + [command, ""]
    return "\n".join(lines) or "# nothing to do\n"
