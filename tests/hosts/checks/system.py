"""Checks of the system's files and services: modes, scans, mounts, packages, APT, units, journal, clock."""

from __future__ import annotations

import re
from typing import Any

from tests.hosts.checks.base import Host, Outcome, State, Unproven, Violation, check, compare

APT_NO = ("no", "false", "without", "off", "disable", "0")  # every other word may mean yes to APT
LIFTS = "trusted|allow-insecure|allow-weak|allow-downgrade-to-insecure"
# Beside AllowInsecureRepositories, which SOC-UPD-01 sets.
APT_LIFTS = ("acquire::allowweakrepositories", "acquire::allowdowngradetoinsecurerepositories")
YOUNG = 300  # seconds in which chronyd may still be finding its source


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


def _mounted(found: dict[str, Any], target: str, parameters: dict[str, Any]) -> tuple[list[Violation], str]:
    """What is wrong with type and options of a mount as the kernel holds it, and the device behind it."""
    entry = found["mounts"].get(target)
    if not entry:
        return [Violation(target, f"{target} is not mounted")], ""
    options = entry["options"].split(",")
    wrong = [Violation(o, f"{target} lacks {o}") for o in parameters["options"] if o not in options]
    if entry["fstype"] != parameters["fstype"]:
        wrong.append(Violation(target, f"{target} is {entry['fstype']}, not {parameters['fstype']}"))
    return wrong, str(entry["source"])


@check("sealed")
def sealed(parameters: dict[str, Any], state: State, host: Host) -> Outcome:
    """Every volume of a space's host lies behind a seal, which stands on an attached volume."""
    found = state.value("mounts")
    volumes = {found["devices"].get(name) for name in host.data_devices}
    violations: list[Violation] = []
    said = []
    for target in host.sealed:
        wrong, source = _mounted(found, target, parameters)
        violations += wrong
        layer = found["mapped"].get(source, {"uuid": "", "on": []})
        if source and not layer["uuid"].startswith(parameters["seal"]):
            violations.append(Violation(target, f"{target} is {source}, which no seal protects"))
        elif source and not volumes.issuperset(layer["on"]):
            violations.append(
                Violation(target, f"{target} stands on {', '.join(layer['on'])}, no declared volume")
            )
        said.append(f"{target}: {source} {layer['uuid'][:11]} on {', '.join(layer['on'])}")
    return Outcome(tuple(violations), "; ".join(said))


@check("mount")
def mount(parameters: dict[str, Any], state: State, host: Host) -> Outcome:
    """The mount as the kernel holds it: type, options and, for the data volume, the device behind it."""
    found = state.value("mounts")
    target = parameters["target"]
    wrong, source = _mounted(found, target, parameters)
    if not source:
        return Outcome(tuple(wrong), f"{target} is not mounted")
    if parameters["source"] == "data_volume":
        devices = [found["devices"].get(name) for name in host.data_devices]
        if source not in devices:
            wrong.append(Violation(target, f"{target} is {source}, not the declared volume"))
    entry = found["mounts"][target]
    return Outcome(tuple(wrong), f"{target}: {source} {entry['fstype']} {entry['options']}")


@check("partitions")
def partitions(parameters: dict[str, Any], state: State, _host: Host) -> Outcome:
    """Each target is a file system of its own, as the kernel holds it, with these options."""
    found = state.value("mounts")
    wrong, said = [], []
    for target in parameters["targets"]:
        problems, source = _mounted(found, target, parameters)
        wrong += [Violation(target, one.said) for one in problems]
        said.append(f"{target} {source or 'not mounted'}")
    return Outcome(tuple(wrong), "; ".join(said))


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


def _loose(text: str) -> bool:
    """True when a source, of either format, lifts a check of signatures in any word but APT's for no."""
    pairs = re.findall(rf"(?im)({LIFTS})\s*[=:]\s*([^\s\]]*)", re.sub(r"(?m)^\s*#.*$", "", text))
    return any(value.lower() not in APT_NO for _, value in pairs)


@check("apt_sources")
def apt_sources(_parameters: dict[str, Any], state: State, _host: Host) -> Outcome:
    """No source is trusted without a signature, or with one that is too weak."""
    apt = state.value("apt")
    sources = [line.strip() for line in apt["lines"] if line.strip().startswith("deb")]
    stanzas = [part for part in apt["stanzas"] if "types:" in part.lower()]
    wrong = [
        Violation(text, f"unsigned source: {' '.join(text.split())[:80]}")
        for text in (*sources, *stanzas)
        if _loose(text)
    ]
    wrong += [
        Violation(key, f"{key} is {value}")
        for key, value in apt["config"].items()
        if key.lower() in APT_LIFTS and value.lower() not in APT_NO
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


def _bytes(text: str) -> int:
    return int(text[:-1]) * 1024 ** ("KMGT".index(text[-1]) + 1) if text[-1:] in "KMGT" else int(text)


@check("journald")
def journald(parameters: dict[str, Any], state: State, _host: Host) -> Outcome:
    """What the running daemon writes, where, compressed and within its limit, and what it would read next."""
    found, options = state.value("journald"), parameters["options"]
    outcome = compare(options, found["options"])
    wrong = list(outcome.violations)
    if not any(name.startswith("/var/log/journal/") for name in found["written"]):
        wrong.append(Violation("journal", f"journald writes {', '.join(found['written']) or 'no file'}"))
    if found["file_system"] in ("", "tmpfs", "ramfs", "overlay"):
        wrong.append(Violation("journal", f"/var/log/journal is on {found['file_system'] or 'nothing'}"))
    if not all("COMPRESSED-" in header for header in found["flags"]):
        wrong.append(Violation("Compress", "journald writes a file without compression"))
    allowed = _bytes(options["SystemMaxUse"])
    wrong += [
        Violation("SystemMaxUse", f"journald keeps up to {limit} bytes")
        for limit in found["limit"]
        if limit > allowed
    ]
    return Outcome(tuple(wrong), f"{outcome.evidence}; writes {', '.join(found['written'])}")


@check("time")
def time(parameters: dict[str, Any], state: State, host: Host) -> Outcome:
    """chronyd follows one of the platform's servers, asks all and no other, and the clock is right."""
    found = state.value("time")
    rows, tracking = found["sources"], found["tracking"]
    asked = {row[2] for row in rows}
    foreign = sorted(asked - set(host.time_servers))
    wrong = [Violation(s, f"asks {s}, not a server of the platform") for s in foreign]
    wrong += [Violation(s, f"does not ask {s}") for s in host.time_servers if s not in asked]
    said = "; ".join(f"{row[2]} state {row[1]} reach {row[5]}" for row in rows) or "no source"
    followed = [row for row in rows if row[1] == "*" and row[5] != "0" and row[2] in host.time_servers]
    if not followed and not wrong and found["running"] < YOUNG:
        waited = f"chronyd has run for {found['running']:.0f} s"
        raise Unproven(f"{waited} and follows no source yet ({said}): check again in a few minutes")
    if not followed:
        wrong.append(Violation("clock", f"the clock follows no server of the platform: {said}"))
    elif tracking[13] == "Not synchronised" or abs(float(tracking[4])) > float(parameters["within_seconds"]):
        wrong.append(Violation("clock", f"the clock is {tracking[4]} s from its source: {tracking[13]}"))
    return Outcome(tuple(wrong), f"{said}; {tracking[4]} s from its source")
