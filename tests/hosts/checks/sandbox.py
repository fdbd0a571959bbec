"""Check of the services' cages: what systemd gives them, and that the running process is in it."""

from __future__ import annotations

from typing import Any

from tests.hosts.checks.base import Host, Outcome, State, Violation, check

CAGED = {"Seccomp": "2", "NoNewPrivs": "1"}  # a filter of system calls, and no way to more rights


@check("sandbox")
def sandbox(parameters: dict[str, Any], state: State, _host: Host) -> Outcome:
    """Each unit's exposure by `systemd-analyze security` is low, and its process runs caged where it runs."""
    found = state.value("sandbox")
    wrong, said = [], []
    for unit in parameters["units"]:
        one = found[unit]
        if one["load"] != "loaded":
            wrong.append(Violation(unit, f"{unit} is {one['load']}"))
            continue
        # A waiver names the score that was accepted with the unit: a worse one is not excused.
        subject = f"{unit} {one['exposure']}"
        said.append(subject)
        if float(one["exposure"]) > float(parameters["exposure_at_most"]):
            most = parameters["exposure_at_most"]
            wrong.append(Violation(subject, f"{unit} is exposed {one['exposure']}, more than {most}"))
        loose = [key for key, value in CAGED.items() if key in one and one[key] != value]
        wrong += [Violation(subject, f"the process of {unit} runs with {key} {one[key]}") for key in loose]
    return Outcome(tuple(wrong), ", ".join(said) or "none of its units is there")
