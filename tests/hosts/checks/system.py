"""Checks of the system's files and services: modes, scans, mounts, packages, APT, units, journal, clock."""

from __future__ import annotations

from typing import Any

from tests.hosts.checks.base import Host, Outcome, State, Violation, check, compare


@check("path")
def path(parameters: dict[str, Any], state: State, _host: Host) -> Outcome:
    """Owner, group and mode of each path; an absent one is a violation."""
    found = state.value("paths")
    wrong, said = [], []
    for entry in parameters["paths"]:
        name = entry["path"]
        now = found.get(name)
        shown = f"{now['owner']}:{now['group']} {now['mode']}" if now else "absent"
        said.append(f"{name} {shown}")
        wanted = f"{entry['owner']}:{entry['group']} {entry['mode']}"
        if shown != wanted:
            wrong.append(Violation(name, f"{name} is {shown}, not {wanted}"))
    return Outcome(tuple(wrong), "; ".join(said))


@check("scan")
def scan(parameters: dict[str, Any], state: State, _host: Host) -> Outcome:
    """Files that a walk over the root file system found, minus the allowed."""
    found = state.value("scan")[parameters["assertion"]]
    strange = [p for p in found if p not in parameters["allowed"]]
    wrong = tuple(Violation(p, f"{parameters['assertion']}: {p}") for p in strange)
    return Outcome(wrong, f"{len(found)} found: {', '.join(found[:20]) or 'none'}")


@check("mount")
def mount(parameters: dict[str, Any], state: State, host: Host) -> Outcome:
    """The mount as the kernel holds it: type, options and, for the data volume, the device behind it."""
    found = state.value("mounts")
    target = parameters["target"]
    entry = found["mounts"].get(target)
    if not entry:
        return Outcome((Violation(target, f"{target} is not mounted"),), f"{target} is not mounted")
    options = entry["options"].split(",")
    wrong = [Violation(o, f"{target} lacks {o}") for o in parameters["options"] if o not in options]
    if entry["fstype"] != parameters["fstype"]:
        wrong.append(Violation(target, f"{target} is {entry['fstype']}, not {parameters['fstype']}"))
    if parameters["source"] == "data_volume":
        devices = [found["devices"].get(name) for name in host.data_devices]
        if entry["source"] not in devices:
            wrong.append(Violation(target, f"{target} is {entry['source']}, not the declared volume"))
    return Outcome(tuple(wrong), f"{target}: {entry['source']} {entry['fstype']} {entry['options']}")


@check("packages")
def packages(parameters: dict[str, Any], state: State, _host: Host) -> Outcome:
    """Packages that must not be installed."""
    installed = state.value("packages")
    wrong = tuple(Violation(p, f"{p} is installed") for p in parameters["absent"] if p in installed)
    return Outcome(wrong, f"{len(installed)} packages, {len(wrong)} of them forbidden")


@check("apt_config")
def apt_config(parameters: dict[str, Any], state: State, host: Host) -> Outcome:
    """APT's merged configuration."""
    found = state.value("apt")["config"]
    return compare({**parameters["values"], parameters["proxy"]: host.package_proxy}, found)


@check("apt_sources")
def apt_sources(_parameters: dict[str, Any], state: State, _host: Host) -> Outcome:
    """No source is trusted without a signature."""
    apt = state.value("apt")
    sources = [line.strip() for line in apt["lines"] if line.strip().startswith("deb")]
    stanzas = [part for part in apt["stanzas"] if "types:" in part.lower()]
    loose = ("trusted=yes", "allow-insecure=yes", "trusted:yes", "allow-insecure:yes")
    wrong = [
        Violation(text, f"unsigned source: {' '.join(text.split())[:80]}")
        for text in (*sources, *stanzas)
        if any(word in text.lower().replace(" ", "") for word in loose)
    ]
    if not sources and not stanzas:
        wrong.append(Violation("sources", "no package source at all"))
    return Outcome(tuple(wrong), f"{len(sources) + len(stanzas)} sources")


@check("units")
def units(parameters: dict[str, Any], state: State, _host: Host) -> Outcome:
    """Units enabled and active; units that must be off."""
    found = state.value("units")
    wrong = []
    for name in parameters["enabled"]:
        unit = found[name]
        if unit["UnitFileState"] != "enabled":
            now = unit["UnitFileState"] or unit["LoadState"]
            wrong.append(Violation(name, f"{name} is {now}, not enabled"))
        if unit["ActiveState"] != "active":
            wrong.append(Violation(name, f"{name} is {unit['ActiveState']}, not active"))
    for name in parameters["absent_or_masked"]:
        unit = found[name]
        if unit["UnitFileState"] == "enabled" or unit["ActiveState"] == "active":
            wrong.append(Violation(name, f"{name} is {unit['UnitFileState']}, {unit['ActiveState']}"))
    said = [f"{name} {unit['UnitFileState']}/{unit['ActiveState']}" for name, unit in found.items()]
    return Outcome(tuple(wrong), ", ".join(said))


@check("journald")
def journald(parameters: dict[str, Any], state: State, _host: Host) -> Outcome:
    """Merged options (a later file wins), and a journal file on disk."""
    found = state.value("journald")
    outcome = compare(parameters["options"], found["options"])
    if found["on_disk"]:
        return outcome
    return Outcome((*outcome.violations, Violation("journal", "no journal file on disk")), outcome.evidence)


@check("time")
def time(_parameters: dict[str, Any], state: State, host: Host) -> Outcome:
    """The sources that chronyd asks are the platform's, all of them and no other."""
    rows = state.value("time")
    found = {row[2] for row in rows}
    foreign = sorted(found - set(host.time_servers))
    wrong = [Violation(s, f"asks {s}, not a server of the platform") for s in foreign]
    wrong += [Violation(s, f"does not ask {s}") for s in host.time_servers if s not in found]
    said = [f"{row[2]} state {row[1]} reach {row[5]}" for row in rows]
    return Outcome(tuple(wrong), "; ".join(said) or "no source")
