"""Checks of what the kernel says: sysctls, modules, audit rules, AppArmor, sockets."""

from __future__ import annotations

import re
from typing import Any

from tests.hosts.checks.base import Host, Outcome, State, Violation, check, compare


@check("sysctl")
def sysctl(parameters: dict[str, Any], state: State, _host: Host) -> Outcome:
    """Running values; a `*` stands for every interface there is, `all` and `default` included."""
    found = state.value("sysctl")
    wanted: dict[str, str] = {}
    for key, value in parameters["values"].items():
        if "*" not in key:
            wanted[key] = value
            continue
        pattern = re.compile(re.escape(key).replace(r"\*", "[^.]+"))
        matching = [name for name in found if pattern.fullmatch(name)]
        wanted |= dict.fromkeys(matching or [key], value)
    return compare(wanted, found)


@check("boot_arguments")
def boot_arguments(parameters: dict[str, Any], state: State, _host: Host) -> Outcome:
    """Of the running kernel and of every entry of the boot menu: each wanted argument, no refused one."""
    found = state.value("boot_arguments")
    if not found["entries"]:
        return Outcome((Violation("menu", "the boot menu starts no kernel"),), "no entry")
    wrong = []
    for where, given in (("running", found["running"]), *(("next boot", one) for one in found["entries"])):
        wrong += [Violation(a, f"{where}: no {a}") for a in parameters["arguments"] if not _last(a, given)]
        wrong += [Violation(a, f"{where}: {a}") for a in parameters["refused"] if a in given]
    said = f"{len(found['entries'])} entries; running: {' '.join(found['running'])}"
    return Outcome(tuple(dict.fromkeys(wrong)), said)


def _last(argument: str, given: list[str]) -> bool:
    """True when the argument is there and no later one takes its name for another value."""
    name = argument.partition("=")[0]
    return [one for one in given if one.partition("=")[0] == name][-1:] == [argument]


@check("modules")
def modules(parameters: dict[str, Any], state: State, _host: Host) -> Outcome:
    """Not loaded, and what modprobe would run instead of loading is /bin/false."""
    found = state.value("modules")
    refused = {line.split()[1] for line in found["install"] if line.split()[2:] == ["/bin/false"]}
    wrong = []
    for module in parameters["modules"]:
        if module in found["loaded"]:
            wrong.append(Violation(module, f"{module} is loaded"))
        if module not in refused:
            wrong.append(Violation(module, f"modprobe would load {module}"))
    return Outcome(tuple(wrong), f"refused: {', '.join(m for m in parameters['modules'] if m in refused)}")


def audit_rule(text: str) -> frozenset[str]:
    """A rule whatever way it was written: `-w` or `-F`, order of fields and calls."""
    fields: set[str] = set()
    words = iter(text.split())
    for word in words:
        value = next(words, "")
        if word == "-S":
            fields |= {f"call={call}" for call in value.split(",") if call != "all"}
        elif word == "-F":
            fields.add(value.replace("unset", "-1"))
        elif word in ("-w", "-p", "-k"):
            fields.add({"-w": "path=", "-p": "perm=", "-k": "key="}[word] + value)
        else:
            fields.add(value)
    if any(f.startswith("perm=") for f in fields):
        # auditctl lists the calls that a permission stands for.
        fields = {f for f in fields if not f.startswith("call=")}
    return frozenset(fields)


@check("audit")
def audit(parameters: dict[str, Any], state: State, _host: Host) -> Outcome:
    """Rules that the kernel holds, with auditing on and no rule that silences others."""
    found = state.value("audit")
    loaded = {audit_rule(line) for line in found["rules"]}
    wrong = [Violation(r, f"not loaded: {r}") for r in parameters["rules"] if audit_rule(r) not in loaded]
    if not re.search(r"^enabled [12]$", found["status"], re.M):
        wrong.append(Violation("audit", "auditing is off"))
    silent = [line for line in found["rules"] if re.search(r"\bnever\b|\bexclude\b", line.split(" -F ")[0])]
    wrong += [Violation(line, f"a rule silences others: {line[:80]}") for line in silent]
    return Outcome(tuple(wrong), f"{len(loaded)} rules loaded")


@check("apparmor")
def apparmor(parameters: dict[str, Any], state: State, _host: Host) -> Outcome:
    """Profiles loaded in enforce mode, none in complain mode, and the services' processes confined."""
    found = state.value("apparmor")
    modes = found.get("profiles", {})
    tolerated = (*parameters["enforced"], *parameters["complaining"])
    running = found.get("processes", {}).items()
    confined = {p for p, entries in running for e in entries if e["status"] == "enforce"}
    wrong = []
    for profile in parameters["enforced"]:
        if modes.get(profile) != "enforce":
            wrong.append(Violation(profile, f"{profile} is {modes.get(profile, 'not loaded')}"))
        elif profile not in confined:
            wrong.append(Violation(profile, f"{profile} runs unconfined"))
    wrong += [
        Violation(p, f"{p} only complains")
        for p, m in modes.items()
        if m == "complain" and p not in tolerated
    ]
    return Outcome(tuple(wrong), f"{sum(m == 'enforce' for m in modes.values())} profiles enforced")


@check("listening")
def listening(parameters: dict[str, Any], state: State, host: Host) -> Outcome:
    """Every listening socket is one of the allowed; `when` is the role that it belongs to."""
    held = [a for a in parameters["allowed"] if a.get("when", "always") in host.conditions]
    allowed = {(a["protocol"], a["port"], a["process"]): a.get("address", "") for a in held}
    sockets = state.value("listening")
    said = [f"{s['protocol']}/{s['port']} {s['process'] or 'unknown'} on {s['address']}" for s in sockets]
    wrong = [
        Violation(text, f"listens: {text}")
        for s, text in zip(sockets, said, strict=True)
        if not s["address"].startswith(allowed.get((s["protocol"], s["port"], s["process"]), "nowhere"))
    ]
    return Outcome(tuple(wrong), "; ".join(said) or "nothing listens")
